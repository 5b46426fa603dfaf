//! What the plugins of message brokers have in common: where a broker is and who may be there, connections that the minions of a
//! worker share, what a message's body is made of, and what becomes of it on the other side.
//!
//! It names no broker and no library of a protocol.

mod address;
mod back_off;
mod body;
mod decode;
mod failure;
mod faults;
mod fixed_text;
mod options;
mod pool;
mod socket;

pub use address::{Address, Schemes, Security};
pub use back_off::BackOff;
pub use body::{BodyPlan, JsonPiece, Texts, rendered};
pub use decode::{BadRecords, BodyFormat, choice};
pub use failure::{
    BAD_MESSAGE, BAD_RECORD, CLOSED, CONNECT, CONNECT_REFUSED, CONNECT_TIMEOUT, NO_DESCRIPTORS, NO_PORTS, PROTOCOL, REFUSED, RESOLVE, TLS,
    WRONG_ANSWER, connect_failure, connect_timeout, shortage_in, wrong_answer,
};
pub use faults::{Gathered, both, duration, in_defaults};
pub use fixed_text::FixedText;
pub use options::{CallbackOptions, TimeoutOptions};
pub use pool::{Link, Pool};
pub use socket::{Socket, check_tls};
