//! The host of this program: the WIT imports in a component, an in-memory one elsewhere. Both offer the same names.

#[cfg(not(target_arch = "wasm32"))]
mod memory;
#[cfg(target_arch = "wasm32")]
mod wasm;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use memory::*;
#[cfg(target_arch = "wasm32")]
pub(crate) use wasm::*;

#[cfg(not(target_arch = "wasm32"))]
pub use crate::native::Native;
/// A value that lives in the engine. A component holds a handle of it.
#[cfg(target_arch = "wasm32")]
pub use wasm::Native;
