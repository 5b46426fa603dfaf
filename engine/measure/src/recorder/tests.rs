//! What is recorded comes out once, on the step and in the phase where it belongs.

use throng_protocols::{EventBody, MeterKind};

use super::*;
use crate::{EventFilter, Outcome, Quantile};

fn recorder() -> Recorder {
    let step = |name: &str, meters| StepShape { name: name.into(), kind: "http".into(), meters, ..StepShape::default() };
    Recorder::new(vec![step("login", true), step("order", true), step("quiet", false)])
}

fn execution(outcome: Outcome, phase: Phase, response: u64) -> Execution {
    Execution { outcome, attempts: 2, phase, response, service: Some(response / 2) }
}

#[test]
fn a_period_holds_what_is_new_and_only_that() {
    let mut recorder = recorder();
    recorder.step_started(1);
    recorder.step_started(1);
    recorder.step_ended(1, &execution(Outcome::Success, Phase::Ramp, 1_000));
    let first = recorder.take();
    recorder.step_ended(1, &execution(Outcome::Error, Phase::Steady, 3_000));
    let second = recorder.take();
    let third = recorder.take();

    let [StepDelta { step: 1, figures: first }] = &first.steps[..] else { panic!("one step, not {first:?}") };
    assert_eq!((first.in_flight, first.executions(), first.failed(), first.attempts), (1, 1, 0, 2));
    assert_eq!(first.times.response[Phase::Ramp.index()].max(), Some(1_000));
    assert_eq!(first.times.service[Phase::Ramp.index()].max(), Some(500));

    let [StepDelta { step: 1, figures: second }] = &second.steps[..] else { panic!("one step, not {second:?}") };
    assert_eq!((second.in_flight, second.executions(), second.failed()), (-1, 1, 1));
    assert!(second.times.response[Phase::Ramp.index()].is_empty());
    assert!(third.steps.is_empty(), "{third:?}");
}

#[test]
fn reused_histograms_carry_nothing_over() {
    let mut recorder = recorder();
    for round in 1..=3_u64 {
        recorder.step_ended(0, &execution(Outcome::Success, Phase::Steady, round * 1_000));
        recorder.minion_started(0, round);
        let delta = recorder.take();
        let times = &delta.steps[0].figures.times.response[Phase::Steady.index()];
        assert_eq!((times.count(), times.min(), times.max(), times.sum()), (1, Some(round * 1_000), Some(round * 1_000), round * 1_000));
        assert_eq!(delta.run.start_lag.sum(), round);
        recorder.reuse(delta.into_spares());
    }
}

#[test]
fn meters_that_are_off_still_count_outcomes() {
    let mut recorder = recorder();
    let timer = recorder.timer(2, "http-connect");
    recorder.record(timer, 5);
    recorder.step_ended(2, &execution(Outcome::Failure, Phase::Steady, 9));
    let delta = recorder.take();
    assert_eq!(delta.steps[0].figures.failed(), 1);
    assert!(delta.steps[0].figures.times.is_empty() && delta.steps[0].figures.plugin.is_empty());
}

#[test]
fn plugin_meters_are_kept_by_step_and_name() {
    let mut recorder = recorder();
    let connects = recorder.timer(1, "http-connect");
    let sent = recorder.counter(0, "http-bytes-sent");
    assert_eq!(recorder.timer(1, "http-connect"), connects);
    assert_ne!(recorder.timer(0, "http-connect"), connects);
    recorder.record(connects, 70);
    recorder.record(sent, 5);
    recorder.record(sent, 6);
    recorder.record(99, 1);
    let delta = recorder.take();
    let names: Vec<_> = delta.steps.iter().map(|step| (step.step, step.figures.plugin.keys().next().map(AsRef::as_ref))).collect();
    assert_eq!(names, [(0, Some("http-bytes-sent")), (1, Some("http-connect"))]);
    assert!(matches!(delta.steps[0].figures.plugin["http-bytes-sent"], PluginMeter::Counter(11)));
    assert!(recorder.take().steps.is_empty());
}

#[test]
fn guest_meters_are_bounded_and_wrong_operations_counted() {
    let mut recorder = recorder();
    for number in 0..MeterName::LIMIT + 50 {
        let meter = GuestMeter { kind: MeterKind::Counter, name: format!("meter {number}"), tags: vec![] };
        recorder.guest_meter(0, &Arc::new(meter), MeterOperation::Add(1));
    }
    let gauge = Arc::new(GuestMeter { kind: MeterKind::Gauge, name: "meter 1".into(), tags: vec![] });
    recorder.guest_meter(0, &gauge, MeterOperation::Add(1));
    let delta = recorder.take();
    let guest = &delta.steps[0].figures.guest;
    assert!(matches!(guest[&MeterName::other(MeterKind::Counter)], MeterValue::Counter(50)));
    assert_eq!((guest.len(), delta.run.refused_recordings), (MeterName::LIMIT + 2, 1));
}

#[test]
fn a_delta_survives_the_wire() {
    let all = EventFilter { level: throng_model::EventLevel::Trace, ..EventFilter::none() };
    let mut recorder = recorder().with_events(EventInterest::new([all]));
    let timer = recorder.timer(0, "http-connect");
    recorder.record(timer, 1_500);
    recorder.step_started(0);
    recorder.step_ended(0, &execution(Outcome::Timeout, Phase::Drain, 2_000_000));
    recorder.failure(0, &FailureSample { outcome: Outcome::Timeout, code: "timeout", message: "too slow", minion: 7, at: 12 });
    let meter = GuestMeter { kind: MeterKind::Summary, name: "basket".into(), tags: vec![("shop".into(), "a".into())] };
    recorder.guest_meter(0, &Arc::new(meter), MeterOperation::Observe(2.5));
    recorder.message(Some(0), Severity::Warn, "slow".into());
    let event = EventRecord { name: "order-placed".into(), level: Severity::Info, tags: vec![], body: EventBody::None };
    recorder.guest_event(0, Some(7), 1, Moment::from_nanos(5), event);
    recorder.minion_started(0, 100);
    recorder.minion_completed(Phase::Drain, 10, 9);
    recorder.guest_calls(GuestStatistics { calls: 3, nanos: 900, ..GuestStatistics::default() });
    let sent = recorder.take();
    let text = serde_json::to_string(&sent).expect("text");
    let received: ScenarioDelta = serde_json::from_str(&text).expect("what was sent");
    assert_eq!(serde_json::to_string(&received).expect("text"), text);
    assert_eq!(received.run.events.clone().take_held().len(), 1);
    let times = &received.steps[0].figures.times.response[Phase::Drain.index()];
    assert_eq!(times.percentile(Quantile::P99).map(|percentile| percentile.value), Some(2_000_000));
}
