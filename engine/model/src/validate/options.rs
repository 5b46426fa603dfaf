//! The options that every step can have: their ranges and defaults.

use std::time::Duration;

use crate::document::{IterateDocument, MaxInFlightDocument, MonitoringDocument, RetryChoice, RetryDocument, StepDocument};
use crate::{Iterate, MaxInFlight, Monitoring, Operator, Retry, StepKind, format_duration};

/// For steps of plugins that say nothing.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Pointer inside the step, message, hint.
pub(super) type OptionFault = (&'static str, String, Option<String>);

fn fault(pointer: &'static str, message: &str, hint: &str) -> OptionFault {
    (pointer, message.to_owned(), Some(hint.to_owned()))
}

/// For one attempt. What makes records has none by default: a visit of it waits for the next one.
pub(super) fn timeout(step: &StepDocument, kind: &StepKind) -> Result<Option<Duration>, OptionFault> {
    match (step.timeout, kind) {
        (Some(timeout), _) if timeout.0.is_zero() => Err(fault("/timeout", "a timeout of 0 lets nothing succeed", "leave it out")),
        (Some(timeout), StepKind::Operator(Operator::Join(join))) if timeout.0 <= join.timeout => {
            let (own, joins) = (format_duration(timeout.0), format_duration(join.timeout));
            let message = format!("after {own} a value that may wait {joins} for its counterpart would be neither matched nor missing");
            Err(("/timeout", message, Some(format!("write `\"timeout\": \"{own}\"` inside of `{}` instead", kind.name()))))
        }
        (Some(timeout), _) => Ok(Some(timeout.0)),
        (None, StepKind::Plugin { source: None, .. }) => Ok(Some(DEFAULT_TIMEOUT)),
        (None, StepKind::Plugin { source: Some(_), .. } | StepKind::Operator(_)) => Ok(None),
    }
}

/// The step's own policy, or the scenario's. Assertions are never retried; a stage does not inherit.
pub(super) fn retry(step: &StepDocument, kind: &StepKind, inherited: Option<&Retry>) -> Result<Option<Retry>, OptionFault> {
    let asserts = matches!(kind, StepKind::Operator(Operator::Verify(_) | Operator::VerifyAndMap(_) | Operator::Assert(_)));
    let inherits = !asserts && !matches!(kind, StepKind::Operator(Operator::Stage { .. }));
    match &step.retry {
        Some(RetryChoice::Some(_)) if asserts => {
            Err(fault("/retry", "an assertion is never retried", "put `retry` on the step whose result is asserted"))
        }
        Some(RetryChoice::Some(retry)) => checked_retry(retry).map(Some),
        Some(RetryChoice::None) => Ok(None),
        None => Ok(inherited.filter(|_| inherits).cloned()),
    }
}

pub(super) fn checked_retry(retry: &RetryDocument) -> Result<Retry, OptionFault> {
    if !(retry.multiplier > 0.0 && retry.multiplier.is_finite()) {
        return Err(fault("/retry/multiplier", &format!("the multiplier is {}", retry.multiplier), "write a number above 0"));
    }
    if !(0.0..=1.0).contains(&retry.jitter) {
        return Err(fault("/retry/jitter", &format!("the jitter is {}", retry.jitter), "write a number from 0 to 1"));
    }
    Ok(Retry {
        retries: retry.retries,
        delay: retry.delay.0,
        multiplier: retry.multiplier,
        max_delay: retry.max_delay.0,
        jitter: retry.jitter,
    })
}

pub(super) fn iterate(step: &StepDocument, kind: &StepKind) -> Result<Option<Iterate>, OptionFault> {
    let Some(iterate) = &step.iterate else { return Ok(None) };
    match never_iterated(kind) {
        Some(reason) => Err(fault("/iterate", reason, "remove it")),
        None => checked_iterate(iterate).map(Some),
    }
}

/// Why a step is run once for each input only.
fn never_iterated(kind: &StepKind) -> Option<&'static str> {
    match kind {
        StepKind::Plugin { source: Some(_), .. } | StepKind::Operator(Operator::Datasource(_)) => Some("a source is never iterated"),
        StepKind::Operator(Operator::Collect(_)) => Some("`collect` takes each value once"),
        StepKind::Operator(Operator::CatchErrors(_) | Operator::LogErrors | Operator::CatchExhausted(_) | Operator::Recover(_)) => {
            Some("what processes errors is never iterated")
        }
        StepKind::Plugin { source: None, .. } | StepKind::Operator(_) => None,
    }
}

fn checked_iterate(iterate: &IterateDocument) -> Result<Iterate, OptionFault> {
    if iterate.total.is_some() && iterate.iterations.is_some() {
        return Err(fault("/iterate", "both `iterations` and `total` are given", "`total` alone is shared by all minions"));
    }
    if iterate.iterations == Some(0) {
        return Err(fault("/iterate/iterations", "0 iterations do nothing", "write at least 1"));
    }
    if iterate.total == Some(0) {
        return Err(fault("/iterate/total", "0 iterations do nothing", "write at least 1"));
    }
    if iterate.lasting.is_some_and(|lasting| lasting.0.is_zero()) {
        return Err(fault("/iterate/for", "no iteration fits in no time", "write a longer duration"));
    }
    let endless = if iterate.lasting.is_some() { u64::MAX } else { 1 };
    Ok(Iterate {
        iterations: iterate.iterations.or(iterate.total).unwrap_or(endless),
        period: iterate.period.0,
        stop_on_error: iterate.stop_on_error,
        lasting: iterate.lasting.map(|lasting| lasting.0),
        total: iterate.total,
    })
}

pub(super) fn monitoring(monitoring: Option<&MonitoringDocument>) -> Monitoring {
    let default = Monitoring::default();
    Monitoring {
        meters: monitoring.and_then(|monitoring| monitoring.meters).unwrap_or(default.meters),
        events: monitoring.and_then(|monitoring| monitoring.events).unwrap_or(default.events),
    }
}

/// Values that are handled downstream at a time.
pub(super) fn concurrency(step: &StepDocument) -> Result<u32, OptionFault> {
    match step.concurrency {
        Some(0) => Err(fault("/concurrency", "a concurrency of 0 lets no value go on", "write at least 1")),
        given => Ok(given.unwrap_or(1)),
    }
}

/// The cap on minions at a time.
pub(super) fn max_in_flight(cap: MaxInFlightDocument) -> Result<MaxInFlight, OptionFault> {
    match cap.limit {
        0 => Err(fault("/max-in-flight/limit", "a limit of 0 lets nobody start", "write at least 1")),
        limit => Ok(MaxInFlight { limit, policy: cap.policy }),
    }
}
