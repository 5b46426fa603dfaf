//! The scenario document, its validated graph, and the execution profiles.
//!
//! Pure: no I/O, no clock, nothing spawned. A document is parsed once into a [`Graph`], which is trusted from then on.

mod catalog;
mod graph;
mod targets;

pub use catalog::{CallbackPlace, Catalog, ConfigFault, PluginUse, StepSetup};
pub use graph::{
    CallbackNumber, Function, Graph, Iterate, Monitoring, Operator, Retry, Step, StepKind, StepNumber, Template, TemplatePart,
};
pub use targets::{TargetError, Targets};
