//! The sandbox: loads components, of scenarios and of step plugins, describes them and calls them.
//!
//! The only crate that names wasmtime; only its `bindings` know how values look in WIT.
//! A [`Sandbox`] loads bytes into a [`Component`]; a component gives each worker its [`Lanes`], which answer calls. So it is with a
//! [`StepPlugin`] and its [`PluginLanes`].
//! Components without WASI imports are called plainly; those with them get WASI with nothing granted, and are polled once in place:
//! a callback that would wait ends in the failure `callbacks-may-not-wait`.

mod bindings;
mod code;
mod component;
mod fault;
mod guard;
mod handles;
mod intake;
mod journal;
mod lane;
mod lanes;
mod limits;
mod log;
mod network;
mod plugin_lanes;
mod requests;
mod sandbox;
mod shortcut;
mod state;
mod stdio;
mod step_plugin;
mod stopwatch;
mod ticker;

pub use component::{Component, DescribeError};
pub use intake::{LoadError, World, world_of};
pub use lanes::{LaneConfig, Lanes, LanesError, Statistics};
pub use limits::{LimitError, Limits};
pub use plugin_lanes::PluginLanes;
pub use sandbox::{Sandbox, SandboxConfig, SandboxError};
pub use step_plugin::{ConfigureError, Refusal, StepPlugin};
