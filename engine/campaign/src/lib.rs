//! The life of a campaign: load and pin, open, start, merge, judge, report.
//!
//! The control side of the engine: it runs on one thread of its own and talks to the workers in messages only.

mod compose;
mod conduct;
mod errors;
mod exporters;
mod health;
mod health_limits;
mod histogram_budget;
mod lifecycle;
mod line_plan;
mod load;
mod naming;
mod open;
pub mod overrides;
mod plan;
pub mod report;
mod rules;
mod sandboxed;
mod settings;
mod step_plugins;
mod strikes;
mod team;

pub use compose::{Composed, NamedFile, compose};
pub use conduct::{Command, Conductor, Ending, Progress};
pub use errors::CampaignError;
pub use exporters::{ExporterFault, PlannedExporter, plan_exporters};
pub use health_limits::health_limits;
pub use histogram_budget::HistogramBudgetError;
pub use line_plan::{LinePlan, plan_lines};
pub use load::{LoadError, Loaded, Loader, Pinned};
pub use naming::{fresh_key, fresh_seed};
pub use plan::{EngineTagError, Plan, PlannedScenario, TimeoutError, ZoneError, check_engine_tags, check_timeouts, check_zone};
pub use rules::{RuleFault, check_rules};
pub use settings::{GivenSettings, SettingsGroup, UndeclaredSetting, check_declared, resolve_each};
pub use step_plugins::{
    ComponentPlugin, DescriptionError, KindDescription, LockError, LockMode, PluginDescription, PluginError, PluginLock, StepPlugins,
};
pub use team::Team;
