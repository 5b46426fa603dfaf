//! What is wrong with the generator, as one scenario sees it: late and left-out starts, joins that dropped, guests that were stopped.

use super::{CampaignFacts, EndReason, ScenarioReport, StepReport};
use crate::{Finding, HealthLimits, ScenarioSnapshot, Signal, Verdict, humane};

/// The findings of one scenario, the worst first.
///
/// `stallers` are the scenarios whose guests ran over their time, and so kept a worker from starting anybody.
pub(super) fn findings(scenario: &ScenarioReport, snapshot: &ScenarioSnapshot, stallers: &[String], facts: &CampaignFacts) -> Vec<Finding> {
    let mut findings: Vec<_> = scenario.steps.iter().filter_map(lost).collect();
    // What was cancelled by its own fault says nothing about the generator.
    if snapshot.aborted.is_none() {
        findings.extend(start_lag(scenario, snapshot, stallers, &facts.health));
        findings.extend(starts(scenario, snapshot, stallers, facts));
    }
    findings.extend(guest(scenario));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    findings
}

/// Whether the starts of a scenario with a schedule were late enough to warn.
pub(super) fn is_late(scenario: &ScenarioReport, limits: &HealthLimits) -> bool {
    scenario.health.scheduled && scenario.health.start_lag.p99.is_some_and(|lag| lag.value > limits.start_lag_warns)
}

/// A join that dropped what it should have kept cannot say what is missing.
fn lost(step: &StepReport) -> Option<Finding> {
    let lost = step.join.as_ref()?.lost;
    (lost > 0).then(|| Finding {
        signal: Signal::Join,
        level: Verdict::Void,
        value: lost as f64,
        limit: 0.0,
        since: None,
        told: format!(
            "join `{}` dropped {} for want of room, which were asked for later and count as missing",
            step.name,
            humane::plural(lost, "value")
        ),
        cause: None,
        remedy: "raise its `capacity`".to_owned(),
    })
}

fn start_lag(scenario: &ScenarioReport, snapshot: &ScenarioSnapshot, stallers: &[String], limits: &HealthLimits) -> Option<Finding> {
    let lag = scenario.health.start_lag.p99.filter(|_| scenario.health.scheduled)?.value;
    let response = scenario.steps.iter().find_map(|step| step.times.response.p50).map_or(0, |median| median.value);
    let tolerable = response as f64 * limits.share_of_response;
    let [warned, voided] = snapshot.late_since;
    let finding = |level, limit: u64, since, told| Finding {
        signal: Signal::StartLag,
        level,
        value: lag as f64,
        limit: limit as f64,
        since,
        told,
        cause: (!stallers.is_empty()).then(|| held_up_by(stallers)),
        remedy: if stallers.is_empty() { "use fewer minions, more workers or a faster machine" } else { "mend those first" }.to_owned(),
    };
    if lag > limits.start_lag_voids && lag as f64 > tolerable {
        let told = format!(
            "starts were late: the 99th percentile of {} is above {} and above {} of the first step's median response ({})",
            humane::duration(lag),
            humane::duration(limits.start_lag_voids),
            humane::percentage((limits.share_of_response * 1_000.0) as u64, 1_000),
            humane::duration(response),
        );
        // Who made the starts late is known and judged for it, and a run on a better machine would be late as well.
        let level = if stallers.is_empty() { Verdict::Void } else { Verdict::Warning };
        return Some(finding(level, limits.start_lag_voids, voided, told));
    }
    (lag > limits.start_lag_warns).then(|| {
        let (lag, limit) = (humane::duration(lag), humane::duration(limits.start_lag_warns));
        let told = format!("starts were late: the 99th percentile of {lag} is above {limit}");
        finding(Verdict::Warning, limits.start_lag_warns, warned, told)
    })
}

fn held_up_by(stallers: &[String]) -> String {
    format!("workers were held up by guests that ran over their time, in {}", stallers.join(", "))
}

/// Starts that were not made, with the cause: the cap on minions in flight, or a generator that could not keep up.
fn starts(scenario: &ScenarioReport, snapshot: &ScenarioSnapshot, stallers: &[String], facts: &CampaignFacts) -> Option<Finding> {
    let limits = &facts.health;
    let (intended, plan) = match facts.end {
        EndReason::Completed => (scenario.minions.planned?, "planned run"),
        EndReason::SoftStopped(_) => (snapshot.expected.filter(|_| scenario.health.scheduled)?, "run that was due"),
        EndReason::Aborted(_) | EndReason::Failed(_) => return None,
    };
    let started = scenario.minions.started;
    let achieved = if intended == 0 { 1.0 } else { started as f64 / intended as f64 };
    if achieved >= limits.achieved_starts {
        return None;
    }
    let is_capped = scenario.minions.dropped + scenario.minions.queued > 0;
    let is_scheduled = scenario.health.scheduled;
    let is_void = achieved < limits.achieved_starts_voids && is_scheduled && !is_capped && stallers.is_empty();
    let (cause, remedy) = match (scenario.minions.dropped, is_capped) {
        (0, false) if !is_scheduled => (None, ""),
        (0, false) if stallers.is_empty() => {
            (Some("the generator could not keep up".to_owned()), "use more workers, a lower rate or a faster machine")
        }
        (0, false) => (Some(held_up_by(stallers)), "mend those first"),
        (0, true) => (Some(format!("{} waited for `max-in-flight`", humane::count(scenario.minions.queued))), ""),
        (dropped, _) => (Some(format!("{} left out by `max-in-flight`", humane::count(dropped))), ""),
    };
    let plural = if intended == 1 { plan.to_owned() } else { plan.replacen("run", "runs", 1).replacen("was", "were", 1) };
    Some(Finding {
        signal: Signal::Starts,
        level: if is_void { Verdict::Void } else { Verdict::Warning },
        value: achieved,
        limit: if is_void { limits.achieved_starts_voids } else { limits.achieved_starts },
        since: None,
        told: format!("only {} of {} {plural} started", humane::count(started), humane::count(intended)),
        cause,
        remedy: remedy.to_owned(),
    })
}

fn guest(scenario: &ScenarioReport) -> Option<Finding> {
    let guest = scenario.health.guest;
    let faults = [(guest.traps, "trap"), (guest.deadlines, "missed deadline"), (guest.memory_refusals, "memory refusal")];
    let told: Vec<_> = faults.into_iter().filter(|(count, _)| *count > 0).map(|(count, kind)| humane::plural(count, kind)).collect();
    (!told.is_empty()).then(|| Finding {
        signal: Signal::Guest,
        level: Verdict::Warning,
        value: guest.traps.max(guest.deadlines + guest.memory_refusals) as f64,
        limit: 0.0,
        since: None,
        told: format!("the scenario's component had {}", told.join(", ")),
        cause: None,
        remedy: String::new(),
    })
}
