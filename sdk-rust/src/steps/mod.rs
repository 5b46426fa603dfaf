//! What each step is: the methods of [`Flow`](crate::Flow), by what they are for, and how each is written in the document.

mod checks;
mod errors;
mod joins;
mod keys;
mod memory;
mod meters;
mod structure;
mod time;
mod topics;
mod upstream;
mod values;

pub use checks::{IntoRules, Validity, status};
pub use keys::{Key, Pick};
pub use meters::Number;
pub use structure::Split;
pub use topics::AtEnd;
pub use upstream::{Step, Upstream, UpstreamSide, step};
pub(crate) use values::several;
