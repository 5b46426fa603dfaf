//! The view as it looks, drawn to a terminal in memory.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::text::Span;
use std::sync::Arc;
use std::time::Duration;
use throng_measure::rules::{RuleBreach, RuleFigure, RuleStanding, RuleUnit};
use throng_measure::{Execution, GuestStatistics, Outcome, Pace, Phase, Recorder, ScenarioShape, Snapshot, StepShape, Verdict};
use throng_protocols::{GuestMeter, MeterKind, MeterOperation};

use super::keys::Asked;
use super::{BrokenRules, LiveFacts, plain_line, screen};

const SECOND: u64 = 1_000_000_000;

fn step(name: &str, kind: &str) -> StepShape {
    StepShape { name: name.into(), kind: kind.into(), hidden: name.starts_with('_'), meters: true, tolerate: false, ..StepShape::default() }
}

fn shape(name: &str) -> ScenarioShape {
    let steps = vec![step("login", "http"), step("_map-1", "map"), step("order", "http"), step("shipped", "inner-join")];
    ScenarioShape { name: name.into(), steps, planned: Some(2_000), scheduled: true }
}

/// Twelve seconds with more and more starts, and ever slower answers.
fn record(recorder: &mut Recorder, snapshot: &mut Snapshot, scenario: usize) {
    let classes = ["matched", "used", "missing", "orphan"].map(|class| recorder.counter(3, class));
    let basket = Arc::new(GuestMeter { kind: MeterKind::Summary, name: "basket".into(), tags: vec![("shop".into(), "a".into())] });
    let items = Arc::new(GuestMeter { kind: MeterKind::Counter, name: "items".into(), tags: vec![] });
    for second in 1..=12_u64 {
        for number in 0..second * 10 {
            recorder.minion_started((second - 1) * 1_000_000_000, 30_000);
            let response = 2_000_000 * second + number * 20_000;
            for step in [0, 2] {
                recorder.step_started(step);
                let outcome = if number == 7 && step == 2 { Outcome::Error } else { Outcome::Success };
                recorder.step_ended(step, &Execution { outcome, attempts: 1, phase: Phase::Ramp, response, service: Some(response) });
            }
            recorder.guest_meter(2, &basket, MeterOperation::Observe(number as f64));
            recorder.guest_meter(2, &items, MeterOperation::Add(3));
            if number % 10 > 0 {
                recorder.minion_completed(Phase::Ramp, response, response);
                classes.iter().take(2).for_each(|class| recorder.record(*class, 1));
            }
        }
        recorder.record(classes[2], second % 2);
        recorder.step_started(2);
        recorder.guest_calls(GuestStatistics { calls: 100, nanos: 45_000, ..GuestStatistics::default() });
        snapshot.merge(scenario, &recorder.take(), second * SECOND);
    }
    snapshot.set_due(scenario, 800);
}

fn figure(text: &str, unit: RuleUnit) -> RuleFigure {
    RuleFigure { number: 0.0, unit, text: text.into() }
}

/// A kept, a broken, a warning and an untouched rule.
fn rules() -> Vec<RuleStanding> {
    let rule = |rule: &str, holds, value: Option<(&str, RuleUnit)>| RuleStanding {
        rule: rule.into(),
        scenario: Some(0),
        verdict: if rule.ends_with("warn") { Verdict::Warning } else { Verdict::Failed },
        value: value.map(|(text, unit)| figure(text, unit)),
        holds,
        breach: value.filter(|_| holds == Some(false)).map(|(text, unit)| RuleBreach { at: 6 * SECOND, value: figure(text, unit) }),
        told: if holds == Some(false) { "was 26.2 ms, 1.20 ms above the limit".into() } else { String::new() },
    };
    vec![
        rule("errors(step:login) <= 0.1%", Some(true), Some(("0 %", RuleUnit::Percent))),
        rule("p99(response, step:order) < 25ms", Some(false), Some(("26.2 ms", RuleUnit::Nanoseconds))),
        rule("max(response, step:order) < 20ms over 10s for 5s then warn", Some(false), Some(("26.2 ms", RuleUnit::Nanoseconds))),
        rule("missing(step:shipped) == 0", None, None),
    ]
}

fn running() -> Snapshot {
    let mut snapshot = Snapshot::new(vec![shape("checkout")]);
    record(&mut Recorder::new(shape("checkout").steps), &mut snapshot, 0);
    snapshot.set_rules(rules());
    snapshot
}

/// Forty steps with long names, the 31st of which fails, and two scenarios more.
fn crowded() -> Snapshot {
    let long = |number: u64| step(&format!("step-{number}-of-a-scenario-whose-author-likes-long-names"), "http");
    let many = ScenarioShape { steps: (0..40).map(long).collect(), ..shape("a-scenario-with-a-name-that-is-longer-than-others") };
    let open = ScenarioShape { planned: None, scheduled: false, ..shape("名前") };
    let mut recorder = Recorder::new(many.steps.clone());
    let mut snapshot = Snapshot::new(vec![many, shape("checkout"), open]);
    recorder.minion_started(0, 12_000_000);
    let failed = Execution { outcome: Outcome::Timeout, attempts: 1, phase: Phase::Ramp, response: 61 * SECOND, service: None };
    recorder.step_ended(30, &failed);
    recorder.minion_dropped();
    recorder.guest_calls(GuestStatistics { calls: 100, nanos: 45_000, traps: 2, ..GuestStatistics::default() });
    snapshot.merge(0, &recorder.take(), SECOND);
    record(&mut Recorder::new(shape("").steps), &mut snapshot, 1);
    let campaigns = RuleStanding {
        rule: "rate(starts) >= 99.5% of intended".into(),
        scenario: None,
        verdict: Verdict::Failed,
        value: Some(figure("97.2 % of intended", RuleUnit::PercentOfIntended)),
        holds: Some(true),
        breach: None,
        told: String::new(),
    };
    snapshot.set_rules(rules().into_iter().chain([campaigns]));
    snapshot
}

fn drawn(snapshot: &Snapshot, width: u16, height: u16, asked: Asked) -> String {
    let facts = LiveFacts { key: "checkout-20261121-2104-x7k".into(), planned: Some(Duration::from_secs(40)), color: false };
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal in memory");
    terminal.draw(|frame| screen::render(frame, snapshot, &facts, asked)).expect("drawn");
    let buffer = terminal.backend().buffer();
    let rows = buffer.content().chunks(usize::from(width));
    let rows = rows.map(|row| {
        let mut columns = row.iter();
        let mut text = String::new();
        while let Some(cell) = columns.next() {
            text.push_str(cell.symbol());
            // A wide character takes the next cell, too.
            columns.by_ref().take(Span::raw(cell.symbol()).width().saturating_sub(1)).for_each(drop);
        }
        text
    });
    rows.map(|row| format!("|{}\n", row.trim_end())).collect()
}

/// As tall as it wants to be.
fn whole(snapshot: &Snapshot, width: u16, asked: Asked) -> String {
    drawn(snapshot, width, screen::height(snapshot, width), asked)
}

#[test]
fn a_campaign_in_80_columns() {
    insta::assert_snapshot!(whole(&running(), 80, Asked::Nothing));
}

#[test]
fn a_campaign_in_120_columns() {
    insta::assert_snapshot!(whole(&running(), 120, Asked::SoftStop));
}

#[test]
fn a_campaign_in_200_columns() {
    insta::assert_snapshot!(whole(&running(), 200, Asked::Nothing));
}

#[test]
fn a_campaign_on_a_screen_of_24_lines() {
    insta::assert_snapshot!(drawn(&running(), 80, 24, Asked::Nothing));
}

#[test]
fn nothing_has_happened_yet() {
    let mut snapshot = Snapshot::new(vec![shape("checkout"), ScenarioShape { planned: None, ..shape("browse") }]);
    snapshot.set_rules(rules().into_iter().map(|rule| RuleStanding { value: None, holds: None, breach: None, ..rule }));
    insta::assert_snapshot!(whole(&snapshot, 80, Asked::HardStop));
}

#[test]
fn a_small_terminal_shows_the_most_telling() {
    insta::assert_snapshot!(drawn(&running(), 40, 10, Asked::Nothing));
}

#[test]
fn many_long_names_are_cut() {
    insta::assert_snapshot!(drawn(&crowded(), 80, 24, Asked::Nothing));
    insta::assert_snapshot!(drawn(&crowded(), 200, 60, Asked::Nothing));
}

#[test]
fn a_failed_step_has_a_place_on_every_screen() {
    for (width, height) in [(200, 60), (120, 40), (80, 24), (60, 16), (40, 12)] {
        let lines = drawn(&crowded(), width, height, Asked::Nothing);
        let failed = lines.lines().find(|line| line.contains("61.0 s") || line.contains("1m 01s"));
        assert!(failed.is_some(), "{width} × {height}:\n{lines}");
    }
}

/// Whatever the size: no panic, and as many lines as there are.
#[test]
fn any_size_is_drawn() {
    for snapshot in [running(), crowded(), Snapshot::default()] {
        for width in [1, 2, 5, 9, 20, 45, 59, 60, 71, 73, 74, 200] {
            for height in [1, 2, 3, 5, 8, 13, 40] {
                assert_eq!(drawn(&snapshot, width, height, Asked::Nothing).lines().count(), usize::from(height));
            }
        }
    }
}

/// Names and colours apart, nothing differs: who looks at a screen without colours sees the same.
#[test]
fn colours_say_nothing_that_signs_do_not() {
    let text = |color| {
        let facts = LiveFacts { key: "key".into(), planned: None, color };
        let mut terminal = Terminal::new(TestBackend::new(80, 20)).expect("a terminal in memory");
        terminal.draw(|frame| screen::render(frame, &running(), &facts, Asked::Nothing)).expect("drawn");
        let cells = terminal.backend().buffer().content().iter();
        // The charts' lines are drawn in another way.
        cells.take(80 * 12).map(|cell| cell.symbol().to_owned()).collect::<String>()
    };
    assert_eq!(text(true), text(false));
}

#[test]
fn how_the_plan_goes_by_is_in_the_first_line() {
    let shown = |held: bool, speed: f64| {
        let mut snapshot = running();
        snapshot.set_pace(Pace { held, speed });
        let line = drawn(&snapshot, 90, 10, Asked::Nothing).lines().next().unwrap_or_default().to_owned();
        let plain = plain_line(&snapshot);
        format!("{line}\n{}", plain.split("; ").nth(1).unwrap_or_default())
    };
    insta::assert_snapshot!([shown(true, 2.0), shown(false, 2.0)].join("\n"), @"
    |checkout-20261121-2104-x7k  12.0 s of 40.0 s  ✗ 12 failed  held     space resumes, q stops
    held
    |checkout-20261121-2104-x7k  12.0 s of 40.0 s  ✗ 12 failed  speed × 2  space holds, q stops
    running at speed 2
    ");
}

#[test]
fn a_line_for_logs() {
    insta::assert_snapshot!(plain_line(&running()), @"12.0 s: started 780/2 000, running 78, completed 702, executions 1 560, failed 12; now 220/s, response p50 23.1 ms, p95 24.1 ms, p99 24.2 ms; 2 of 4 rules broken");
    insta::assert_snapshot!(plain_line(&Snapshot::new(vec![ScenarioShape { planned: None, ..shape("open") }])), @"0 s: started 0, running 0, completed 0, executions 0, failed 0");
}

#[test]
fn a_rule_that_breaks_is_told_once() {
    let mut broken = BrokenRules::default();
    let mut snapshot = Snapshot::new(vec![shape("checkout")]);
    assert_eq!(broken.news(&snapshot), Vec::<String>::new());
    snapshot.advance(12 * SECOND);
    snapshot.set_rules(rules().into_iter().map(|rule| RuleStanding { rule: format!("{}\u{1b}[31m", rule.rule), ..rule }));
    insta::assert_snapshot!(broken.news(&snapshot).join("\n"), @"
    12.0 s: rule `p99(response, step:order) < 25ms[31m` is broken: was 26.2 ms, 1.20 ms above the limit, since 6.00 s
    12.0 s: rule `max(response, step:order) < 20ms over 10s for 5s then warn[31m` is broken: was 26.2 ms, 1.20 ms above the limit, since 6.00 s
    ");
    assert_eq!(broken.news(&snapshot), Vec::<String>::new(), "once");
    snapshot.set_rules(rules().into_iter().map(|rule| RuleStanding { holds: Some(true), ..rule }));
    snapshot.set_rules(rules());
    assert_eq!(broken.news(&snapshot), Vec::<String>::new(), "also when it breaks again");
}
