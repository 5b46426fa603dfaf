//! Verdicts and their reasons; the report's form.

use throng_protocols::Severity;

use super::*;
use crate::{Execution, FailureSample, GuestStatistics, Outcome, Phase, Recorder, ScenarioShape, Snapshot, StepShape};

const MILLISECOND: u64 = 1_000_000;

fn facts() -> CampaignFacts {
    CampaignFacts { key: "checkout-x7k".into(), duration: 10_000 * MILLISECOND, speed: 1.0, workers: 2, ..CampaignFacts::default() }
}

fn shape() -> ScenarioShape {
    let step = |name: &str, tolerate| StepShape {
        name: name.into(),
        kind: "http".into(),
        hidden: name.starts_with('_'),
        meters: true,
        tolerate,
        ..StepShape::default()
    };
    ScenarioShape {
        name: "checkout".into(),
        steps: vec![step("login", false), step("extra", true), step("_map-1", false)],
        planned: Some(100),
        scheduled: true,
    }
}

/// A hundred healthy runs and what `more` makes of them; says the verdict and why.
fn check(facts: &CampaignFacts, more: impl FnOnce(&mut Recorder)) -> (Report, String) {
    let mut recorder = Recorder::new(shape().steps);
    for _ in 0..100 {
        recorder.minion_started(0, 50_000);
        end(&mut recorder, 0, Outcome::Success, Phase::Steady);
        recorder.minion_completed(Phase::Steady, 20 * MILLISECOND, 20 * MILLISECOND);
    }
    more(&mut recorder);
    let mut snapshot = Snapshot::new(vec![shape()]);
    snapshot.merge(0, &recorder.take(), 1_000 * MILLISECOND);
    let report = Report::new(&snapshot, facts);
    let reasons = report.reasons.iter().chain(&report.scenarios[0].reasons);
    let told = reasons.map(|reason| format!("\n{}: {}", reason.verdict, reason.text)).collect::<String>();
    let told = format!("{}{told}", report.verdict);
    (report, told)
}

fn end(recorder: &mut Recorder, step: u32, outcome: Outcome, phase: Phase) {
    recorder.step_started(step);
    recorder.step_ended(step, &Execution { outcome, attempts: 1, phase, response: 20 * MILLISECOND, service: Some(10 * MILLISECOND) });
}

#[test]
fn a_healthy_campaign_is_successful() {
    insta::assert_snapshot!(check(&facts(), |_| ()).1, @"successful");
}

#[test]
fn a_failed_step_fails_its_scenario_in_any_phase() {
    let told = check(&facts(), |recorder| {
        end(recorder, 0, Outcome::Failure, Phase::Drain);
        end(recorder, 0, Outcome::Timeout, Phase::WarmUp);
        end(recorder, 2, Outcome::Error, Phase::Steady);
    });
    insta::assert_snapshot!(told.1, @"
    failed
    failed: step `login` failed in 2 of 102 executions: 1 failure, 1 time-out
    failed: step `_map-1` failed in 1 of 1 execution: 1 error
    ");
}

#[test]
fn tolerated_failures_and_skipped_steps_leave_the_verdict_alone() {
    let told = check(&facts(), |recorder| {
        end(recorder, 1, Outcome::Error, Phase::Steady);
        recorder.skipped(0);
    });
    insta::assert_snapshot!(told.1, @"successful");
}

#[test]
fn messages_weigh_by_severity() {
    let told = check(&facts(), |recorder| {
        recorder.message(Some(0), Severity::Warn, "slow".into());
        recorder.message(None, Severity::Info, "hello".into());
    });
    insta::assert_snapshot!(told.1, @"
    warning
    warning: 1 warning left in the report
    ");
    let told = check(&facts(), |recorder| recorder.message(None, Severity::Error, "broken".into()));
    insta::assert_snapshot!(told.1, @"
    failed
    failed: 1 error message left in the report
    ");
}

#[test]
fn late_starts_warn_and_then_void() {
    let late = |lag| check(&facts(), |recorder| (0..10).for_each(|_| recorder.minion_started(0, lag))).1;
    insta::assert_snapshot!(late(2 * MILLISECOND), @"
    warning
    warning: starts were late: the 99th percentile of 2.00 ms is above 1.00 ms, since 1.00 s; use fewer minions, more workers or a faster machine
    ");
    insta::assert_snapshot!(late(12 * MILLISECOND), @"
    void
    void: starts were late: the 99th percentile of 12.0 ms is above 10.0 ms and above 20 % of the first step's median response (20.0 ms), since 1.00 s; use fewer minions, more workers or a faster machine
    ");
    insta::assert_snapshot!(late(50 * MILLISECOND), @"
    void
    void: starts were late: the 99th percentile of 50.0 ms is above 10.0 ms and above 20 % of the first step's median response (20.0 ms), since 1.00 s; use fewer minions, more workers or a faster machine
    ");
}

#[test]
fn starts_that_a_guest_made_late_warn_and_name_it() {
    let told = check(&facts(), |recorder| {
        (0..10).for_each(|_| recorder.minion_started(0, 50 * MILLISECOND));
        recorder.guest_calls(GuestStatistics { calls: 10, nanos: 2_000 * MILLISECOND, traps: 0, deadlines: 1, memory_refusals: 0 });
    });
    insta::assert_snapshot!(told.1, @"
    warning
    warning: starts were late: the 99th percentile of 50.0 ms is above 10.0 ms and above 20 % of the first step's median response (20.0 ms), since 1.00 s; workers were held up by guests that ran over their time, in `checkout`; mend those first
    warning: the scenario's component had 1 missed deadline
    ");
}

#[test]
fn guests_that_trap_warn() {
    let told = check(&facts(), |recorder| {
        recorder.guest_calls(GuestStatistics { calls: 10, nanos: 2_000 * MILLISECOND, traps: 2, deadlines: 1, memory_refusals: 0 });
    });
    insta::assert_snapshot!(told.1, @"
    warning
    warning: the scenario's component had 2 traps, 1 missed deadline
    ");
    assert_eq!(told.0.scenarios[0].health.guest_share, 0.1);
}

#[test]
fn the_worst_of_scenarios_and_end_is_the_campaigns() {
    let aborted = CampaignFacts { end: EndReason::Aborted("the hard timeout of 1h was reached".into()), ..facts() };
    insta::assert_snapshot!(check(&aborted, |recorder| end(recorder, 0, Outcome::Error, Phase::Steady)).1, @"
    aborted
    aborted: the hard timeout of 1h was reached
    failed: step `login` failed in 1 of 101 executions: 1 error
    ");
    let soft = CampaignFacts { end: EndReason::SoftStopped("asked for at the terminal".into()), ..facts() };
    insta::assert_snapshot!(check(&soft, |_| ()).1, @"
    successful
    successful: stopped softly: asked for at the terminal
    ");
}

#[test]
fn a_scenario_ended_by_strikes_is_aborted_and_missing_starts_warn() {
    let mut snapshot = Snapshot::new(vec![
        ScenarioShape { scheduled: false, ..shape() },
        ScenarioShape { name: "other".into(), planned: Some(0), ..ScenarioShape::default() },
    ]);
    snapshot.abort(1, "100 traps");
    snapshot.abort(1, "too late to be the reason");
    let report = Report::new(&snapshot, &facts());
    let told: Vec<_> = report.scenarios.iter().flat_map(|scenario| &scenario.reasons).map(|reason| reason.text.as_str()).collect();
    assert_eq!((told, report.verdict), (vec!["only 0 of 100 planned runs started", "100 traps"], Verdict::Aborted));
}

#[test]
fn times_are_of_ramp_and_steady_load() {
    let (report, _) = check(&facts(), |recorder| {
        for phase in Phase::ALL {
            end(recorder, 1, Outcome::Success, phase);
        }
    });
    let step = &report.scenarios[0].steps[1];
    assert_eq!((step.outcomes.executions(), step.times.response.count), (4, 2));
    assert_eq!(step.times.drain.as_ref().map(|timer| timer.count), Some(1));
    assert_eq!(step.times.warm_up.as_ref().map(|timer| timer.count), Some(1));
    assert!(report.scenarios[0].steps[0].times.drain.is_none());
}

#[test]
fn benchmarks_read_milliseconds_of_the_first_step() {
    insta::assert_snapshot!(check(&facts(), |_| ()).0.bench_json(), @r#"{"started":100,"verdict":"successful","response":{"count":100,"mean":20.0,"p50":20.0,"p90":20.0,"p95":20.0,"p99":20.0,"p99_9":20.0,"max":20.0},"service":{"count":100,"mean":10.0,"p50":10.0,"p90":10.0,"p95":10.0,"p99":10.0,"p99_9":10.0,"max":10.0}}"#);
    let empty = Report::new(&Snapshot::default(), &facts()).bench_json();
    insta::assert_snapshot!(empty, @r#"{"started":0,"verdict":"successful","response":null,"service":null}"#);
}

#[test]
fn a_stored_report_can_be_read_again() {
    let (report, _) = check(&facts(), |recorder| {
        let sample = FailureSample { outcome: Outcome::Error, code: "refused", message: "connection refused", minion: 3, at: 5 };
        recorder.failure(0, &sample);
        let bytes = recorder.counter(0, "http-bytes-received");
        recorder.record(bytes, 512);
    });
    let text = serde_json::to_string(&report).expect("text");
    let read: Report = serde_json::from_str(&text).expect("what was stored");
    assert_eq!(serde_json::to_string(&read).expect("text"), text);
    let error = serde_json::from_str::<Report>(&text.replacen("{", "{\"surprise\": 1, ", 1)).expect_err("unknown fields are refused");
    assert!(error.to_string().starts_with("unknown field `surprise`"), "{error}");
}
