//! Merging: the campaign's figures do not depend on the number of workers, and everything is bounded.

use std::sync::Arc;

use throng_protocols::{GuestMeter, MeterKind, MeterOperation, Severity};

use super::*;
use crate::{Execution, FailureSample, Phase, Quantile, Recorder, under_load};

fn shape() -> ScenarioShape {
    let step = |name: &str, hidden| StepShape {
        name: name.into(),
        kind: "http".into(),
        hidden,
        meters: true,
        tolerate: false,
        ..StepShape::default()
    };
    ScenarioShape { name: "checkout".into(), steps: vec![step("login", false), step("_map-1", true)], planned: Some(100), scheduled: true }
}

/// A hundred minions shared out among some workers, each telling twice.
fn campaign(workers: u32) -> Snapshot {
    let mut snapshot = Snapshot::new(vec![shape()]);
    let mut recorders: Vec<_> = (0..workers).map(|_| Recorder::new(shape().steps)).collect();
    let meter = Arc::new(GuestMeter { kind: MeterKind::Counter, name: "orders".into(), tags: vec![] });
    for second in 1..=2_u64 {
        for minion in 0..50_u32 {
            let recorder = &mut recorders[(minion % workers) as usize];
            let response = u64::from(minion) * 1_000 * second;
            recorder.minion_started((second - 1) * 1_000_000_000, u64::from(minion));
            recorder.step_started(0);
            let outcome = if minion % 10 == 3 { Outcome::Error } else { Outcome::Success };
            recorder.step_ended(0, &Execution { outcome, attempts: 1, phase: Phase::Steady, response, service: Some(response) });
            if outcome == Outcome::Error {
                recorder.failure(0, &FailureSample { outcome, code: "refused", message: "connection refused", minion, at: second });
                recorder.skipped(1);
            }
            recorder.guest_meter(0, &meter, MeterOperation::Add(1));
            recorder.message(None, Severity::Info, "hello".into());
            recorder.minion_completed(Phase::Steady, response, response);
        }
        for recorder in &mut recorders {
            let delta = recorder.take();
            snapshot.merge(0, &delta, second * 1_000_000_000);
            recorder.reuse(delta.into_spares());
        }
    }
    snapshot
}

#[test]
fn figures_do_not_depend_on_the_number_of_workers() {
    let one = campaign(1);
    for workers in [2, 5] {
        let several = campaign(workers);
        assert_eq!(one.scenarios()[0].steps, several.scenarios()[0].steps);
        assert_eq!(one.scenarios()[0].run, several.scenarios()[0].run);
    }
}

#[test]
fn the_sums_are_right() {
    let snapshot = campaign(2);
    let scenario = &snapshot.scenarios()[0];
    let login = &scenario.steps[0];
    assert_eq!(login.counts(), [90, 0, 10, 0, 0]);
    assert_eq!((scenario.steps[1].count(Outcome::Skipped), scenario.steps[1].executions()), (10, 0));
    assert_eq!((login.in_flight, scenario.run.minions.started, scenario.run.minions.running()), (0, 100, 0));
    assert_eq!(under_load(&login.times.response).percentile(Quantile::P99).map(|percentile| percentile.value / 1_000), Some(96));
    assert_eq!(snapshot.rate(0, 0), 50.0);
    assert_eq!(scenario.shown_steps().map(|(number, ..)| number).collect::<Vec<_>>(), [0]);
    assert_eq!(login.guest.values().map(|value| matches!(value, crate::MeterValue::Counter(100))).collect::<Vec<_>>(), [true]);
}

#[test]
fn the_timeline_follows_the_steps_with_service_times() {
    let snapshot = campaign(5);
    let closed: Vec<_> = snapshot.timeline().closed().map(|slot| (slot.starts, slot.executions, slot.failed)).collect();
    let open = snapshot.timeline().open();
    assert_eq!((closed, open.executions), (vec![(50, 50, 5)], 50));
    assert_eq!(open.response.map(|times| times.max), Some(98_000));
}

#[test]
fn a_rate_forgets_what_is_long_ago() {
    let mut snapshot = campaign(1);
    snapshot.advance(6_500_000_000);
    assert_eq!(snapshot.rate(0, 0), 10.0);
    snapshot.advance(60_000_000_000);
    assert_eq!(snapshot.rate(0, 0), 0.0);
}

#[test]
fn strangers_are_ignored() {
    let mut snapshot = Snapshot::new(vec![shape()]);
    let mut recorder = Recorder::new(vec![StepShape::default(); 9]);
    recorder.step_started(8);
    let delta = recorder.take();
    snapshot.merge(0, &delta, 1);
    snapshot.merge(4, &delta, 1);
    assert!(snapshot.scenarios()[0].steps.iter().all(StepFigures::is_empty));
}

#[test]
fn guest_meters_are_bounded_across_workers() {
    let mut snapshot = Snapshot::new(vec![shape()]);
    for worker in 0..3 {
        let mut recorder = Recorder::new(shape().steps);
        for number in 0..500 {
            let meter = GuestMeter { kind: MeterKind::Counter, name: format!("{worker}-{number}"), tags: vec![] };
            recorder.guest_meter(0, &Arc::new(meter), MeterOperation::Add(1));
        }
        snapshot.merge(0, &recorder.take(), 1);
    }
    let guest = &snapshot.scenarios()[0].steps[0].guest;
    assert_eq!(guest.len(), MeterName::LIMIT + 1);
    assert!(matches!(guest[&MeterName::other(MeterKind::Counter)], crate::MeterValue::Counter(500)));
}
