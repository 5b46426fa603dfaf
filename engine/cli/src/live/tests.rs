//! The view as it looks, drawn to a terminal in memory.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::time::Duration;
use throng_measure::{Execution, GuestStatistics, Outcome, Phase, Recorder, ScenarioShape, Snapshot, StepShape};

use super::keys::Asked;
use super::{LiveFacts, plain_line, screen};

const SECOND: u64 = 1_000_000_000;

fn shape(name: &str) -> ScenarioShape {
    let step = |name: &str| StepShape {
        name: name.into(),
        kind: "http".into(),
        hidden: name.starts_with('_'),
        meters: true,
        tolerate: false,
        ..StepShape::default()
    };
    ScenarioShape { name: name.into(), steps: vec![step("login"), step("_map-1"), step("order")], planned: Some(2_000), scheduled: true }
}

/// Twelve seconds with more and more starts, and ever slower answers.
fn running() -> Snapshot {
    let mut snapshot = Snapshot::new(vec![shape("checkout")]);
    let mut recorder = Recorder::new(shape("checkout").steps);
    for second in 1..=12_u64 {
        for number in 0..second * 10 {
            recorder.minion_started(30_000);
            let response = 2_000_000 * second + number * 20_000;
            for step in [0, 2] {
                recorder.step_started(step);
                let outcome = if number == 7 && step == 2 { Outcome::Error } else { Outcome::Success };
                recorder.step_ended(step, &Execution { outcome, attempts: 1, phase: Phase::Ramp, response, service: Some(response) });
            }
            if number % 10 > 0 {
                recorder.minion_completed(Phase::Ramp, response, response);
            }
        }
        recorder.step_started(2);
        recorder.guest_calls(GuestStatistics { calls: 100, nanos: 45_000, ..GuestStatistics::default() });
        snapshot.merge(0, &recorder.take(), second * SECOND);
    }
    snapshot.set_due(0, 800);
    snapshot
}

fn drawn(snapshot: &Snapshot, width: u16, height: u16, asked: Asked) -> String {
    let facts = LiveFacts { key: "checkout-20261121-2104-x7k".into(), planned: Some(Duration::from_secs(40)), color: true };
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal in memory");
    terminal.draw(|frame| screen::render(frame, snapshot, &facts, asked)).expect("drawn");
    let buffer = terminal.backend().buffer();
    let rows = buffer.content().chunks(usize::from(width));
    let rows = rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>());
    rows.map(|row| format!("|{}\n", row.trim_end())).collect()
}

#[test]
fn a_campaign_in_80_columns() {
    let snapshot = running();
    insta::assert_snapshot!(drawn(&snapshot, 80, screen::height(&snapshot), Asked::Nothing), @"
    |checkout-20261121-2104-x7k  12.0 s of 40.0 s  ✗ 12 failed                q stops
    |checkout  780/2 000 started, 20 late, 78 running  ━━━━━━━━━━────────────────────
    |step                        count  failed   per s    now     p50     p95     p99
    |login                         780       0     100      0 18.6 ms 25.6 ms 26.2 ms
    |order                         780      12     100     12 18.6 ms 25.6 ms 26.2 ms
    |start lag p99 30.0 µs, max 30.0 µs · component 450 ns a call
    |executions per second                    response p50 and p99
    |231 │                            ⢀⣀⠤⠔⠂   25.4 ms│                          ⣀⢀⡠⠄
    |    │                      ⢀⣀⠤⠔⠒⠉⠁              │                    ⢀⣀⣀⠤⠔⠒⠉⠁
    |    │                ⢀⣀⠤⠔⠒⠉⠁                    │               ⣀⢀⡠⠤⠒⠊⠉
    |116 │          ⣀⡠⠤⠒⠊⠉⠁                   12.7 ms│         ⣀⡠⠤⠒⠒⠊⠉⠁
    |    │    ⣀⡠⠤⠒⠊⠉                                 │   ⢀⣀⠤⠔⠒⠉
    |0.00│ ⠐⠊⠉                                0 ns   │ ⠐⠊⠁
    |    └──────────────────────────────────         └───────────────────────────────
    | 0 ns                            11.0 s      0 ns                         11.0 s
    |
    ");
}

#[test]
fn a_campaign_in_120_columns() {
    let snapshot = running();
    insta::assert_snapshot!(drawn(&snapshot, 120, screen::height(&snapshot), Asked::SoftStop), @"
    |checkout-20261121-2104-x7k  12.0 s of 40.0 s  ✗ 12 failed                                      stopping; q stops at once
    |checkout  780/2 000 started, 20 late, 78 running  ━━━━━━━━━━━━━━━━━━━━━━━━──────────────────────────────────────────────
    |step                                                                count  failed   per s    now     p50     p95     p99
    |login                                                                 780       0     100      0 18.6 ms 25.6 ms 26.2 ms
    |order                                                                 780      12     100     12 18.6 ms 25.6 ms 26.2 ms
    |start lag p99 30.0 µs, max 30.0 µs · component 450 ns a call
    |executions per second                                        response p50 and p99
    |231 │                                             ⣀⣀⡠⠤⠤⠒⠂    25.4 ms│                                          ⢀⣀⣀⣀⣀⠤⠄
    |    │                                   ⢀⣀⣀⠤⠤⠔⠒⠒⠉⠉                  │                                 ⢀⣀⣀⣀⣀⠤⠤⠔⠒⠊⠉⠉
    |    │                          ⣀⣀⡠⠤⠔⠒⠒⠉⠉⠁                           │                        ⢀⣀⣀⣀⣀⠤⠤⠔⠒⠊⠉⠉
    |116 │                ⣀⣀⡠⠤⠤⠒⠒⠊⠉⠉                              12.7 ms│               ⣀⣀⡠⠤⠔⠒⠒⠒⠊⠉⠉⠉
    |    │      ⢀⣀⣀⠤⠤⠒⠒⠊⠉⠉                                               │      ⣀⣀⡠⠤⠔⠒⠒⠉⠉
    |0.00│  ⠐⠒⠉⠉⠁                                                 0 ns   │  ⠐⠒⠉⠉
    |    └──────────────────────────────────────────────────────         └───────────────────────────────────────────────────
    | 0 ns                                                11.0 s      0 ns                                             11.0 s
    |
    ");
}

#[test]
fn nothing_has_happened_yet() {
    let snapshot = Snapshot::new(vec![shape("checkout"), ScenarioShape { planned: None, ..shape("browse") }]);
    insta::assert_snapshot!(drawn(&snapshot, 80, screen::height(&snapshot), Asked::HardStop), @"
    |checkout-20261121-2104-x7k  0 ns of 40.0 s  ✓ no failures       stopping at once
    |checkout  0/2 000 started, 0 running  ──────────────────────────────────────────
    |browse  0 started, 0 running  ──────────────────────────────────────────────────
    |step                        count  failed   per s    now     p50     p95     p99
    |checkout/login                  0       0    0.00      0       –       –       –
    |checkout/order                  0       0    0.00      0       –       –       –
    |browse/login                    0       0    0.00      0       –       –       –
    |browse/order                    0       0    0.00      0       –       –       –
    |
    |executions per second                    response p50 and p99
    |
    |
    |
    |
    |
    |
    |    ───────────────────────────────────      ───────────────────────────────────
    |0 ns                             1.00 s  0 ns                             1.00 s
    |
    ");
}

#[test]
fn a_small_terminal_goes_without_charts() {
    insta::assert_snapshot!(drawn(&running(), 60, 6, Asked::Nothing), @"
    |checkout-20261121-2104-x7k  12.0 s of 40.0 s  ✗ 12 f q stops
    |checkout  780/2 000 started, 20 late, 78 running  ━━━───────
    |step                   count  failed     p50     p95     p99
    |login                    780       0 18.6 ms 25.6 ms 26.2 ms
    |order                    780      12 18.6 ms 25.6 ms 26.2 ms
    |start lag p99 30.0 µs, max 30.0 µs · component 450 ns a call
    ");
    // Any size is drawn without a panic.
    for (width, height) in [(1, 1), (5, 40), (200, 2), (20, 12)] {
        let lines = drawn(&running(), width, height, Asked::Nothing);
        assert_eq!(lines.lines().count(), usize::from(height));
    }
}

#[test]
fn many_steps_are_cut_short() {
    let steps = (0..30).map(|number| StepShape { name: format!("step {number}").into(), ..StepShape::default() }).collect();
    let snapshot = Snapshot::new(vec![ScenarioShape { name: "wide".into(), steps, planned: None, scheduled: false }]);
    let lines = drawn(&snapshot, 80, screen::height(&snapshot), Asked::Nothing);
    assert!(lines.contains("step 11") && !lines.contains("step 12") && lines.contains("… and 18 more"), "{lines}");
}

#[test]
fn a_line_for_logs() {
    insta::assert_snapshot!(plain_line(&running()), @"12.0 s: started 780/2 000, running 78, completed 702, executions 1 560, failed 12; now 220/s, response p50 23.1 ms, p95 24.1 ms, p99 24.2 ms");
    insta::assert_snapshot!(plain_line(&Snapshot::new(vec![ScenarioShape { planned: None, ..shape("open") }])), @"0 ns: started 0, running 0, completed 0, executions 0, failed 0");
}
