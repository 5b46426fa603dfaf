//! The options that every step can have: their ranges and defaults.

use std::time::Duration;

use crate::document::{IterateDocument, MonitoringDocument, RetryChoice, RetryDocument, StepDocument};
use crate::{Iterate, Monitoring, Operator, Retry, StepKind};

/// For steps of plugins that say nothing.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Pointer inside the step, message, hint.
pub(super) type OptionFault = (&'static str, String, Option<String>);

fn fault(pointer: &'static str, message: &str, hint: &str) -> OptionFault {
    (pointer, message.to_owned(), Some(hint.to_owned()))
}

pub(super) fn timeout(step: &StepDocument, kind: &StepKind) -> Result<Option<Duration>, OptionFault> {
    match (step.timeout, kind) {
        (Some(timeout), _) if timeout.0.is_zero() => Err(fault("/timeout", "a timeout of 0 lets nothing succeed", "leave it out")),
        (Some(timeout), _) => Ok(Some(timeout.0)),
        (None, StepKind::Plugin { .. }) => Ok(Some(DEFAULT_TIMEOUT)),
        (None, StepKind::Operator(_)) => Ok(None),
    }
}

/// The step's own policy, or the scenario's. Assertions are never retried.
pub(super) fn retry(step: &StepDocument, kind: &StepKind, inherited: Option<&Retry>) -> Result<Option<Retry>, OptionFault> {
    let asserts = matches!(kind, StepKind::Operator(Operator::Verify(_) | Operator::Assert(_)));
    match &step.retry {
        Some(RetryChoice::Some(_)) if asserts => {
            Err(fault("/retry", "an assertion is never retried", "put `retry` on the step whose result is asserted"))
        }
        Some(RetryChoice::Some(retry)) => checked_retry(retry).map(Some),
        Some(RetryChoice::None) => Ok(None),
        None => Ok(inherited.filter(|_| !asserts).cloned()),
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

pub(super) fn iterate(iterate: &IterateDocument) -> Result<Iterate, OptionFault> {
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
