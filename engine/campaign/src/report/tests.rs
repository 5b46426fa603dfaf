//! The summary in its widths, with and without colours; the JSON report.

mod compare;
mod forms;
mod junit;
mod samples;
mod schema;

use std::sync::Arc;

use throng_measure::{
    CampaignFacts, EndReason, Execution, FailureSample, GuestStatistics, Outcome, Phase, Recorder, Report, ScenarioShape, Snapshot,
    StepShape,
};
use throng_protocols::{GuestMeter, MeterKind, MeterOperation, Severity};

use super::*;

const MILLISECOND: u64 = 1_000_000;

fn facts() -> CampaignFacts {
    CampaignFacts {
        key: "checkout-20261121-2104-x7k".into(),
        duration: 62_000 * MILLISECOND,
        seed: 42,
        speed: 1.0,
        workers: 2,
        ..CampaignFacts::default()
    }
}

fn shape(name: &str) -> ScenarioShape {
    let step = |name: &str, kind: &str| StepShape {
        name: name.into(),
        kind: kind.into(),
        hidden: name.starts_with('_'),
        meters: true,
        tolerate: name == "recommendations",
        ..StepShape::default()
    };
    let steps = vec![step("login", "http"), step("_verify-1", "verify"), step("order", "http-with"), step("recommendations", "http")];
    ScenarioShape { name: name.into(), steps, planned: Some(2_000), scheduled: true }
}

fn ended(outcome: Outcome, phase: Phase, response: u64) -> Execution {
    let service = (outcome != Outcome::Error).then_some(response / 2);
    Execution { outcome, attempts: 1, phase, response, service }
}

fn healthy(recorder: &mut Recorder) {
    let connect = recorder.timer(0, "http-connect");
    let received = recorder.counter(0, "http-bytes-received");
    for minion in 0..2_000_u64 {
        recorder.minion_started(0, 20_000 + minion * 100);
        for step in [0, 2] {
            recorder.step_started(step);
            recorder.step_ended(step, &ended(Outcome::Success, Phase::Ramp, (minion + 1) * 20_000 * u64::from(step + 1)));
        }
        recorder.record(received, 1_024);
        if minion % 40 == 0 {
            recorder.record(connect, 180_000);
        }
        recorder.minion_completed(Phase::Ramp, (minion + 1) * 80_000, (minion + 1) * 80_000);
    }
}

fn troubled(recorder: &mut Recorder) {
    healthy(recorder);
    for minion in 0..12_u32 {
        let (outcome, code, message) = match minion % 4 {
            0 => (Outcome::Timeout, "timeout", "no answer within 2s"),
            1 => (
                Outcome::Failure,
                "order refused",
                "expected the status 201, got 503 Service Unavailable with the body \u{1b}[31m{\"error\": \"the warehouse is closed for stocktaking until tomorrow\"}",
            ),
            _ => (Outcome::Error, "connect", "connection refused (127.0.0.1:8080)"),
        };
        recorder.step_ended(2, &ended(outcome, Phase::Steady, 2_000 * MILLISECOND));
        let at = u64::from(minion + 1) * 1_500 * MILLISECOND;
        recorder.failure(2, &FailureSample { outcome, code, message, minion, at });
        recorder.skipped(3);
    }
    recorder.step_ended(1, &ended(Outcome::Failure, Phase::Steady, 900));
    recorder.step_ended(3, &ended(Outcome::Error, Phase::Steady, 5 * MILLISECOND));
    let sample = FailureSample { outcome: Outcome::Error, code: "connect", message: "connection reset", minion: 9, at: 3 };
    recorder.failure(3, &sample);
    recorder.step_ended(0, &ended(Outcome::Success, Phase::Drain, 40 * MILLISECOND));
    let meter = |kind, name: &str| Arc::new(GuestMeter { kind, name: name.into(), tags: vec![("shop".into(), "a".into())] });
    recorder.guest_meter(2, &meter(MeterKind::Summary, "basket"), MeterOperation::Observe(19.95));
    recorder.guest_meter(2, &meter(MeterKind::Rate, "sold-out"), MeterOperation::AddRate { benchmark: 1.0, total: 8.0 });
    recorder.guest_meter(2, &meter(MeterKind::Throughput, "items"), MeterOperation::Observe(620.0));
    recorder.guest_calls(GuestStatistics { calls: 8_000, nanos: 3_200_000, traps: 1, ..GuestStatistics::default() });
    for _ in 0..3 {
        recorder.message(Some(2), Severity::Warn, "the price of an article changed between basket and order".into());
    }
    recorder.message(None, Severity::Info, "test users were taken from users.csv".into());
}

fn report(record: fn(&mut Recorder), facts: &CampaignFacts) -> Report {
    let mut snapshot = Snapshot::new(vec![shape("checkout")]);
    let mut recorder = Recorder::new(shape("checkout").steps);
    record(&mut recorder);
    snapshot.merge(0, &recorder.take(), 62_000 * MILLISECOND);
    Report::new(&snapshot, facts)
}

fn plain(report: &Report, width: usize) -> String {
    let text = summary(report, Style { color: false, width });
    for line in text.lines() {
        assert!(line.chars().count() <= width, "{} columns: {line}", line.chars().count());
        assert!(!line.ends_with(' '), "a space at the end of: {line}");
    }
    text
}

#[test]
fn a_healthy_campaign_is_told_in_few_lines() {
    insta::assert_snapshot!(plain(&report(healthy, &facts()), 80), @"
    ✓ successful  checkout-20261121-2104-x7k
      completed after 1m 02s, seed 42
      ✓ successful  checkout

    Asked and sent
      scenario  asked  started         completed  cancelled  starts/s
      checkout  2 000    2 000  100 %      2 000          0      32.3

    Steps of checkout
      step             count      p50       p95       p99     p99.9       max
      journey          2 000  80.0 ms    152 ms    158 ms    160 ms*   160 ms
        service               80.0 ms    152 ms    158 ms    160 ms*   160 ms
      login            2 000  20.0 ms   38.0 ms   39.6 ms   40.0 ms*  40.0 ms
        service               10.0 ms   19.0 ms   19.8 ms   20.0 ms*  20.0 ms
      order            2 000  60.0 ms    114 ms    119 ms    120 ms*   120 ms
        service               30.0 ms   57.0 ms   59.4 ms   60.0 ms*  60.0 ms
      recommendations      0        –         –         –         –         –
      Times are of ramp and steady load, counts of all phases; * has fewer than 10
      samples above it.

    Meters
      meter                step       count     p50      p95      p99      max
      http-bytes-received  login  2 048 000
      http-connect         login         50  180 µs   180 µs*  180 µs*  180 µs

    Health of the generator
      start lag p50 120 µs, p99 218 µs, max 220 µs
    ");
}

#[test]
fn trouble_in_80_columns() {
    insta::assert_snapshot!(plain(&report(troubled, &facts()), 80), @r#"
    ✗ failed  checkout-20261121-2104-x7k
      completed after 1m 02s, seed 42
      ✗ failed  checkout
        ✗ step `_verify-1` failed in 1 of 1 execution: 1 failure
        ✗ step `order` failed in 12 of 2 012 executions: 3 failures, 6 errors, 3
          time-outs
        ! 3 warnings left in the report
        ! the scenario's component had 1 trap

    Asked and sent
      scenario  asked  started         completed  cancelled  starts/s
      checkout  2 000    2 000  100 %      2 000          0      32.3

    Steps of checkout
      step             count      p50       p95       p99     p99.9       max
      journey          2 000  80.0 ms    152 ms    158 ms    160 ms*   160 ms
        service               80.0 ms    152 ms    158 ms    160 ms*   160 ms
      login            2 001  20.0 ms   38.0 ms   39.6 ms   40.0 ms*  40.0 ms
        service               10.0 ms   19.0 ms   19.8 ms   20.0 ms*  20.0 ms
      _verify-1            1   900 ns*   900 ns*   900 ns*   900 ns*   900 ns
        service                450 ns*   450 ns*   450 ns*   450 ns*   450 ns
        failure            1
      order            2 012  60.4 ms    115 ms    120 ms    2.00 s*   2.00 s
        service               30.1 ms   57.2 ms   59.6 ms    1.00 s*   1.00 s
        failure            3
        error              6
        time-out           3
      recommendations      1  5.00 ms*  5.00 ms*  5.00 ms*  5.00 ms*  5.00 ms
        error              1
        skipped           12
      login, drain: 1 more with response p50 40.0 ms, max 40.0 ms
      Times are of ramp and steady load, counts of all phases; * has fewer than 10
      samples above it.

    Meters
      meter                step       count     p50      p95      p99      max
      http-bytes-received  login  2 048 000
      http-connect         login         50  180 µs   180 µs*  180 µs*  180 µs
      basket{shop=a}       order          1    19.9*    19.9*    19.9*    19.9
      items{shop=a}        order     10.0/s
      sold-out{shop=a}     order     12.5 %

    Errors
      order  connect  6 times, from 4.50 s to 18.0 s
        minion 2: connection refused (127.0.0.1:8080)
      order  order refused  3 times, from 3.00 s to 15.0 s
        minion 1: expected the status 201, got 503 Service Unavailable with the body
                  [31m{"error": "the warehouse is closed for stocktaking until
                  tomorrow"}
      order  timeout  3 times, from 1.50 s to 13.5 s
        minion 0: no answer within 2s
      recommendations  connect  once, at 3 ns, tolerated
        minion 9: connection reset

    Messages
      ! order: the price of an article changed between basket and order (3 times)
      · scenario: test users were taken from users.csv

    Health of the generator
      start lag p50 120 µs, p99 218 µs, max 220 µs
      component 8 000 calls of 400 ns on average, < 0.01 % of the workers' time; 1
      trap, 0 missed deadlines, 0 memory refusals
    "#);
}

#[test]
fn trouble_in_120_columns() {
    insta::assert_snapshot!(plain(&report(troubled, &facts()), 120), @r#"
    ✗ failed  checkout-20261121-2104-x7k
      completed after 1m 02s, seed 42
      ✗ failed  checkout
        ✗ step `_verify-1` failed in 1 of 1 execution: 1 failure
        ✗ step `order` failed in 12 of 2 012 executions: 3 failures, 6 errors, 3 time-outs
        ! 3 warnings left in the report
        ! the scenario's component had 1 trap

    Asked and sent
      scenario  asked  started         completed  cancelled  starts/s
      checkout  2 000    2 000  100 %      2 000          0      32.3

    Steps of checkout
      step             count  failure  error  time-out  skipped                p50       p95       p99     p99.9       max
      journey          2 000                                     response  80.0 ms    152 ms    158 ms    160 ms*   160 ms
                                                                 service   80.0 ms    152 ms    158 ms    160 ms*   160 ms
      login            2 001        0      0         0        0  response  20.0 ms   38.0 ms   39.6 ms   40.0 ms*  40.0 ms
                                                                 service   10.0 ms   19.0 ms   19.8 ms   20.0 ms*  20.0 ms
      _verify-1            1        1      0         0        0  response   900 ns*   900 ns*   900 ns*   900 ns*   900 ns
                                                                 service    450 ns*   450 ns*   450 ns*   450 ns*   450 ns
      order            2 012        3      6         3        0  response  60.4 ms    115 ms    120 ms    2.00 s*   2.00 s
                                                                 service   30.1 ms   57.2 ms   59.6 ms    1.00 s*   1.00 s
      recommendations      1        0      1         0       12  response  5.00 ms*  5.00 ms*  5.00 ms*  5.00 ms*  5.00 ms
      login, drain: 1 more with response p50 40.0 ms, max 40.0 ms
      Times are of ramp and steady load, counts of all phases; * has fewer than 10 samples above it.

    Meters
      meter                step       count     p50      p95      p99      max
      http-bytes-received  login  2 048 000
      http-connect         login         50  180 µs   180 µs*  180 µs*  180 µs
      basket{shop=a}       order          1    19.9*    19.9*    19.9*    19.9
      items{shop=a}        order     10.0/s
      sold-out{shop=a}     order     12.5 %

    Errors
      order  connect  6 times, from 4.50 s to 18.0 s
        minion 2: connection refused (127.0.0.1:8080)
      order  order refused  3 times, from 3.00 s to 15.0 s
        minion 1: expected the status 201, got 503 Service Unavailable with the body [31m{"error": "the warehouse is closed
                  for stocktaking until tomorrow"}
      order  timeout  3 times, from 1.50 s to 13.5 s
        minion 0: no answer within 2s
      recommendations  connect  once, at 3 ns, tolerated
        minion 9: connection reset

    Messages
      ! order: the price of an article changed between basket and order (3 times)
      · scenario: test users were taken from users.csv

    Health of the generator
      start lag p50 120 µs, p99 218 µs, max 220 µs
      component 8 000 calls of 400 ns on average, < 0.01 % of the workers' time; 1 trap, 0 missed deadlines, 0 memory
      refusals
    "#);
}

#[test]
fn trouble_in_200_columns() {
    insta::assert_snapshot!(plain(&report(troubled, &facts()), 200), @r#"
    ✗ failed  checkout-20261121-2104-x7k
      completed after 1m 02s, seed 42
      ✗ failed  checkout
        ✗ step `_verify-1` failed in 1 of 1 execution: 1 failure
        ✗ step `order` failed in 12 of 2 012 executions: 3 failures, 6 errors, 3 time-outs
        ! 3 warnings left in the report
        ! the scenario's component had 1 trap

    Asked and sent
      scenario  asked  started         completed  cancelled  starts/s
      checkout  2 000    2 000  100 %      2 000          0      32.3

    Steps of checkout
                                                                            response                                          service
      step             kind       count  failure  error  time-out  skipped      p50       p95       p99     p99.9       max      p50       p95       p99     p99.9       max
      journey                     2 000                                     80.0 ms    152 ms    158 ms    160 ms*   160 ms  80.0 ms    152 ms    158 ms    160 ms*   160 ms
      login            http       2 001        0      0         0        0  20.0 ms   38.0 ms   39.6 ms   40.0 ms*  40.0 ms  10.0 ms   19.0 ms   19.8 ms   20.0 ms*  20.0 ms
      _verify-1        verify         1        1      0         0        0   900 ns*   900 ns*   900 ns*   900 ns*   900 ns   450 ns*   450 ns*   450 ns*   450 ns*   450 ns
      order            http-with  2 012        3      6         3        0  60.4 ms    115 ms    120 ms    2.00 s*   2.00 s  30.1 ms   57.2 ms   59.6 ms    1.00 s*   1.00 s
      recommendations  http           1        0      1         0       12  5.00 ms*  5.00 ms*  5.00 ms*  5.00 ms*  5.00 ms        –         –         –         –         –
      login, drain: 1 more with response p50 40.0 ms, max 40.0 ms
      Times are of ramp and steady load, counts of all phases; * has fewer than 10 samples above it.

    Meters
      meter                step       count     p50      p95      p99      max
      http-bytes-received  login  2 048 000
      http-connect         login         50  180 µs   180 µs*  180 µs*  180 µs
      basket{shop=a}       order          1    19.9*    19.9*    19.9*    19.9
      items{shop=a}        order     10.0/s
      sold-out{shop=a}     order     12.5 %

    Errors
      order  connect  6 times, from 4.50 s to 18.0 s
        minion 2: connection refused (127.0.0.1:8080)
      order  order refused  3 times, from 3.00 s to 15.0 s
        minion 1: expected the status 201, got 503 Service Unavailable with the body [31m{"error": "the warehouse is closed for stocktaking until tomorrow"}
      order  timeout  3 times, from 1.50 s to 13.5 s
        minion 0: no answer within 2s
      recommendations  connect  once, at 3 ns, tolerated
        minion 9: connection reset

    Messages
      ! order: the price of an article changed between basket and order (3 times)
      · scenario: test users were taken from users.csv

    Health of the generator
      start lag p50 120 µs, p99 218 µs, max 220 µs
      component 8 000 calls of 400 ns on average, < 0.01 % of the workers' time; 1 trap, 0 missed deadlines, 0 memory refusals
    "#);
}

#[test]
fn several_scenarios_are_told_apart() {
    let mut snapshot = Snapshot::new(vec![shape("checkout"), ScenarioShape { planned: None, ..shape("browse") }]);
    for scenario in 0..2 {
        let mut recorder = Recorder::new(shape("").steps);
        recorder.minion_started(0, 1_000);
        recorder.minion_cancelled();
        recorder.message(Some(2), Severity::Info, "hello".into());
        snapshot.merge(scenario, &recorder.take(), MILLISECOND);
    }
    let end = EndReason::Aborted("stopped at once, as asked for at the terminal".into());
    insta::assert_snapshot!(plain(&Report::new(&snapshot, &CampaignFacts { end, speed: 2.0, ..facts() }), 80), @"
    ✗ aborted  checkout-20261121-2104-x7k
      aborted after 1m 02s, seed 42, speed × 2
      ✗ stopped at once, as asked for at the terminal
      ✓ successful  checkout
      ✓ successful  browse

    Asked and sent
      scenario  asked  started          completed  cancelled  starts/s
      checkout  2 000        1  0.05 %          0          1      0.02
      browse     open        1                  0          1      0.02

    Steps of checkout
      step             count  p50   p95   p99   p99.9   max
      journey              0    –     –     –       –     –
      login                0    –     –     –       –     –
      order                0    –     –     –       –     –
      recommendations      0    –     –     –       –     –

    Steps of browse
      step             count  p50   p95   p99   p99.9   max
      journey              0    –     –     –       –     –
      login                0    –     –     –       –     –
      order                0    –     –     –       –     –
      recommendations      0    –     –     –       –     –
      Times are of ramp and steady load, counts of all phases.

    Messages
      · checkout/order: hello
      · browse/order: hello

    Health of the generator
      checkout: start lag p50 1.00 µs, p99 1.00 µs, max 1.00 µs
      browse: start lag p50 1.00 µs, p99 1.00 µs, max 1.00 µs
    ");
}

/// Three scenarios in each of which twelve steps fail; a rule of the last one is broken, and its example is long.
#[test]
fn the_first_screen_tells_which_rule_broke() {
    let names: Vec<String> = (1..=12).map(|number| format!("step-{number}-of-a-long-and-winding-order-process")).collect();
    let steps = |_| names.iter().map(|name| StepShape { name: name.as_str().into(), kind: "http".into(), ..StepShape::default() });
    let scenarios = ["browse-the-catalogue", "search-for-something", "checkout"];
    let shapes =
        scenarios.map(|name| ScenarioShape { name: name.into(), steps: steps(name).collect(), planned: Some(100), scheduled: false });
    let mut snapshot = Snapshot::new(shapes.to_vec());
    for (number, shape) in shapes.iter().enumerate() {
        let mut recorder = Recorder::new(shape.steps.clone());
        for step in 0..12 {
            recorder.step_ended(step, &ended(Outcome::Error, Phase::Steady, 5 * MILLISECOND));
        }
        snapshot.merge(number, &recorder.take(), 62_000 * MILLISECOND);
    }
    let message = format!("expected the status 201, got 503 Service Unavailable with the body {}", "closed for stocktaking ".repeat(40));
    let rule = format!("failures(step:{}) <= 0.1%", names[6]);
    let told = format!("was 12.5 %, 12.4 points above the limit, since 6.00 s, for 56.0 s in all; e.g. minion 17: {message}");
    let broken = samples::broken_rule("checkout", &rule, &told);
    let text = plain(&Report::judged(&snapshot, &facts(), vec![broken]), 80);
    let first_screen = text.lines().take(24).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(first_screen);
    // Which rule and step, by how much, since when, and one example.
    let flowing = first_screen.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [&rule, "12.4 points above the limit", "since 6.00 s", "minion 17: expected the status 201, got 503"] {
        assert!(flowing.contains(part), "`{part}` is not on the first screen:\n{first_screen}");
    }
}

#[test]
fn colours_only_add_escape_sequences() {
    let report = report(troubled, &facts());
    for width in [80, 120, 200] {
        let coloured = summary(&report, Style { color: true, width });
        assert!(coloured.starts_with("\u{1b}[31m✗ failed\u{1b}[0m  \u{1b}[1mcheckout"), "{coloured}");
        let mut bare = String::new();
        for (number, piece) in coloured.split('\u{1b}').enumerate() {
            bare.push_str(if number == 0 { piece } else { piece.split_once('m').expect("a whole sequence").1 });
        }
        assert_eq!(bare, plain(&report, width));
    }
}

#[test]
fn a_campaign_without_scenarios_has_a_summary_too() {
    let end = EndReason::Failed("step `login` of `checkout` cannot start: no route to 10.1.2.3; is the target up?".into());
    insta::assert_snapshot!(plain(&Report::new(&Snapshot::default(), &CampaignFacts { end, ..facts() }), 80), @"
    ✗ failed  checkout-20261121-2104-x7k
      failed after 1m 02s, seed 42
      ✗ step `login` of `checkout` cannot start: no route to 10.1.2.3; is the target
        up?
    ");
}

#[test]
fn the_json_report_can_be_read_again() {
    let report = report(troubled, &facts());
    let text = to_json(&report).expect("text");
    let read = from_json(&text).expect("what was written");
    assert_eq!(to_json(&read).expect("text"), text);
    assert_eq!(summary(&read, Style::default()), summary(&report, Style::default()));
}

#[test]
fn what_is_not_a_report_is_refused_with_a_remedy() {
    let error = |text: &str| from_json(text).map(|report| report.verdict).expect_err("no report").to_string();
    insta::assert_snapshot!(error(r#"{"report": "7.0"}"#), @"the report is of version `7.0`, and this throng reads `0.1`; read it with the throng that wrote it");
    insta::assert_snapshot!(error("{}"), @"this is not a report of throng: missing field `report` at line 1 column 2; give a file that `--report json=FILE` has written");
}
