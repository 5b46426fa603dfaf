//! Exported meters: periods add up to the campaign, and carry their subject.

use std::collections::BTreeMap;

use throng_protocols::{GuestMeter, MeterKind, MeterOperation};

use super::*;
use crate::{Execution, Outcome, Phase, Recorder, ScenarioShape, Snapshot, StepShape};

fn shape() -> ScenarioShape {
    let tags = BTreeMap::from([("tier".to_owned(), "gold".to_owned())]);
    let step = StepShape { name: "pay".into(), kind: "http".into(), meters: true, tags, ..StepShape::default() };
    let hidden = StepShape { name: "_map-1".into(), kind: "map".into(), hidden: true, meters: true, ..StepShape::default() };
    ScenarioShape { name: "checkout".into(), steps: vec![step, hidden], planned: Some(10), scheduled: true }
}

fn told(meter: &ExportedMeter) -> String {
    let fields = meter.figures.fields();
    assert!(fields.iter().all(|(name, _)| MeterFigures::FIELDS.contains(name)), "{fields:?}");
    let fields = fields.into_iter().map(|(name, value)| match value {
        FieldValue::Integer(value) => format!("{name}={value}"),
        FieldValue::Number(value) => format!("{name}={value}"),
    });
    let fields: Vec<_> = fields.collect();
    let (subject, span) = (&meter.subject, meter.span / 1_000_000_000);
    let place = subject.step.as_deref().unwrap_or("-");
    format!("{} {span}s {place} {} {} {:?} {}\n", meter.scope.name(), meter.name, meter.figures.kind(), subject.tags, fields.join(" "))
}

fn end(recorder: &mut Recorder, phase: Phase, millis: u64) {
    recorder.step_started(0);
    let response = millis * 1_000_000;
    recorder.step_ended(0, &Execution { outcome: Outcome::Success, attempts: 1, phase, response, service: Some(response) });
}

#[test]
fn periods_are_apart_and_the_campaign_has_all() {
    let subjects = Subjects::new(
        Subject { campaign: "mine".into(), tags: BTreeMap::from([("build".into(), "7".into())]), ..Subject::default() },
        &[shape()],
    );
    let (mut snapshot, mut period) = (Snapshot::new(vec![shape()]), Period::new([shape()]));
    let mut recorder = Recorder::new(shape().steps);
    let counter = Arc::new(GuestMeter { kind: MeterKind::Counter, name: "paid".into(), tags: vec![("coin".into(), "eur".into())] });
    let mut lines = String::new();
    for second in [5_i64, 10] {
        end(&mut recorder, Phase::Steady, second as u64);
        recorder.guest_meter(0, &counter, MeterOperation::Add(2));
        let delta = recorder.take();
        snapshot.merge(0, &delta, second as u64 * 1_000_000_000);
        period.merge(0, &delta, second as u64 * 1_000_000_000);
        snapshot.set_due(0, second as u64);
        let stamp = Stamp { at: second * 1_000_000_000, unix: 0 };
        lines.extend(period.end(&snapshot, &subjects, stamp).iter().map(told));
    }
    lines.extend(campaign_meters(&snapshot, &subjects, Stamp { at: 10_000_000_000, unix: 0 }).iter().map(told));
    insta::assert_snapshot!(lines, @r#"
    period 5s - minions counts {"build": "7"} due=5 started=0 completed=0 cancelled=0 starved=0 queued=0 dropped=0 running=0
    period 5s pay executions counts {"build": "7", "tier": "gold"} count=1 success=1 failure=0 error=0 timeout=0 skipped=0 attempts=1 starved=0 slipped=0 in-flight=0
    period 5s pay response timer {"build": "7", "tier": "gold"} count=1 mean=5000000 min=5000000 p50=5000000 p90=5000000 p95=5000000 p99=5000000 p99_9=5000000 max=5000000
    period 5s pay service timer {"build": "7", "tier": "gold"} count=1 mean=5000000 min=5000000 p50=5000000 p90=5000000 p95=5000000 p99=5000000 p99_9=5000000 max=5000000
    period 5s pay paid counter {"build": "7", "coin": "eur", "tier": "gold"} count=2
    period 5s - minions counts {"build": "7"} due=5 started=0 completed=0 cancelled=0 starved=0 queued=0 dropped=0 running=0
    period 5s pay executions counts {"build": "7", "tier": "gold"} count=1 success=1 failure=0 error=0 timeout=0 skipped=0 attempts=1 starved=0 slipped=0 in-flight=0
    period 5s pay response timer {"build": "7", "tier": "gold"} count=1 mean=10000000 min=10000000 p50=10000000 p90=10000000 p95=10000000 p99=10000000 p99_9=10000000 max=10000000
    period 5s pay service timer {"build": "7", "tier": "gold"} count=1 mean=10000000 min=10000000 p50=10000000 p90=10000000 p95=10000000 p99=10000000 p99_9=10000000 max=10000000
    period 5s pay paid counter {"build": "7", "coin": "eur", "tier": "gold"} count=2
    campaign 10s - minions counts {"build": "7"} due=10 started=0 completed=0 cancelled=0 starved=0 queued=0 dropped=0 running=0
    campaign 10s pay executions counts {"build": "7", "tier": "gold"} count=2 success=2 failure=0 error=0 timeout=0 skipped=0 attempts=2 starved=0 slipped=0 in-flight=0
    campaign 10s pay response timer {"build": "7", "tier": "gold"} count=2 mean=7500000 min=5000000 p50=5001215 p90=10000000 p95=10000000 p99=10000000 p99_9=10000000 max=10000000
    campaign 10s pay service timer {"build": "7", "tier": "gold"} count=2 mean=7500000 min=5000000 p50=5001215 p90=10000000 p95=10000000 p99=10000000 p99_9=10000000 max=10000000
    campaign 10s pay paid counter {"build": "7", "coin": "eur", "tier": "gold"} count=4
    "#);
}
