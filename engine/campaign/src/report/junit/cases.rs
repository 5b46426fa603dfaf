//! The cases of a suite: what has passed, and with what proof something has not.

use std::cmp::Reverse;

use throng_measure::rules::{RuleReport, StepPlace};
use throng_measure::{FailureReport, JoinReport, OutcomeCounts, Reason, Report, ScenarioReport, StepReport, TimerReport, Verdict, humane};

use crate::report::{errors, joins, rules, steps};

/// A case: a step, a join, a rule or a verdict.
pub(super) struct Case {
    pub(super) name: String,
    /// The scenario.
    pub(super) class: String,
    /// Nanoseconds.
    pub(super) time: u64,
    pub(super) ending: Ending,
    /// For `system-out`.
    pub(super) told: String,
}

/// How a case ended.
pub(super) enum Ending {
    Passed,
    /// There was nothing to judge.
    Skipped {
        message: String,
    },
    /// The target did not do as asked.
    Failure(Fault),
    /// The campaign did not come to a valid end, so that nobody knows.
    Error(Fault),
}

pub(super) struct Fault {
    pub(super) kind: String,
    pub(super) message: String,
    /// With examples.
    pub(super) body: String,
}

/// What befell the campaign itself.
pub(super) fn of_campaign(report: &Report) -> Vec<Case> {
    let own = report.reasons.iter().map(|reason| reason.verdict).max().unwrap_or_default();
    let verdict = verdict_case(report, "campaign", &report.campaign.key, own, &report.reasons);
    std::iter::once(verdict).chain(of_rules(report, None)).collect()
}

/// The verdict, the rules, then the steps in their order, each join after its step.
pub(super) fn of_scenario(report: &Report, number: usize, scenario: &ScenarioReport) -> Vec<Case> {
    let mut cases = vec![verdict_case(report, "verdict", &scenario.name, scenario.verdict, &scenario.reasons)];
    cases.extend(of_rules(report, Some(&scenario.name)));
    for (position, step) in scenario.steps.iter().enumerate().filter(|(_, step)| steps::is_shown(step)) {
        let judged = Judged { scenario, step, decided: rules::decides(report, StepPlace { scenario: number, step: position }) };
        cases.push(of_step(report, &judged));
        cases.extend(step.join.as_ref().map(|join| of_join(report, &judged, join)));
    }
    cases
}

/// A step, and whether rules decide about its failures.
struct Judged<'a> {
    scenario: &'a ScenarioReport,
    step: &'a StepReport,
    decided: bool,
}

impl Judged<'_> {
    /// Whether the step's failures fail it by themselves.
    fn has_failed(&self) -> bool {
        self.step.outcomes.failed() > 0 && !self.step.tolerate && !self.decided
    }
}

/// The rules of a scenario, or those of the campaign.
fn of_rules(report: &Report, scenario: Option<&str>) -> impl Iterator<Item = Case> {
    report.rules.iter().filter(move |rule| rule.scenario.as_deref() == scenario).map(|rule| of_rule(report, rule))
}

fn of_rule(report: &Report, rule: &RuleReport) -> Case {
    let since = rules::since(rule).map(|since| format!(", {since}")).unwrap_or_default();
    let told = format!("{}{since}\n", rules::was(rule));
    let ending = match rules::verdict(rule) {
        Verdict::Successful | Verdict::Warning => Ending::Passed,
        _ => {
            let example = rules::example(rule).map(|example| format!("{example}\n")).unwrap_or_default();
            faulty(report, Fault { kind: "rule".to_owned(), message: rule.told.clone(), body: told.clone() + &example })
        }
    };
    let class = rule.scenario.clone().unwrap_or_else(|| report.campaign.key.clone());
    Case { name: format!("rule {}", rule.rule), class, time: 0, told: unless_told(&ending, told), ending }
}

fn verdict_case(report: &Report, name: &str, class: &str, verdict: Verdict, reasons: &[Reason]) -> Case {
    let time = report.campaign.duration;
    let told: String = reasons.iter().map(|reason| format!("{}: {}\n", reason.verdict, reason.text)).collect();
    let worst =
        reasons.iter().min_by_key(|reason| Reverse(reason.verdict)).map_or_else(|| verdict.to_string(), |reason| reason.text.clone());
    if verdict < Verdict::Failed {
        return Case { name: name.to_owned(), class: class.to_owned(), time, ending: Ending::Passed, told };
    }
    let ending = faulty(report, Fault { kind: verdict.to_string(), message: worst, body: told });
    Case { name: name.to_owned(), class: class.to_owned(), time, ending, told: String::new() }
}

fn of_step(report: &Report, judged: &Judged<'_>) -> Case {
    let step = judged.step;
    let OutcomeCounts { failure, error, timeout, skipped, .. } = step.outcomes;
    let (failed, made) = (step.outcomes.failed(), step.outcomes.executions());
    let ending = if made == 0 {
        Ending::Skipped { message: "it was never executed".to_owned() }
    } else if !judged.has_failed() {
        Ending::Passed
    } else {
        let kinds = [(failure, "failure"), (error, "error"), (timeout, "time-out")];
        let kinds: Vec<_> = kinds.into_iter().filter(|(count, _)| *count > 0).map(|(count, kind)| humane::plural(count, kind)).collect();
        let message = format!("{} of {} failed: {}", humane::count(failed), humane::plural(made, "execution"), kinds.join(", "));
        let kind = step.failures.first().map_or_else(|| "failed".to_owned(), |group| group.code.clone());
        faulty(report, Fault { kind, message, body: step.failures.iter().map(example).collect() })
    };
    let counts = format!(
        "{}: {} succeeded, {failure} failures, {error} errors, {timeout} time-outs; {skipped} skipped\n",
        humane::plural(made, "execution"),
        humane::count(step.outcomes.success)
    );
    let why_not = match () {
        () if failed == 0 || judged.has_failed() => None,
        () if step.tolerate => Some("failures of this step are tolerated"),
        () => Some("rules decide about the failures of this step"),
    };
    let examples = || step.failures.iter().map(example).collect::<String>();
    let tolerated = why_not.map(|why| format!("{why}\n{}", examples())).unwrap_or_default();
    let times = timer("response", &step.times.response) + &timer("service", &step.times.service);
    let mean = step.times.response.mean.unwrap_or_default().round() as u64;
    Case { name: step.name.clone(), class: judged.scenario.name.clone(), time: mean, ending, told: counts + &times + &tolerated }
}

fn of_join(report: &Report, judged: &Judged<'_>, join: &JoinReport) -> Case {
    let step = judged.step;
    let JoinReport { matched, missing, early, used, late, duplicate, orphan, unkeyed, lost, .. } = join;
    let lefts = humane::plural(matched + missing, "left");
    let told = format!("lefts: {matched} matched ({early} early), {missing} missing\n")
        + &format!("rights: {used} used, {late} late, {duplicate} duplicate, {orphan} orphan, {unkeyed} unkeyed, {lost} lost\n")
        + &joins::window(join)
            .map(|window| format!("window: {window}; late and duplicate rights count as orphans after it\n"))
            .unwrap_or_default()
        + &timer("time to outcome", &join.time_to_outcome)
        + &timer("lateness", &join.lateness);
    let ending = if *lost > 0 {
        let message = format!("{} dropped for want of room: what is missing is not known", humane::plural(*lost, "value"));
        Ending::Error(Fault { kind: "lost".to_owned(), message, body: told.clone() })
    } else if matched + missing + used + orphan + unkeyed + late + duplicate == 0 {
        Ending::Skipped { message: "nothing came to it".to_owned() }
    } else if *missing > 0 && judged.has_failed() {
        let message = format!("{} of {lefts} missing", humane::count(*missing));
        let examples: String = step.failures.iter().map(example).collect();
        faulty(report, Fault { kind: "missing".to_owned(), message, body: told.clone() + &examples })
    } else {
        Ending::Passed
    };
    let mean = join.time_to_outcome.mean.unwrap_or_default().round() as u64;
    let told = unless_told(&ending, told);
    Case { name: format!("{} (join)", step.name), class: judged.scenario.name.clone(), time: mean, ending, told }
}

/// A failure, or an error if the campaign as a whole proves nothing.
fn faulty(report: &Report, fault: Fault) -> Ending {
    match report.verdict {
        Verdict::Aborted | Verdict::Void => Ending::Error(fault),
        Verdict::Successful | Verdict::Warning | Verdict::Failed => Ending::Failure(fault),
    }
}

/// What is told of a case, if its fault does not tell it already.
fn unless_told(ending: &Ending, told: String) -> String {
    match ending {
        Ending::Passed | Ending::Skipped { .. } => told,
        Ending::Failure(_) | Ending::Error(_) => String::new(),
    }
}

fn example(group: &FailureReport) -> String {
    format!("{}: {}; {}: {}\n", group.code, errors::when(group), humane::minion(group.minion), group.message)
}

fn timer(name: &str, timer: &TimerReport) -> String {
    let (Some(p50), Some(p95), Some(p99), Some(max)) = (timer.p50, timer.p95, timer.p99, timer.max) else { return String::new() };
    let [p50, p95, p99, max] = [p50.value, p95.value, p99.value, max].map(humane::duration);
    format!("{name}: p50 {p50}, p95 {p95}, p99 {p99}, max {max}\n")
}
