//! Closures of this program behind the engine's interface for guests.

mod callbacks;
mod host;
mod program;
mod values;

pub(crate) use program::{NativeProgram, describe};
