//! Reports made by hand: one that went well, one with joins and errors, one that is void, one whose names mean harm.

use throng_measure::rules::{CountedFailures, RuleBreach, RuleDecision, RuleExample, RuleFigure, RuleReport, RuleUnit, StepPlace};
use throng_measure::{
    CampaignFacts, EndReason, FailureSample, Outcome, Phase, Recorder, Report, ScenarioShape, Snapshot, StepShape, Verdict,
};
use throng_protocols::Severity;

use super::{MILLISECOND, ended};

const SECOND: u64 = 1_000 * MILLISECOND;

pub(super) fn facts() -> CampaignFacts {
    CampaignFacts {
        key: "shop-20261121-2104-x7k".into(),
        started_unix: 1_795_295_040 * SECOND,
        duration: 12 * SECOND,
        seed: 42,
        speed: 1.0,
        workers: 2,
        ..CampaignFacts::default()
    }
}

fn step(name: &str, kind: &str) -> StepShape {
    StepShape {
        name: name.into(),
        kind: kind.into(),
        hidden: name.starts_with('_'),
        meters: true,
        window: (kind == "inner-join").then_some(std::time::Duration::from_secs(60)),
        ..StepShape::default()
    }
}

fn shape(name: &str, planned: u64) -> ScenarioShape {
    let steps = vec![step("order", "http"), step("_map-1", "map"), step("order-arrived", "inner-join"), step("never", "http")];
    ScenarioShape { name: name.into(), steps, planned: Some(planned), scheduled: planned > 1 }
}

/// Twelve seconds of orders, slower and slower by `growth`, each followed by its shipment.
fn orders(recorder: &mut Recorder, snapshot: &mut Snapshot, growth: u64, mut each: impl FnMut(&mut Recorder, u64)) {
    let (matched, used) = (recorder.counter(2, "matched"), recorder.counter(2, "used"));
    let outcome = recorder.timer(2, "time-to-outcome");
    for second in 0..12_u64 {
        for minion in 0..50_u64 {
            recorder.minion_started(second * SECOND, 90_000);
            let response = 10 * MILLISECOND + minion * 200_000 + second * growth;
            recorder.step_started(0);
            recorder.step_ended(0, &ended(Outcome::Success, Phase::Steady, response));
            recorder.step_ended(2, &ended(Outcome::Success, Phase::Steady, response * 3));
            recorder.record(matched, 1);
            recorder.record(used, 1);
            recorder.record(outcome, response * 3);
            recorder.minion_completed(Phase::Steady, response * 4, response * 4);
        }
        each(recorder, second);
        snapshot.merge(0, &recorder.take(), second * SECOND + SECOND / 2);
    }
}

pub(super) fn successful() -> Report {
    with_growth(MILLISECOND)
}

/// As [`successful`], with response times that grow by so much each second.
pub(super) fn with_growth(growth: u64) -> Report {
    let mut snapshot = Snapshot::new(vec![shape("checkout", 600)]);
    orders(&mut Recorder::new(shape("", 0).steps), &mut snapshot, growth, |_, _| ());
    Report::new(&snapshot, &facts())
}

/// Orders that get lost, refusals, messages; and beside them a scenario in which nothing happens.
pub(super) fn failed() -> Report {
    let mut snapshot = Snapshot::new(vec![shape("checkout", 600), shape("browse", 1)]);
    let mut recorder = Recorder::new(shape("", 0).steps);
    let counters = ["missing", "late", "orphan", "duplicate"].map(|name| recorder.counter(2, name));
    orders(&mut recorder, &mut snapshot, 40 * MILLISECOND, |recorder, second| {
        let fault = |outcome, code, message| FailureSample { outcome, code, message, minion: 7, at: second * SECOND };
        recorder.step_ended(0, &ended(Outcome::Error, Phase::Steady, 2 * SECOND));
        recorder.failure(0, &fault(Outcome::Error, "connect", "connection refused (127.0.0.1:8080)"));
        recorder.step_ended(2, &ended(Outcome::Failure, Phase::Steady, 5 * SECOND));
        recorder.failure(2, &fault(Outcome::Failure, "missing", "nothing came for the key `order-17` within 5s"));
        for (counter, count) in counters.into_iter().zip([1, 2, 3, 1]) {
            recorder.record(counter, count);
        }
        recorder.message(Some(0), Severity::Warn, "the price changed between basket and order".into());
    });
    let tags = [("build".to_owned(), "1234".to_owned())].into();
    Report::judged(&snapshot, &CampaignFacts { zone: Some("eu".into()), tags, ..facts() }, vec![kept(), broken(None)])
}

fn figure(number: f64, unit: RuleUnit, text: &str) -> RuleFigure {
    RuleFigure { number, unit, text: text.into() }
}

/// A rule of the campaign.
fn kept() -> RuleReport {
    RuleReport {
        rule: "rate(starts) >= 99.5% of intended".into(),
        scenario: None,
        verdict: Verdict::Failed,
        holds: true,
        value: Some(figure(100.0, RuleUnit::PercentOfIntended, "100 %")),
        limit: ">= 99.5 %".into(),
        first_breach: None,
        broken_for: 0,
        example: None,
        saw_nothing: false,
        told: String::new(),
        decides: None,
    }
}

/// A rule of the first scenario, with what it decides about.
fn broken(decides: Option<RuleDecision>) -> RuleReport {
    RuleReport {
        rule: "missing(step:order-arrived) == 0".into(),
        scenario: Some("checkout".into()),
        verdict: Verdict::Failed,
        holds: false,
        value: Some(figure(12.0, RuleUnit::Number, "12")),
        limit: "== 0".into(),
        first_breach: Some(RuleBreach { at: 500 * MILLISECOND, value: figure(1.0, RuleUnit::Number, "1") }),
        broken_for: 11_500 * MILLISECOND,
        example: Some(RuleExample {
            scenario: "checkout".into(),
            step: "order-arrived".into(),
            minion: 7,
            at: 500 * MILLISECOND,
            code: "missing".into(),
            message: "nothing came for the key `order-17` within 5s".into(),
        }),
        saw_nothing: false,
        told: "12, and it had to be == 0".into(),
        decides,
    }
}

/// Some rule of a scenario, broken.
pub(super) fn broken_rule(scenario: &str, rule: &str, told: &str) -> RuleReport {
    RuleReport { rule: rule.into(), scenario: Some(scenario.into()), told: told.into(), ..broken(None) }
}

/// As [`failed`], where a rule decides about the join's failures.
pub(super) fn decided() -> Report {
    let place = StepPlace { scenario: 0, step: 2 };
    Report { rules: vec![broken(Some(RuleDecision { counts: CountedFailures::Missing, steps: vec![place] }))], ..failed() }
}

/// Starts that were too late to prove anything, and a step that failed besides.
pub(super) fn void() -> Report {
    let mut snapshot = Snapshot::new(vec![shape("checkout", 600)]);
    orders(&mut Recorder::new(shape("", 0).steps), &mut snapshot, MILLISECOND, |recorder, _| {
        (0..20).for_each(|_| recorder.minion_started(0, 80 * MILLISECOND));
        recorder.step_ended(0, &ended(Outcome::Timeout, Phase::Steady, 2 * SECOND));
    });
    Report::new(&snapshot, &facts())
}

/// What a name, a code or a message can hold to do harm.
pub(super) const HOSTILE: &str = "<script>alert(1)</script> ]]> \u{0}\u{1b}[31m & \"'`|*_ \u{202e}drow\u{2066} \u{fffe} --> </title></style></pre> 名前 🎉\n\nsecond\tline";

/// Harm wherever foreign text can stand.
pub(super) fn hostile() -> Report {
    let long = format!("{HOSTILE}{}", "x".repeat(2_000));
    let shape = ScenarioShape {
        name: HOSTILE.into(),
        steps: vec![step(HOSTILE, "http"), step("join", "inner-join")],
        planned: Some(1),
        scheduled: false,
    };
    let mut recorder = Recorder::new(shape.steps.clone());
    let missing = recorder.counter(1, "missing");
    recorder.record(missing, 1);
    for step in 0..2 {
        recorder.step_ended(step, &ended(Outcome::Failure, Phase::Steady, MILLISECOND));
        let sample = FailureSample { outcome: Outcome::Failure, code: HOSTILE, message: &long, minion: 1, at: 1 };
        recorder.failure(step, &sample);
        recorder.message(Some(step), Severity::Error, long.clone());
    }
    let mut snapshot = Snapshot::new(vec![shape.clone(), ScenarioShape { name: "other".into(), ..shape }]);
    snapshot.merge(0, &recorder.take(), SECOND);
    Report::new(&snapshot, &CampaignFacts { key: HOSTILE.into(), end: EndReason::Aborted(HOSTILE.into()), ..facts() })
}
