//! Why a campaign could not be conducted.

use throng_runtime::WorkerError;

use crate::histogram_budget::HistogramBudgetError;

/// A campaign that did not come to a report.
#[derive(Debug, thiserror::Error)]
pub enum CampaignError {
    /// The starting lines cannot be planned.
    #[error("scenario `{scenario}`: {reason}")]
    Profile {
        /// The scenario.
        scenario: String,
        /// Why, and what to do.
        reason: String,
    },
    /// The rules cannot be kept.
    #[error("rules: {0}")]
    Rules(String),
    /// The histograms could take more memory than they may.
    #[error(transparent)]
    Histograms(#[from] HistogramBudgetError),
    /// A step cannot start.
    #[error("scenario `{scenario}`{}: {reason}", .step.as_ref().map(|step| format!(", step `{step}`")).unwrap_or_default())]
    Unable {
        /// The scenario.
        scenario: String,
        /// The step, if it is one step's fault.
        step: Option<String>,
        /// Why, and what to do.
        reason: String,
    },
    /// An exporter cannot be used.
    #[error("exporter `{name}`: {reason}")]
    Exporter {
        /// Its kind and where it writes.
        name: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A step did not start in time.
    #[error("scenario `{scenario}`, step `{step}`: not ready within {limit:?}; is what it connects to reachable?")]
    Slow {
        /// The scenario.
        scenario: String,
        /// The step.
        step: String,
        /// The limit.
        limit: std::time::Duration,
    },
    /// A worker could not be started, or died.
    #[error("worker {worker} is gone: {reason}; this is a fault of the engine, please report it")]
    WorkerGone {
        /// The worker.
        worker: u32,
        /// What is known.
        reason: String,
    },
    /// A worker failed by itself.
    #[error(transparent)]
    Worker(#[from] WorkerError),
}
