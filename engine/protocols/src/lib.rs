//! Plain data: the values that flow along the edges of a scenario, the calls that guests answer, and each protocol's messages.
//!
//! Pure: no I/O, no clock, nothing spawned. The engine, the plugins and the sandbox all speak in these types;
//! only the sandbox's bindings know how they look in WIT.

mod call;
mod composite;
mod draws;
pub mod http;
mod json_record;
pub mod kafka;
mod value;

pub use call::{
    Call, CallStatistics, Callbacks, CallbacksError, Context, Effects, EventBody, EventRecord, Failure, FailureKind, Fault, GuestMeter,
    Message, MeterKind, MeterOperation, Output, Place, Session, SessionError, Severity, Timekeeper, WaitingCallbacks,
};
pub use composite::{List, Pair, value_size};
pub use draws::draw;
pub use json_record::JsonRecord;
pub use value::{Native, Value};
