//! The verdict: what happened, against what was asked; the generator's part of it is in `fitness`.

use super::{CampaignFacts, EndReason, ExporterReport, OutcomeCounts, Reason, ScenarioReport, StepReport};
use crate::rules::{CountedFailures, RuleReport, StepPlace};
use crate::{Finding, Verdict, humane};

/// What bears on the campaign's verdict beside its scenarios.
pub(super) fn campaign(facts: &CampaignFacts, rules: &[RuleReport], health: &[Finding]) -> Vec<Reason> {
    let mut reasons = match &facts.end {
        EndReason::Completed => vec![],
        EndReason::SoftStopped(why) => vec![reason(Verdict::Successful, format!("stopped softly: {why}"))],
        EndReason::Aborted(why) => vec![reason(Verdict::Aborted, why.clone())],
        EndReason::Failed(why) => vec![reason(Verdict::Failed, why.clone())],
    };
    reasons.extend(rules.iter().filter(|rule| rule.scenario.is_none()).filter_map(RuleReport::reason));
    reasons.extend(health.iter().map(Finding::reason));
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
pub(super) fn scenario(
    scenario: &ScenarioReport,
    aborted: Option<&str>,
    messages: (u64, u64),
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
    reasons.extend(scenario.health.findings.iter().map(Finding::reason));
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

fn starved(step: &StepReport) -> Reason {
    let text = format!("{} of step `{}` waited for values that never came", humane::plural(step.starved, "visit"), step.name);
    reason(Verdict::Warning, text)
}

fn kinds(outcomes: &OutcomeCounts) -> String {
    let kinds = [(outcomes.failure, "failure"), (outcomes.error, "error"), (outcomes.timeout, "time-out")];
    let kinds = kinds.into_iter().filter(|(count, _)| *count > 0).map(|(count, kind)| humane::plural(count, kind));
    kinds.collect::<Vec<_>>().join(", ")
}

fn events(scenario: &ScenarioReport) -> Option<Reason> {
    let dropped = scenario.health.events_dropped;
    (dropped > 0).then(|| reason(Verdict::Warning, format!("{} dropped before they were exported", humane::plural(dropped, "event"))))
}

fn reason(verdict: Verdict, text: String) -> Reason {
    Reason { verdict, text }
}
