//! What is measured, and what follows from it: histograms, meters, snapshots, the report model and the verdict.
//!
//! Pure: no I/O, no clock, nothing spawned. Time comes in as a parameter.
//!
//! A worker has one [`Recorder`] per scenario. On a tick it hands out a [`ScenarioDelta`], which is merged into the campaign's one
//! [`Snapshot`]; the live view, exporters and the [`Report`] read that.

mod delta;
mod engine_event;
mod event_filter;
mod events;
mod export;
mod failures;
mod figures;
mod guest_meters;
mod health;
mod histogram;
pub mod humane;
mod live;
mod messages;
mod moment;
mod outcome;
mod pace;
mod recorder;
mod report;
pub mod rules;
mod schema;
mod shape;
mod snapshot;
mod text;
mod timeline;
mod verdict;

pub use delta::{ScenarioDelta, Spares, StepDelta};
pub use engine_event::{EngineEvent, EngineEvents};
pub use event_filter::{EventFilter, EventInterest};
pub use events::{Event, Events};
pub use export::{
    ExportedEvent, ExportedMeter, FieldValue, MeterFigures, MeterScope, Period, Record, Stamp, Subject, Subjects, campaign_meters,
};
pub use failures::{FailureGroup, FailureSample, Failures};
pub use figures::{Execution, GuestStatistics, MinionCounts, PluginMeter, RunFigures, StepFigures, Times, under_load};
pub use guest_meters::{Distribution, MeterName, MeterValue};
pub use health::{
    Finding, Generator, GeneratorReport, GuestStall, GuestStallReport, GuestStalls, HealthLimits, Held, MachineReport, MachineSample,
    Shortage, ShortageReport, Shortages, Sign, Signal, Usage, WorkerReport, WorkerSample,
};
pub use histogram::{Histogram, Percentile, Quantile};
pub use live::{LiveFigures, LiveNow, LiveRule, LiveScenario, LiveSign, LiveStep, LiveTimes};
pub use messages::{MessageLine, Messages};
pub use moment::Moment;
pub use outcome::{Outcome, Phase};
pub use pace::Pace;
pub use recorder::Recorder;
pub use report::{
    CampaignFacts, EndReason, ExporterReport, FailureReport, GuestMeterReport, HealthReport, JoinReport, MessageReport, MinionsReport,
    OutcomeCounts, PluginFacts, PluginMeterReport, REPORT_VERSION, Reason, Report, ScenarioReport, StateEntry, StepReport, TimelineReport,
    TimerReport, TimesReport,
};
pub use shape::{ScenarioShape, StepShape};
pub use snapshot::{ScenarioSnapshot, Snapshot};
pub use timeline::{Slot, SlotTimes, Timeline};
pub use verdict::Verdict;
