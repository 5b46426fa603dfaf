//! The few figures that benchmarks read of a campaign with one scenario and one step.

use serde_json::{Value, json};

use super::{Report, TimerReport};
use crate::Percentile;

impl Report {
    /// `{started, verdict, response: {count, mean, p50, p90, p95, p99, p99_9, max}, service: {…}}` of the first scenario's first step
    /// that is not hidden, under load; in milliseconds, null without samples. `started` counts requests.
    pub fn bench_json(&self) -> Value {
        let scenario = self.scenarios.first();
        let steps = scenario.map_or(&[][..], |scenario| &scenario.steps);
        let step = steps.iter().find(|step| !step.hidden).or(steps.first());
        // With a rate, each request is a minion's, also one that never came to its step. In a closed loop a minion makes many requests, or none.
        let started = match scenario {
            Some(scenario) if scenario.health.scheduled => scenario.minions.started,
            _ => step.map_or(0, |step| step.outcomes.executions()),
        };
        json!({
            "started": started,
            "verdict": self.verdict,
            "response": step.map(|step| milliseconds(&step.times.response)),
            "service": step.map(|step| milliseconds(&step.times.service)),
        })
    }
}

fn milliseconds(timer: &TimerReport) -> Value {
    let of = |percentile: Option<Percentile>| percentile.map(|percentile| percentile.value as f64 / 1e6);
    json!({
        "count": timer.count,
        "mean": timer.mean.map(|mean| mean / 1e6),
        "p50": of(timer.p50),
        "p90": of(timer.p90),
        "p95": of(timer.p95),
        "p99": of(timer.p99),
        "p99_9": of(timer.p99_9),
        "max": timer.max.map(|max| max as f64 / 1e6),
    })
}
