//! The scenario document, its validated graph, the execution profiles, and the grammar of rules.
//!
//! Pure: no I/O, no clock, nothing spawned. [`parse_document`] reads a document's shape, [`validate`] checks all that it says and makes
//! [`Scenario`]s, which are trusted from then on.

mod campaign_document;
mod catalog;
mod check;
mod describe;
mod document;
mod duration;
mod event_level;
mod fault;
mod graph;
mod nearest;
mod profile;
mod rule;
mod scenario;
mod schedule;
mod secrets;
mod settings;
mod size;
mod targets;
mod template;
mod toml_text;
mod validate;
mod zones;

pub use campaign_document::{
    Campaign, CampaignDocument, CampaignFormat, CampaignHealth, CampaignScenario, ExporterDocument, RecordKinds, ScenarioChanges,
    SettingText, campaign_schema, check_changes, parse_campaign, validate_campaign,
};
pub use catalog::{CallbackPlace, Catalog, ConfigFault, PluginUse, StepSetup};
pub use check::{Check, CheckError, Checkable, Comparison, Condition, Operand, Pattern, Subject};
pub use describe::{to_json, to_mermaid, to_text};
pub use document::{
    AtEndDocument, CallbackDeclaration, DOCUMENT_VERSION, Document, DocumentError, IterateDocument, KindSchema, MAX_DOCUMENT_BYTES,
    MaxInFlightDocument, MonitoringDocument, OneOrMany, RetryChoice, RetryDocument, RunDocument, ScenarioDocument, StepDocument,
    TopicDocument, TopicModeDocument, parse_document, profile_schema, scenario_schema,
};
pub use duration::{DurationError, DurationText, format_duration, parse_duration};
pub use event_level::{EventLevel, UnknownLevel};
pub use fault::{Fault, FaultPlace, Faults};
pub use graph::{
    AtEnd, CallbackNumber, Collect, Extract, Function, Graph, Iterate, Join, JoinKind, MeterStep, MeterStepKind, Monitoring, Operator,
    Pace, Retry, SideTree, SourceUse, Step, StepKind, StepNumber, TURN_WAITS, Template, TemplatePart, Topic, TopicMode, TreeRun, Zip,
    ZipOrder,
};
pub use nearest::{name_hint, nearest};
pub use profile::{
    Completion, Lines, Profile, ProfileError, ProfilePlace, Stage, StageMinions, StartingLine, UserProfileAnswer, UserProfileInput, spread,
};
pub use rule::{
    Meter, Rule, RuleAction, RuleCondition, RuleError, RulePhase, RuleScope, RuleSelection, RuleSelector, RuleSubject, RuleValue,
    RuleWindow, ScenarioScope, Statistic, StepScope, Tally, UnknownName,
};
pub use scenario::{InFlightPolicy, MaxInFlight, Scenario};
pub use schedule::{Cron, CronError, Schedule, ScheduleDocument};
pub use secrets::Secrets;
pub use settings::{SettingDeclaration, SettingType, resolve_settings};
pub use size::SizeText;
pub use targets::{TargetError, Targets};
pub use template::TemplateError;
pub use toml_text::{read_toml, toml_line};
pub use validate::{MAX_STEPS, is_operator, validate};
pub use zones::{Percentage, PercentageError, ZoneShare, Zones, ZonesError};
