//! The scenario document, its validated graph, and the execution profiles.
//!
//! Pure: no I/O, no clock, nothing spawned. A document is parsed once into a [`Graph`], which is trusted from then on.

mod catalog;
mod duration;
mod fault;
mod graph;
mod nearest;
mod profile;
mod targets;

pub use catalog::{CallbackPlace, Catalog, ConfigFault, PluginUse, StepSetup};
pub use duration::{DurationError, DurationText, format_duration, parse_duration};
pub use fault::{Fault, FaultPlace, Faults};
pub use graph::{
    CallbackNumber, Function, Graph, Iterate, Monitoring, Operator, Retry, Step, StepKind, StepNumber, Template, TemplatePart,
};
pub use nearest::{name_hint, nearest};
pub use profile::{
    Completion, Lines, Profile, ProfileError, ProfilePlace, Stage, StageMinions, StartingLine, UserProfileAnswer, UserProfileInput, spread,
};
pub use targets::{TargetError, Targets};
