//! What a plugin implements, the registry of all plugins, and the clock that everything waits by.
//!
//! A plugin's step goes through three phases: it is *configured* (pure, once), *opened* (per campaign, on the control thread: checks, warm-up)
//! and *attached* (per worker, where its connections then live). From then on a worker *runs* it, visit by visit.

mod after_others;
mod attach;
mod clock;
mod exporter;
mod files;
mod option_list;
mod options;
mod plugin;
mod registry;
mod shortage;
mod show;
mod source;
mod texts;
mod turns;
mod visit;

pub use after_others::after_others;
pub use attach::{AttachContext, MeterId, Meters, SandboxContext, Shared};
pub use clock::{Clock, PreciseTimer};
pub use exporter::{CheckedExporter, ConfiguredExporter, ExportContext, ExportError, Exporter, ExporterInfo, ExporterSetup, Trouble};
pub use files::{FileAccess, Files};
pub use option_list::{OptionInfo, options_of};
pub use options::{option_fault, option_remedy, parse_size, pointer_token, read_options};
pub use plugin::{Attached, ConfiguredStep, KindInfo, OpenContext, OpenError, Plugin, StepRunner};
pub use registry::{Registry, Unversioned};
pub use shortage::shortage_of;
pub use source::{Pulled, SourceRunner};
pub use texts::{constant_text, parse_duration, parse_template};
pub use turns::{Turn, Turns, WaitForTurn};
pub use visit::{Performed, Span, StepHost, Visit};
