//! Bare loops around the engine's hot paths, each so many times: the program `throng-bench` takes their processor time, the example
//! `counted` is run by valgrind, which counts their instructions.

mod guest_calls;
mod recording;

pub use guest_calls::{GuestCall, GuestCalls, guest_calls};
pub use recording::Recording;
