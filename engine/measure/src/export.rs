//! What exporters get: meters over a span of time and events, each with all that says whose they are.

mod meters;
mod period;
mod subject;

use std::sync::Arc;

use throng_protocols::{EventBody, Severity};

pub use meters::campaign_meters;
pub use period::Period;
pub use subject::{Subject, Subjects};

use crate::report::TimerReport;

/// A moment, as exporters tell it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Stamp {
    /// Nanoseconds since the campaign's start; negative before it.
    pub at: i64,
    /// Wall clock, nanoseconds since the Unix epoch.
    pub unix: u64,
}

/// What an exporter writes one of.
#[derive(Clone, Debug)]
pub enum Record {
    /// A meter over a span of time.
    Meter(Arc<ExportedMeter>),
    /// Something that happened.
    Event(Arc<ExportedEvent>),
}

/// A meter over a span of time: only what was recorded within it.
#[derive(Clone, Debug)]
pub struct ExportedMeter {
    /// `executions`, `response`, a plugin's or the scenario's own name.
    pub name: String,
    /// Of which span.
    pub scope: MeterScope,
    /// The span's end.
    pub stamp: Stamp,
    /// How long the span is, in nanoseconds.
    pub span: u64,
    /// Whose it is.
    pub subject: Arc<Subject>,
    /// What it holds.
    pub figures: MeterFigures,
}

/// The span of a meter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MeterScope {
    /// Since the exporter's last period ended.
    Period,
    /// The whole campaign.
    Campaign,
}

impl MeterScope {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Period => "period",
            Self::Campaign => "campaign",
        }
    }
}

/// What a meter holds.
#[derive(Clone, Debug)]
pub enum MeterFigures {
    /// Several counts that belong together, by name.
    Counts(Vec<(&'static str, u64)>),
    /// One count.
    Counter(u64),
    /// The last value.
    Gauge(f64),
    /// Times in nanoseconds, with their histogram.
    Timer(Box<TimerReport>),
    /// A distribution of numbers: by name, of those that there are.
    Summary(Vec<(&'static str, f64)>),
    /// Benchmark ÷ total.
    Rate {
        /// The sum of the parts.
        benchmark: f64,
        /// The sum of the wholes.
        total: f64,
    },
    /// A quantity.
    Throughput {
        /// The sum.
        total: f64,
        /// By the span's length.
        per_second: f64,
    },
}

/// A figure of a meter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FieldValue {
    /// A count, or nanoseconds.
    Integer(u64),
    /// Any number.
    Number(f64),
}

impl MeterFigures {
    /// What kind of meter it is.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Counts(_) => "counts",
            Self::Counter(_) => "counter",
            Self::Gauge(_) => "gauge",
            Self::Timer(_) => "timer",
            Self::Summary(_) => "summary",
            Self::Rate { .. } => "rate",
            Self::Throughput { .. } => "throughput",
        }
    }

    /// The names of all figures that there are, for tables.
    pub const FIELDS: &[&str] = &[
        "count",
        "success",
        "failure",
        "error",
        "timeout",
        "skipped",
        "attempts",
        "starved",
        "slipped",
        "in-flight",
        "due",
        "started",
        "completed",
        "cancelled",
        "queued",
        "dropped",
        "running",
        "calls",
        "nanoseconds",
        "traps",
        "deadlines",
        "memory-refusals",
        "mean",
        "min",
        "p50",
        "p90",
        "p95",
        "p99",
        "p99_9",
        "max",
        "sum",
        "value",
        "benchmark",
        "total",
        "per-second",
    ];

    /// Its figures by name; those that don't exist, such as percentiles without samples, are left out.
    pub fn fields(&self) -> Vec<(&'static str, FieldValue)> {
        use FieldValue::{Integer, Number};
        match self {
            Self::Counts(counts) => counts.iter().map(|(name, count)| (*name, Integer(*count))).collect(),
            Self::Counter(count) => vec![("count", Integer(*count))],
            Self::Gauge(value) => vec![("value", Number(*value))],
            Self::Timer(timer) => {
                let percentiles = [("p50", timer.p50), ("p90", timer.p90), ("p95", timer.p95), ("p99", timer.p99), ("p99_9", timer.p99_9)];
                let mut fields = vec![("count", Integer(timer.count))];
                fields.extend(timer.mean.map(|mean| ("mean", Number(mean))));
                fields.extend(timer.min.map(|min| ("min", Integer(min))));
                fields.extend(percentiles.into_iter().filter_map(|(name, percentile)| Some((name, Integer(percentile?.value)))));
                fields.extend(timer.max.map(|max| ("max", Integer(max))));
                fields
            }
            Self::Summary(figures) => figures.iter().map(|(name, figure)| (*name, Number(*figure))).collect(),
            Self::Rate { benchmark, total } => {
                let mut fields = vec![("benchmark", Number(*benchmark)), ("total", Number(*total))];
                fields.extend((*total != 0.0).then(|| ("value", Number(benchmark / total))));
                fields
            }
            Self::Throughput { total, per_second } => vec![("total", Number(*total)), ("per-second", Number(*per_second))],
        }
    }
}

/// An event, with all that says whose it is.
#[derive(Clone, Debug)]
pub struct ExportedEvent {
    /// Noun and past verb.
    pub name: String,
    /// How serious.
    pub level: Severity,
    /// When it happened.
    pub stamp: Stamp,
    /// Where it happened; its own tags are among the subject's.
    pub subject: Arc<Subject>,
    /// Whose; none for what belongs to no minion under load.
    pub minion: Option<u32>,
    /// Of the step, for that minion.
    pub iteration: Option<u32>,
    /// What it carries.
    pub value: EventBody,
}

#[cfg(test)]
mod tests;
