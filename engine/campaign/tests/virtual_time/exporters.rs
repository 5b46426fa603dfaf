//! Exporters: what they get, what they lose, and that the load doesn't notice.

use std::time::Duration;

use serde_json::{Value as Json, json};
use throng_campaign::{CampaignError, Command};
use throng_measure::{MeterScope, Outcome, Verdict};

use crate::harness::{Virtual, scenario};
use crate::memory_exporter::Memory;

/// Hundred minions in ten seconds, every fourth of which fails.
fn load() -> Virtual {
    let steps = json!([
        { "name": "work", "start": true, "work": {"takes": "30ms", "fails-every": 4}, "monitoring": {"events": true}, "tags": {"tier": "gold"} },
        { "name": "behind", "after": "work", "pipe": {} },
    ]);
    Virtual::new(scenario(100, "regular(100ms, 1)", steps))
}

fn periods(memory: &Memory, figure: &str) -> u64 {
    memory.sum(MeterScope::Period, "work", "executions", figure)
}

#[test]
fn periods_add_up_to_the_report() {
    for workers in [1, 2, 5] {
        let memory = Memory::default();
        let ran = memory.of(load().workers(workers), json!({ "period": "1s" })).run();
        let [success, _, error, _, _] = ran.counts(0, "work");
        assert_eq!((success, error), (75, 25));
        assert_eq!((periods(&memory, "success"), periods(&memory, "error"), periods(&memory, "count")), (75, 25, 100));
        assert_eq!(memory.sum(MeterScope::Period, "behind", "executions", "skipped"), 25);
        for scope in [MeterScope::Period, MeterScope::Campaign] {
            let expected = ran.report.scenarios[0].steps[0].times.response.count;
            assert_eq!(memory.sum(scope, "work", "response", "count"), expected, "{scope:?}");
            assert_eq!(memory.sum(scope, "work", "executions", Outcome::Success.name()), 75, "{scope:?}");
        }
        let told = memory.meters(MeterScope::Period);
        let spans: Vec<_> =
            told.iter().filter(|meter| meter.name == "minions").map(|meter| (meter.stamp.at / 1_000_000, meter.span / 1_000_000)).collect();
        assert_eq!(spans[..3], [(1000, 1000), (2000, 1000), (3000, 1000)]);
        assert!((10..=11).contains(&spans.len()), "{spans:?}");
        assert!(
            told.iter().filter(|meter| meter.subject.step.as_deref() == Some("work")).all(|meter| meter.subject.tags["tier"] == "gold")
        );
        let exporter = &ran.report.campaign.exporters[0];
        assert_eq!((exporter.name.as_str(), exporter.written, exporter.dropped), ("memory here", memory.all().len() as u64, 0));
        assert_eq!(ran.report.reasons, [], "a good exporter is not worth a word");
    }
}

#[test]
fn each_exporter_has_its_own_level_and_prefixes() {
    let (all, few) = (Memory::default(), Memory::default());
    let routes = json!({ "level": "error", "events": {"minion-": "info", "minion-comp": "off"} });
    few.of(all.of(load(), json!({ "level": "debug" })), routes).run();
    let counts = |memory: &Memory| memory.counts().into_iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>();
    assert_eq!(counts(&few), ["minion-started 100", "step-failed 25"]);
    assert_eq!(counts(&all), ["minion-completed 100", "minion-started 100", "step-completed 75", "step-failed 25", "step-started 100"]);
    let off = Memory::default();
    off.of(load(), json!({ "level": "off" })).run();
    assert_eq!(counts(&off), [] as [String; 0]);
}

/// What a campaign without any exporter comes to: its figures and its end.
fn undisturbed(options: Json, memory: &Memory) -> Vec<String> {
    let alone = load().run();
    let ran = memory.of(load(), options).run();
    assert_eq!((ran.counts(0, "work"), ran.minions()), (alone.counts(0, "work"), alone.minions()));
    assert_eq!(ran.times("work"), alone.times("work"));
    assert_eq!(ran.millis(), alone.millis());
    let exporter = &ran.report.campaign.exporters[0];
    assert_eq!(exporter.written as usize, memory.all().len());
    assert!(exporter.dropped > 0, "{exporter:?}");
    assert_eq!(ran.report.reasons.iter().map(|reason| reason.verdict).collect::<Vec<_>>(), [Verdict::Warning]);
    ran.report.reasons.into_iter().map(|reason| reason.text).collect()
}

#[test]
fn a_slow_exporter_loses_the_oldest_and_not_the_load() {
    let slow = Memory { takes: Duration::from_millis(900), ..Memory::default() };
    let told = undisturbed(json!({ "queue": 10, "batch": 5, "linger": "1ms" }), &slow);
    assert!(told[0].starts_with("the exporter `memory here` lost ") && told[0].ends_with(" records"), "{told:?}");
    let newest = slow.meters(MeterScope::Campaign).len();
    assert!(newest > 0, "the end is newer than what was dropped");
}

#[test]
fn a_failing_exporter_is_a_warning_in_its_own_words() {
    let broken = Memory { fails: true, ..Memory::default() };
    let told = undisturbed(json!({}), &broken);
    assert!(told[0].ends_with("records: the disk is full"), "{told:?}");
}

#[test]
fn an_exporter_that_hangs_is_given_up() {
    let hanging = Memory { takes: Duration::from_secs(100_000), ..Memory::default() };
    let told = undisturbed(json!({}), &hanging);
    assert!(told[0].ends_with("what was left was not written within 10s"), "{told:?}");
}

#[test]
fn an_abort_is_exported_too() {
    let memory = Memory::default();
    let ran = memory.of(load().command(Duration::from_millis(950), Command::Abort), json!({})).run();
    assert_eq!(ran.report.verdict, Verdict::Aborted);
    assert_eq!(memory.sum(MeterScope::Campaign, "work", "executions", "count"), periods(&memory, "count"));
    assert_eq!(memory.counts()["minion-started"], 10);
}

#[test]
fn an_exporter_that_does_not_open_refuses_the_campaign() {
    let absent = Memory { absent: true, ..Memory::default() };
    let refused = absent.of(load(), json!({})).try_run().err().expect("it is refused");
    assert!(matches!(refused, CampaignError::Exporter { .. }), "{refused:?}");
    assert_eq!(refused.to_string(), "exporter `memory here`: nobody there; start it");
}
