//! What each step is: the methods of [`Flow`](crate::Flow), by what they are for, and how each is written in the document.

mod checks;
mod errors;
mod joins;
mod memory;
mod meters;
mod structure;
mod time;
mod topics;
mod values;

pub use checks::{IntoRules, Validity, status};
pub use joins::{Key, Pick, Step, Upstream, UpstreamSide, step};
pub use meters::Number;
pub use structure::Split;
pub use topics::AtEnd;
pub(crate) use values::several;
