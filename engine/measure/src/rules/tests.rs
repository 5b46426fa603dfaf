//! Rules over told seconds: what is broken, when, and what is said of it.

mod windows;

use std::sync::Arc;

use throng_model::{RuleScope, ScenarioScope, StepScope};
use throng_protocols::{GuestMeter, MeterKind, MeterOperation};

use super::*;
use crate::{CampaignFacts, Execution, FailureSample, Outcome, Phase, Recorder, Report, ScenarioShape, StepShape, Verdict, humane};

const MILLISECOND: u64 = 1_000_000;
const STEPS: [(&str, &str); 4] = [("login", "http"), ("pay", "http"), ("shipped", "inner-join"), ("idle", "http")];

fn shapes() -> Vec<ScenarioShape> {
    let step = |(name, kind): (&str, &str)| StepShape { name: name.into(), kind: kind.into(), meters: true, ..StepShape::default() };
    let scenario = |name: &str| ScenarioShape { name: name.into(), steps: STEPS.map(step).to_vec(), planned: None, scheduled: true };
    vec![scenario("shop"), scenario("search")]
}

fn scope() -> RuleScope {
    let step = |(name, kind): (&str, &str)| StepScope {
        name: name.into(),
        kind: kind.into(),
        meters: true,
        tags: if name == "pay" { [("kind".to_owned(), "api".to_owned())].into() } else { Default::default() },
        own_meters: None,
    };
    let scenario = |name: &str| ScenarioScope { name: name.into(), steps: STEPS.map(step).to_vec() };
    RuleScope { scenarios: vec![scenario("shop"), scenario("search")], zone: None }
}

/// A campaign in which the test is the worker, and time passes when it is told.
struct Told {
    book: RuleBook,
    snapshot: Snapshot,
    recorders: Vec<Recorder>,
    now: u64,
}

impl Told {
    fn new(rules: &[&str]) -> Self {
        Self::placed(&rules.iter().map(|rule| (*rule, None)).collect::<Vec<_>>())
    }

    fn placed(rules: &[(&str, Option<usize>)]) -> Self {
        let rules = rules.iter().map(|(text, home)| PlacedRule::parse(text, *home).expect("a rule")).collect();
        let book = RuleBook::new(rules, &scope()).expect("few rules");
        let recorders = shapes().into_iter().map(|shape| Recorder::new(shape.steps)).collect();
        Self { book, snapshot: Snapshot::new(shapes()), recorders, now: 0 }
    }

    /// Lets time pass in ticks of a quarter of a second, in the last of which the workers tell what was recorded.
    fn pass(&mut self, milliseconds: u64) -> &mut Self {
        let end = self.now + milliseconds * MILLISECOND;
        while self.now < end {
            self.now = (self.now + 250 * MILLISECOND).min(end);
            for (scenario, recorder) in self.recorders.iter_mut().enumerate() {
                let delta = if self.now == end { recorder.take() } else { ScenarioDelta::default() };
                self.book.observe(&self.snapshot, scenario, &delta, self.now);
                self.snapshot.merge(scenario, &delta, self.now);
            }
        }
        self
    }

    fn shop(&mut self) -> &mut Recorder {
        &mut self.recorders[0]
    }

    /// So many executions of a step of the shop, of so many milliseconds.
    fn run(&mut self, step: u32, executions: u64, outcome: Outcome, milliseconds: u64) -> &mut Self {
        self.run_in(Phase::Steady, step, executions, outcome, milliseconds)
    }

    fn run_in(&mut self, phase: Phase, step: u32, executions: u64, outcome: Outcome, milliseconds: u64) -> &mut Self {
        for minion in 0..executions {
            self.shop().step_started(step);
            let response = milliseconds * MILLISECOND;
            self.shop().step_ended(step, &Execution { outcome, attempts: 1, phase, response, service: Some(response / 2) });
            if outcome != Outcome::Success {
                let at = self.now;
                let (code, message) = if step == 2 { ("missing", "no shipment") } else { ("refused", "connection refused") };
                self.shop().failure(step, &FailureSample { outcome, code, message, minion: 17 + minion as u32, at });
            }
        }
        self
    }

    fn count(&mut self, step: u32, name: &'static str, by: u64) -> &mut Self {
        let counter = self.shop().counter(step, name);
        self.shop().record(counter, by);
        self
    }

    fn judge(&mut self) -> Vec<RuleReport> {
        self.book.judge(&self.snapshot, self.now)
    }

    /// Verdict, last value and what is said, for each rule.
    fn told(&mut self) -> String {
        let line = |report: RuleReport| {
            let value = report.value.map_or("none".to_owned(), |value| value.text);
            format!("{} {value}{}{}", report.verdict, if report.told.is_empty() { "" } else { ": " }, report.told)
        };
        self.judge().into_iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// One rule over a campaign in which, in its only second, `more` happened.
fn single(rule: &str, more: impl FnOnce(&mut Told)) -> String {
    let mut told = Told::new(&[rule]);
    more(&mut told);
    told.pass(1_000).told()
}

#[test]
fn every_statistic_of_times_is_computed() {
    let times = |told: &mut Told| {
        for milliseconds in 1..=100 {
            told.run(0, 1, Outcome::Success, milliseconds);
        }
    };
    let check = |rule: &str, expected: &str| assert_eq!(single(rule, times), expected, "{rule}");
    check("p50(response, step:login) <= 50.1ms", "successful 50.0 ms");
    check("p99(response, step:login) <= 99.1ms", "successful 99.0 ms");
    check("p50(service, step:login) between 24.9ms and 25.1ms", "successful 25.0 ms");
    check("mean(response, step:login) == 50.5ms", "successful 50.5 ms");
    check("min(response, step:login) == 1ms", "successful 1.00 ms");
    check("max(response, step:login) == 100ms", "successful 100 ms");
    check("max(response, step:login) < 100ms", "failed 100 ms: was 100 ms, the limit itself, since the start, for 1.00 s in all");
    check(
        "max(response, step:login) not between 90ms and 110ms",
        "failed 100 ms: was 100 ms, within the bounds, since the start, for 1.00 s in all",
    );
    check(
        "max(response, step:login) between 10ms and 20ms",
        "failed 100 ms: was 100 ms, 80.0 ms above the limit, since the start, for 1.00 s in all",
    );
    check(
        "max(response, step:login) > 1s then warn",
        "warning 100 ms: was 100 ms, 900 ms below the limit, since the start, for 1.00 s in all",
    );
    check("count(response, step:login) == 100", "successful 100");
    check("rate(response, step:login) == 100/s", "successful 100/s");
    check("max(response, tag:kind=api) < 1s", "failed none: saw nothing: what it selects was never executed");
}

#[test]
fn outcomes_are_counted_and_shared() {
    let outcomes = |told: &mut Told| {
        told.run(1, 995, Outcome::Success, 5).run(1, 2, Outcome::Failure, 5).run(1, 2, Outcome::Error, 5).run(1, 1, Outcome::Timeout, 5);
        told.shop().skipped(1);
        told.shop().starved(1);
        told.shop().slipped(1);
    };
    let check = |rule: &str, expected: &str| assert_eq!(single(rule, outcomes), expected, "{rule}");
    check("errors(step:pay) <= 0.5%", "successful 0.5 %");
    check(
        "errors(step:pay) < 0.5%",
        "failed 0.5 %: was 0.5 %, the limit itself, since the start, for 1.00 s in all; e.g. minion 17: connection refused",
    );
    check(
        "errors(step:pay) <= 0.1%",
        "failed 0.5 %: was 0.5 %, 0.4 points above the limit, since the start, for 1.00 s in all; e.g. minion 17: connection refused",
    );
    check("errors() <= 4", "failed 5: was 5, 1 above the limit, since the start, for 1.00 s in all; e.g. minion 17: connection refused");
    check("failures(tag:kind=api) == 2", "successful 2");
    check("timeouts(scenario:shop) <= 0.1%", "successful 0.1 %");
    check("skipped(step:pay) == 1", "successful 1");
    check("starved() == 0", "failed 1: was 1, 1 above the limit, since the start, for 1.00 s in all");
    check("slipped() between 1 and 2", "successful 1");
    check("errors(step:idle) == 0", "failed 0: saw nothing: what it selects was never executed");
    check("errors(scenario:search) <= 1%", "failed none: saw nothing: what it selects was never executed");
}

#[test]
fn joins_are_counted_by_class() {
    let join = |told: &mut Told| {
        told.run(2, 98, Outcome::Success, 5).run(2, 2, Outcome::Failure, 5);
        for (class, by) in [("matched", 98), ("missing", 2), ("early", 49), ("used", 98), ("late", 1), ("orphan", 1)] {
            told.count(2, class, by);
        }
        let timer = told.shop().timer(2, "time-to-outcome");
        told.shop().record(timer, 40 * MILLISECOND);
    };
    let check = |rule: &str, expected: &str| assert_eq!(single(rule, join), expected, "{rule}");
    check(
        "missing(step:shipped) == 0",
        "failed 2: was 2, 2 above the limit, since the start, for 1.00 s in all; e.g. minion 17: no shipment",
    );
    check("missing(step:shipped) <= 2%", "successful 2 %");
    check("matched() >= 98%", "successful 98 %");
    check("early(step:shipped) == 50%", "successful 50 %");
    check("used() == 98%", "successful 98 %");
    check("late() == 1", "successful 1");
    check("orphan() <= 1%", "successful 1 %");
    check("duplicate() == 0", "successful 0");
    check("unkeyed() == 0", "successful 0");
    check("max(time-to-outcome) == 40ms", "successful 40.0 ms");
    check("max(lateness) < 1s", "failed none: saw nothing: there were executions, but no figures of this kind");
}

fn own(told: &mut Told, name: &str, kind: MeterKind, operation: MeterOperation) {
    let meter = Arc::new(GuestMeter { name: name.into(), tags: vec![("country".into(), "de".into())], kind });
    told.shop().guest_meter(0, &meter, operation);
}

#[test]
fn meters_of_plugins_and_scenarios_are_known_by_name() {
    let meters = |told: &mut Told| {
        told.run(0, 10, Outcome::Success, 5).count(0, "http-bytes-sent", 5_000);
        let connect = told.shop().timer(0, "http-connect");
        told.shop().record(connect, 3 * MILLISECOND);
        own(told, "orders", MeterKind::Counter, MeterOperation::Add(7));
        own(told, "basket", MeterKind::Summary, MeterOperation::Observe(17.25));
        own(told, "basket", MeterKind::Summary, MeterOperation::Observe(2.75));
        own(told, "share", MeterKind::Rate, MeterOperation::AddRate { benchmark: 95.0, total: 100.0 });
        own(told, "bytes", MeterKind::Throughput, MeterOperation::Observe(2_500.5));
        own(told, "think", MeterKind::Timer, MeterOperation::ObserveNanoseconds(2 * MILLISECOND));
    };
    let check = |rule: &str, expected: &str| assert_eq!(single(rule, meters), expected, "{rule}");
    check("max(http-connect, step:login) < 4ms", "successful 3.00 ms");
    check("count(http-bytes-sent) == 5000", "successful 5 000");
    check("rate(http-bytes-sent) > 4999/s", "successful 5 000/s");
    check("count(orders, tag:country=de) == 7", "successful 7");
    check("count(orders, tag:country=fr) == 0", "successful 0");
    check("mean(basket) == 10", "successful 10");
    check("p50(basket) between 2.749 and 2.753", "successful 2.75");
    check("max(basket) <= 17.25", "successful 17.2");
    check("rate(share) >= 95%", "successful 95 %");
    check("rate(share) >= 0.95", "successful 0.95");
    check("count(bytes) >= 2500", "successful 2 501");
    check("max(think) == 2ms", "successful 2.00 ms");
    check("count(never) == 0", "successful 0");
    check("max(never) < 5", "failed none: saw nothing: there were executions, but no figures of this kind");
    check(
        "max(think) < 5",
        "failed none: cannot be judged: it is a timer: compare it with a duration, like `250ms`, or its `rate` with `50/s`",
    );
    check("p99(orders) < 5", "failed none: cannot be judged: it counts: compare its `count` with a number, or its `rate` with `50/s`");
    check("mean(basket) < 5ms", "failed none: cannot be judged: it is a summary: compare it with a number, or its `rate` with `50/s`");
}

#[test]
fn gauges_are_known_by_all_that_was_heard_of_them() {
    let rules = ["max(depth) <= 30", "min(depth) >= 10", "mean(depth) == 20", "max(depth) <= 9 over 1s"];
    let mut told = Told::new(&rules);
    for height in [10.0, 40.0, 10.0] {
        told.run(0, 1, Outcome::Success, 5);
        own(&mut told, "depth", MeterKind::Gauge, MeterOperation::Set(height));
        told.pass(1_000);
    }
    insta::assert_snapshot!(told.told(), @"
    failed 40: was 40, 10 above the limit, since 1.00 s, for 2.00 s in all
    successful 10
    successful 20
    failed 10: was 10, 1 above the limit, since the start, for 3.00 s in all
    ");
}

#[test]
fn starts_are_compared_with_what_the_plan_wants() {
    let rules = [
        "rate(starts) >= 99.5% of intended",
        "count(starts) == 298",
        "rate(starts, scenario:shop) >= 99/s",
        "rate(starts) >= 98% of intended over 1s",
    ];
    let mut told = Told::new(&rules);
    for (second, starts) in [100, 98, 100].into_iter().enumerate() {
        (0..starts).for_each(|_| told.shop().minion_started(0, 0));
        told.snapshot.set_due(0, 100 * (second as u64 + 1));
        told.snapshot.set_due(1, 0);
        told.pass(1_000);
    }
    told.book.set_phases(0, PhaseTimes { warm_until: 0, last_start: 3 * SECOND, load_stop: Some(3 * SECOND) });
    told.book.set_phases(1, PhaseTimes { warm_until: 0, last_start: 0, load_stop: Some(SECOND) });
    // What the plan wants behind the end of the load, and the time of the drain, do not count.
    told.pass(750).snapshot.set_due(0, 1_000);
    told.pass(2_250);
    insta::assert_snapshot!(told.told(), @"
    failed 99.3 % of intended: was 99.3 % of intended, 0.167 points below the limit, since 3.00 s, for 3.00 s in all
    successful 298
    successful 99.3/s
    successful 100 % of intended
    ");
}

/// A plan in bursts, of which the workers tell a tick later: that is no lag.
#[test]
fn starts_that_are_told_a_tick_later_are_not_missing() {
    let mut told = Told::new(&["rate(starts) >= 100% of intended then stop", "rate(starts) == 100% of intended over 2s"]);
    told.snapshot.set_due(1, 0);
    for second in 1..=5 {
        told.snapshot.set_due(0, 50 * second);
        told.pass(250);
        (0..50).for_each(|_| told.shop().minion_started(0, 0));
        told.pass(750);
        assert_eq!(told.book.stop_requested(), None, "in second {second}");
    }
    assert_eq!(told.told(), "successful 100 % of intended\nsuccessful 100 % of intended");
}

#[test]
fn starts_that_are_left_out_break_the_window_that_wanted_them() {
    let mut told = Told::new(&["rate(starts) >= 90% of intended over 2s"]);
    told.snapshot.set_due(1, 0);
    for (second, starts) in [50, 50, 50, 25, 50, 50, 50].into_iter().enumerate() {
        told.snapshot.set_due(0, 50 * (second as u64 + 1));
        (0..starts).for_each(|_| told.shop().minion_started(0, 0));
        told.pass(1_000);
    }
    assert_eq!(told.told(), "failed 100 % of intended: was 75 % of intended, 15 points below the limit, since 3.00 s, for 2.00 s in all");
}

#[test]
fn a_plan_that_is_not_known_makes_no_share() {
    let mut told = Told::new(&["rate(starts) >= 99.5% of intended"]);
    told.shop().minion_started(0, 0);
    assert_eq!(told.pass(1_000).told(), "failed none: saw nothing: there were executions, but no figures of this kind");
}

#[test]
fn journeys_are_of_whole_runs() {
    let mut told = Told::new(&[
        "p95(journey, scenario:shop) < 2s",
        "count(journey) == 2",
        "p95(journey, scenario:search) < 2s",
        "max(journey) < 1s phase drain",
    ]);
    told.shop().minion_completed(Phase::Steady, SECOND, SECOND);
    told.shop().minion_completed(Phase::Ramp, SECOND, SECOND);
    told.shop().minion_completed(Phase::Drain, 3 * SECOND, SECOND);
    insta::assert_snapshot!(told.pass(1_000).told(), @"
    successful 1.00 s
    successful 2
    failed none: saw nothing: what it selects was never executed
    failed 3.00 s: was 3.00 s, 2.00 s above the limit, since the start, for 1.00 s in all
    ");
}

#[test]
fn samples_count_by_their_phase() {
    let mut told = Told::new(&[
        "errors(step:login) == 0",
        "errors(step:login) == 1 phase warm-up",
        "max(response, step:login) < 1s",
        "rate(response, step:login) == 2/s phase ramp",
    ]);
    told.book.set_phases(0, PhaseTimes { warm_until: SECOND, last_start: 3 * SECOND, load_stop: None });
    told.run_in(Phase::WarmUp, 0, 1, Outcome::Error, 5_000).pass(1_000);
    told.run_in(Phase::Ramp, 0, 4, Outcome::Success, 10).pass(2_000);
    told.run(0, 1, Outcome::Success, 10).pass(1_000);
    insta::assert_snapshot!(told.told(), @"
    successful 0
    successful 1
    successful 10.0 ms
    successful 2/s
    ");
}

#[test]
fn a_rule_can_ask_for_a_stop_and_stays_broken() {
    let mut told =
        Told::new(&["errors(step:login) < 50% then stop", "errors(step:login) < 50%", "max(response, step:login) < 1ms then warn"]);
    told.run(0, 10, Outcome::Success, 5).pass(1_000);
    assert_eq!(told.book.stop_requested(), None);
    told.run(0, 30, Outcome::Error, 5).pass(1_000).pass(250);
    assert_eq!(told.book.stop_requested(), Some("the rule `errors(step:login) < 50% then stop` was broken"));
    told.run(0, 60, Outcome::Success, 5).pass(750);
    insta::assert_snapshot!(told.told(), @"
    failed 30 %: was 75 %, 25 points above the limit, since 1.00 s, for 1.00 s in all; e.g. minion 17: connection refused
    successful 30 %
    warning 5.00 ms: was 5.00 ms, 4.00 ms above the limit, since the start, for 3.00 s in all
    ");
}

#[test]
fn a_rule_whose_time_never_came_saw_nothing() {
    let mut told = Told::new(&["errors(step:login) == 0 after 1m"]);
    let report = told.run(0, 1, Outcome::Success, 5).pass(1_000).judge().remove(0);
    assert_eq!((report.saw_nothing, report.holds, report.verdict), (true, false, Verdict::Failed));
    assert_eq!(report.told, "saw nothing: there were no figures after its time had come");
}

#[test]
fn standings_are_known_while_it_goes_on() {
    let mut told = Told::placed(&[
        ("errors(step:login) == 0", None),
        ("max(response, step:login) < 1ms over 1s", Some(0)),
        ("p99(response, step:login) < 1s then warn", None),
        ("errors(step:pay) == 0", None),
    ]);
    let standings = |told: &Told| {
        let line = |standing: RuleStanding| {
            let sign = standing.holds.map_or("…", |holds| if holds { "✓" } else { "✗" });
            let since = standing.breach.map(|breach| format!(" since {}", humane::duration(breach.at))).unwrap_or_default();
            let value = standing.value.map_or("nothing".to_owned(), |value| value.text);
            format!("{sign} {} {}: {value}{since} {}", standing.rule, standing.verdict, standing.told).trim_end().to_owned()
        };
        told.book.standings().map(line).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(standings(&told), @"
    … errors(step:login) == 0 failed: nothing
    … max(response, step:login) < 1ms over 1s failed: nothing
    … p99(response, step:login) < 1s then warn warning: nothing
    … errors(step:pay) == 0 failed: nothing
    ");
    told.run(0, 1, Outcome::Success, 5).pass(1_000).pass(250);
    insta::assert_snapshot!(standings(&told), @"
    ✓ errors(step:login) == 0 failed: 0
    ✗ max(response, step:login) < 1ms over 1s failed: 5.00 ms since 0 ns was 5.00 ms, 4.00 ms above the limit
    ✓ p99(response, step:login) < 1s then warn warning: 5.00 ms
    … errors(step:pay) == 0 failed: nothing
    ");
}

#[test]
fn a_long_silence_is_passed_quickly() {
    let mut told = Told::new(&["max(response, step:login) < 1s over 10s", "rate(starts) >= 0/s over 10s"]);
    told.run(0, 1, Outcome::Success, 5).pass(1_000);
    told.shop().minion_started(0, 0);
    told.pass(250);
    told.now = 1_000_000 * SECOND;
    told.book.advance(&told.snapshot, told.now);
    assert!(told.judge().iter().all(|report| report.holds));
}

#[test]
fn rules_of_the_same_figures_share_a_window() {
    let told = Told::new(&[
        "p95(response, step:login) < 1s over 5s",
        "p99(response, step:login) < 1s over 5s then warn",
        "p99(response, step:login) < 1s over 6s",
        "p99(service, step:login) < 1s over 5s",
    ]);
    assert_eq!(told.book.windows.len(), 3);
    let rule = PlacedRule::parse("errors() == 0", None).expect("a rule");
    let error = RuleBook::new(vec![rule; RuleBook::LIMIT + 1], &scope()).expect_err("too many");
    assert_eq!(error.to_string(), "there are 257 rules, and at most 256 can be kept; leave some out");
}

/// The report's verdicts and reasons.
fn reasons(told: &mut Told) -> String {
    let rules = told.judge();
    let report = Report::judged(&told.snapshot, &CampaignFacts { duration: told.now, workers: 1, ..CampaignFacts::default() }, rules);
    let lines = report.reasons.iter().map(|reason| format!("campaign, {}: {}", reason.verdict, reason.text));
    let of = |scenario: &crate::ScenarioReport| {
        let name = scenario.name.clone();
        scenario.reasons.clone().into_iter().map(move |reason| format!("{name}, {}: {}", reason.verdict, reason.text))
    };
    let lines: Vec<_> = lines.chain(report.scenarios.iter().flat_map(of)).collect();
    let text = serde_json::to_string(&report).expect("text");
    let read: Report = serde_json::from_str(&text).expect("what was stored");
    assert_eq!(read.rules, report.rules);
    format!("{}\n{}", report.verdict, lines.join("\n"))
}

#[test]
fn broken_rules_are_reasons_where_they_belong() {
    let mut told = Told::placed(&[
        ("max(response, step:login) < 1ms", Some(0)),
        ("errors() == 0", None),
        ("count(response, step:login) > 5 then warn", Some(0)),
        ("max(response, step:login) < 1s", Some(0)),
    ]);
    told.run(0, 1, Outcome::Success, 5).run(1, 1, Outcome::Error, 5).pass(1_500);
    insta::assert_snapshot!(reasons(&mut told), @"
    failed
    campaign, failed: rule `errors() == 0`: was 1, 1 above the limit, since 1.00 s, for 500 ms in all; e.g. minion 17: connection refused
    shop, failed: rule `max(response, step:login) < 1ms`: was 5.00 ms, 4.00 ms above the limit, since 1.00 s, for 500 ms in all
    shop, warning: rule `count(response, step:login) > 5 then warn`: was 1, 4 below the limit, since the start, for 1.50 s in all
    ");
}

#[test]
fn a_rule_with_an_upper_bound_decides_about_the_failures_of_its_steps() {
    let fail = |rule: &str| {
        let mut told = Told::new(&[rule]);
        told.run(1, 90, Outcome::Success, 5).run(1, 10, Outcome::Error, 5).run(2, 9, Outcome::Success, 5).run(2, 1, Outcome::Failure, 5);
        told.count(2, "matched", 9).count(2, "missing", 1).pass(1_000);
        reasons(&mut told)
    };
    insta::assert_snapshot!(fail("errors() <= 10%"), @"successful");
    insta::assert_snapshot!(fail("errors(step:pay) <= 10%"), @"
    failed
    shop, failed: step `shipped` failed in 1 of 10 executions: 1 failure
    ");
    insta::assert_snapshot!(fail("missing(step:shipped) <= 1"), @"
    failed
    shop, failed: step `pay` failed in 10 of 100 executions: 10 errors
    ");
    insta::assert_snapshot!(fail("failures() <= 1"), @"
    warning
    shop, warning: step `pay` also failed in ways that its rules do not count: 10 errors
    ");
    insta::assert_snapshot!(fail("errors() >= 1%"), @"
    failed
    shop, failed: step `pay` failed in 10 of 100 executions: 10 errors
    shop, failed: step `shipped` failed in 1 of 10 executions: 1 failure
    ");
    insta::assert_snapshot!(fail("errors() <= 1% then warn"), @"
    warning
    campaign, warning: rule `errors() <= 1% then warn`: was 10 %, 9 points above the limit, since the start, for 1.00 s in all; e.g. minion 17: connection refused
    ");
}
