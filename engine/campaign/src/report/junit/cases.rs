//! The cases of a suite: what has passed, and with what proof something has not.

use throng_measure::{FailureReport, JoinReport, OutcomeCounts, Reason, Report, ScenarioReport, StepReport, TimerReport, Verdict, humane};

use crate::report::{errors, steps};

/// A case: a step, a join or a verdict.
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
pub(super) fn of_campaign(report: &Report) -> Case {
    verdict_case("campaign", &report.campaign.key, report.verdict, &report.reasons, report.campaign.duration)
}

/// The verdict, then the steps in their order, each join after its step.
pub(super) fn of_scenario(report: &Report, scenario: &ScenarioReport) -> Vec<Case> {
    let mut cases = vec![verdict_case("verdict", &scenario.name, scenario.verdict, &scenario.reasons, report.campaign.duration)];
    for step in steps::shown(scenario) {
        cases.push(of_step(report, scenario, step));
        cases.extend(step.join.as_ref().map(|join| of_join(report, scenario, step, join)));
    }
    cases
}

fn verdict_case(name: &str, class: &str, verdict: Verdict, reasons: &[Reason], time: u64) -> Case {
    let told: String = reasons.iter().map(|reason| format!("{}: {}\n", reason.verdict, reason.text)).collect();
    let worst = reasons.iter().max_by_key(|reason| reason.verdict).map_or_else(|| verdict.to_string(), |reason| reason.text.clone());
    let fault = || Fault { kind: verdict.to_string(), message: worst, body: told.clone() };
    let ending = match verdict {
        Verdict::Successful | Verdict::Warning => Ending::Passed,
        Verdict::Failed => Ending::Failure(fault()),
        Verdict::Aborted | Verdict::Void => Ending::Error(fault()),
    };
    Case { name: name.to_owned(), class: class.to_owned(), time, ending, told }
}

fn of_step(report: &Report, scenario: &ScenarioReport, step: &StepReport) -> Case {
    let OutcomeCounts { failure, error, timeout, skipped, .. } = step.outcomes;
    let (failed, made) = (step.outcomes.failed(), step.outcomes.executions());
    let ending = if made == 0 {
        Ending::Skipped { message: "it was never executed".to_owned() }
    } else if failed == 0 || step.tolerate {
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
    let tolerated = if step.tolerate && failed > 0 {
        format!("failures of this step are tolerated\n{}", step.failures.iter().map(example).collect::<String>())
    } else {
        String::new()
    };
    let times = timer("response", &step.times.response) + &timer("service", &step.times.service);
    let mean = step.times.response.mean.unwrap_or_default().round() as u64;
    Case { name: step.name.clone(), class: scenario.name.clone(), time: mean, ending, told: counts + &times + &tolerated }
}

fn of_join(report: &Report, scenario: &ScenarioReport, step: &StepReport, join: &JoinReport) -> Case {
    let JoinReport { matched, missing, early, used, late, duplicate, orphan, unkeyed, lost, .. } = join;
    let lefts = humane::plural(matched + missing, "left");
    let told = format!("lefts: {matched} matched ({early} early), {missing} missing\n")
        + &format!("rights: {used} used, {late} late, {duplicate} duplicate, {orphan} orphan, {unkeyed} unkeyed, {lost} lost\n")
        + &timer("time to outcome", &join.time_to_outcome)
        + &timer("lateness", &join.lateness);
    let ending = if *lost > 0 {
        let message = format!("{} dropped for want of room: what is missing is not known", humane::plural(*lost, "value"));
        Ending::Error(Fault { kind: "lost".to_owned(), message, body: told.clone() })
    } else if matched + missing + used + orphan + unkeyed + late + duplicate == 0 {
        Ending::Skipped { message: "nothing came to it".to_owned() }
    } else if *missing > 0 && step.outcomes.failed() > 0 && !step.tolerate {
        let message = format!("{} of {lefts} missing", humane::count(*missing));
        let examples: String = step.failures.iter().map(example).collect();
        faulty(report, Fault { kind: "missing".to_owned(), message, body: told.clone() + &examples })
    } else {
        Ending::Passed
    };
    let mean = join.time_to_outcome.mean.unwrap_or_default().round() as u64;
    Case { name: format!("{} (join)", step.name), class: scenario.name.clone(), time: mean, ending, told }
}

/// A failure, or an error if the campaign as a whole proves nothing.
fn faulty(report: &Report, fault: Fault) -> Ending {
    match report.verdict {
        Verdict::Aborted | Verdict::Void => Ending::Error(fault),
        Verdict::Successful | Verdict::Warning | Verdict::Failed => Ending::Failure(fault),
    }
}

fn example(group: &FailureReport) -> String {
    format!("{}: {}; minion {}: {}\n", group.code, errors::when(group), group.minion, group.message)
}

fn timer(name: &str, timer: &TimerReport) -> String {
    let (Some(p50), Some(p95), Some(p99), Some(max)) = (timer.p50, timer.p95, timer.p99, timer.max) else { return String::new() };
    let [p50, p95, p99, max] = [p50.value, p95.value, p99.value, max].map(humane::duration);
    format!("{name}: p50 {p50}, p95 {p95}, p99 {p99}, max {max}\n")
}
