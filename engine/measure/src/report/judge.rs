//! The verdict: what happened, against what was asked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CampaignFacts, EndReason, ExporterReport, OutcomeCounts, Reason, ScenarioReport, StepReport};
use crate::rules::{CountedFailures, RuleReport, StepPlace};
use crate::{Verdict, humane};

/// From where on the generator's own lateness counts.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HealthLimits {
    /// A start lag whose 99th percentile is above this warns; nanoseconds.
    pub start_lag_warns: u64,
    /// A start lag whose 99th percentile is above this, and above the share of the response time, voids; nanoseconds.
    pub start_lag_voids: u64,
    /// The share of the first step's median response that a start lag must exceed to void, 0 to 1.
    pub share_of_response: f64,
    /// The share of planned starts below which a completed campaign warns, 0 to 1.
    pub achieved_starts: f64,
}

impl Default for HealthLimits {
    fn default() -> Self {
        Self { start_lag_warns: 1_000_000, start_lag_voids: 10_000_000, share_of_response: 0.2, achieved_starts: 0.999 }
    }
}

/// What bears on the campaign's verdict beside its scenarios.
pub(super) fn campaign(facts: &CampaignFacts, rules: &[RuleReport]) -> Vec<Reason> {
    let mut reasons = match &facts.end {
        EndReason::Completed => vec![],
        EndReason::SoftStopped(why) => vec![reason(Verdict::Successful, format!("stopped softly: {why}"))],
        EndReason::Aborted(why) => vec![reason(Verdict::Aborted, why.clone())],
        EndReason::Failed(why) => vec![reason(Verdict::Failed, why.clone())],
    };
    reasons.extend(rules.iter().filter(|rule| rule.scenario.is_none()).filter_map(RuleReport::reason));
    reasons.extend(facts.exporters.iter().filter_map(exporter));
    reasons
}

/// What an exporter lost says nothing about the target, and never voids.
fn exporter(exporter: &ExporterReport) -> Option<Reason> {
    let what = match (exporter.dropped, exporter.failures) {
        (0, 0) => return None,
        (0, failures) => format!("failed {}", humane::plural(failures, "time")),
        (dropped, _) => format!("lost {}", humane::plural(dropped, "record")),
    };
    let error = exporter.last_error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
    Some(reason(Verdict::Warning, format!("the exporter `{}` {what}{error}", exporter.name)))
}

/// All rules, as seen from one scenario.
pub(super) struct RulesOf<'a> {
    /// Its position.
    pub scenario: usize,
    /// Of all scenarios and of the campaign.
    pub rules: &'a [RuleReport],
}

impl RuleReport {
    /// What it has to say about the verdict; none if it was kept.
    pub fn reason(&self) -> Option<Reason> {
        (!self.holds).then(|| reason(self.verdict, format!("rule `{}`: {}", self.rule, self.told)))
    }
}

/// What bears on a scenario's verdict, the worst first.
///
/// `stallers` are the scenarios whose guests ran over their time, and so kept a worker from starting anybody.
pub(super) fn scenario(
    scenario: &ScenarioReport,
    aborted: Option<&str>,
    messages: (u64, u64),
    stallers: &[String],
    facts: &CampaignFacts,
    rules: &RulesOf<'_>,
) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = aborted.map(|why| reason(Verdict::Aborted, why.to_owned())).into_iter().collect();
    reasons.extend(rules.rules.iter().filter(|rule| rule.scenario.as_ref() == Some(&scenario.name)).filter_map(RuleReport::reason));
    let failed = scenario.steps.iter().enumerate().filter(|(_, step)| !step.tolerate && step.outcomes.failed() > 0);
    reasons.extend(failed.filter_map(|(number, step)| match &rules.deciding(number)[..] {
        [] => Some(failed_step(step)),
        counted => uncounted(step, counted),
    }));
    reasons.extend(scenario.steps.iter().filter_map(lost));
    // Who stops early knows that something was still to come.
    if facts.end == EndReason::Completed {
        reasons.extend(scenario.steps.iter().filter(|step| step.starved > 0).map(starved));
    }
    let (errors, warnings) = messages;
    if errors > 0 {
        reasons.push(reason(Verdict::Failed, format!("{} left in the report", humane::plural(errors, "error message"))));
    }
    if warnings > 0 {
        reasons.push(reason(Verdict::Warning, format!("{} left in the report", humane::plural(warnings, "warning"))));
    }
    // What was cancelled by its own fault says nothing about the generator.
    if aborted.is_none() {
        reasons.extend(start_lag(scenario, stallers, &facts.health));
        reasons.extend(starts(scenario, facts));
    }
    reasons.extend(guest(scenario));
    reasons.extend(events(scenario));
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.verdict));
    reasons
}

impl RulesOf<'_> {
    /// What the rules count that decide about the failures of a step.
    fn deciding(&self, step: usize) -> Vec<CountedFailures> {
        let place = StepPlace { scenario: self.scenario, step };
        let decisions = self.rules.iter().filter_map(|rule| rule.decides.as_ref());
        decisions.filter(|decision| decision.steps.contains(&place)).map(|decision| decision.counts).collect()
    }
}

/// A rule on some kinds of failures decides about all of them; those of which it knows nothing are not passed over in silence.
fn uncounted(step: &StepReport, counted: &[CountedFailures]) -> Option<Reason> {
    let OutcomeCounts { failure, error, timeout, .. } = step.outcomes;
    if counted.contains(&CountedFailures::Errors) {
        return None;
    }
    let missing = step.join.as_ref().filter(|_| step.kind == "inner-join").map_or(0, |join| join.missing);
    let failure = if counted.contains(&CountedFailures::Failures) { 0 } else { failure.saturating_sub(missing) };
    let rest = OutcomeCounts { failure, error, timeout, ..OutcomeCounts::default() };
    (rest.failed() > 0).then(|| {
        let text = format!("step `{}` also failed in ways that its rules do not count: {}", step.name, kinds(&rest));
        reason(Verdict::Warning, text)
    })
}

fn failed_step(step: &StepReport) -> Reason {
    let (failed, made) = (step.outcomes.failed(), step.outcomes.executions());
    let text = format!(
        "step `{}` failed in {} of {}: {}",
        step.name,
        humane::count(failed),
        humane::plural(made, "execution"),
        kinds(&step.outcomes)
    );
    reason(Verdict::Failed, text)
}

/// A join that dropped what it should have kept cannot say what is missing.
fn lost(step: &StepReport) -> Option<Reason> {
    let lost = step.join.as_ref()?.lost;
    (lost > 0).then(|| {
        let lost = humane::plural(lost, "value");
        let text = format!(
            "join `{}` dropped {lost} for want of room, which were asked for later and count as missing; raise its `capacity`",
            step.name
        );
        reason(Verdict::Void, text)
    })
}

fn starved(step: &StepReport) -> Reason {
    let text = format!("{} of step `{}` waited for values that never came", humane::plural(step.starved, "visit"), step.name);
    reason(Verdict::Warning, text)
}

fn kinds(outcomes: &OutcomeCounts) -> String {
    let kinds = [(outcomes.failure, "failure"), (outcomes.error, "error"), (outcomes.timeout, "time-out")];
    let kinds = kinds.into_iter().filter(|(count, _)| *count > 0).map(|(count, kind)| humane::plural(count, kind));
    kinds.collect::<Vec<_>>().join(", ")
}

fn start_lag(scenario: &ScenarioReport, stallers: &[String], limits: &HealthLimits) -> Option<Reason> {
    let lag = scenario.health.start_lag.p99.filter(|_| scenario.health.scheduled)?.value;
    let response = scenario.steps.iter().find_map(|step| step.times.response.p50).map_or(0, |median| median.value);
    let tolerable = response as f64 * limits.share_of_response;
    if lag > limits.start_lag_voids && lag as f64 > tolerable {
        let text = format!(
            "starts were late: the 99th percentile of {} is above {} and above {} of the first step's median response ({}); {}",
            humane::duration(lag),
            humane::duration(limits.start_lag_voids),
            humane::percentage((limits.share_of_response * 1_000.0) as u64, 1_000),
            humane::duration(response),
            remedy(stallers),
        );
        // Who made the starts late is known and judged for it, and a run on a better machine would be late as well.
        let verdict = if stallers.is_empty() { Verdict::Void } else { Verdict::Warning };
        return Some(reason(verdict, text));
    }
    (lag > limits.start_lag_warns).then(|| {
        let (lag, limit) = (humane::duration(lag), humane::duration(limits.start_lag_warns));
        reason(Verdict::Warning, format!("starts were late: the 99th percentile of {lag} is above {limit}"))
    })
}

fn remedy(stallers: &[String]) -> String {
    match stallers {
        [] => "use fewer minions, more workers or a faster machine".to_owned(),
        stallers => format!("workers were held up by guests that ran over their time, in {}: mend those first", stallers.join(", ")),
    }
}

fn starts(scenario: &ScenarioReport, facts: &CampaignFacts) -> Option<Reason> {
    let planned = scenario.minions.planned.filter(|_| facts.end == EndReason::Completed)?;
    let started = scenario.minions.started;
    ((started as f64) < planned as f64 * facts.health.achieved_starts).then(|| {
        let (started, planned) = (humane::count(started), humane::plural(planned, "planned run"));
        let cause = match scenario.minions.dropped {
            0 => String::new(),
            dropped => format!("; {} left out by `max-in-flight`", humane::count(dropped)),
        };
        reason(Verdict::Warning, format!("only {started} of {planned} started{cause}"))
    })
}

fn guest(scenario: &ScenarioReport) -> Option<Reason> {
    let guest = scenario.health.guest;
    let kinds = [(guest.traps, "trap"), (guest.deadlines, "missed deadline"), (guest.memory_refusals, "memory refusal")];
    let kinds: Vec<_> = kinds.into_iter().filter(|(count, _)| *count > 0).map(|(count, kind)| humane::plural(count, kind)).collect();
    (!kinds.is_empty()).then(|| reason(Verdict::Warning, format!("the scenario's component had {}", kinds.join(", "))))
}

fn events(scenario: &ScenarioReport) -> Option<Reason> {
    let dropped = scenario.health.events_dropped;
    (dropped > 0).then(|| reason(Verdict::Warning, format!("{} dropped before they were exported", humane::plural(dropped, "event"))))
}

fn reason(verdict: Verdict, text: String) -> Reason {
    Reason { verdict, text }
}
