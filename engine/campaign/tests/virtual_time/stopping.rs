//! Soft and hard stops, time-outs and strikes.

use std::time::Duration;

use crate::harness::Virtual;
use serde_json::{Value as Json, json};
use throng_campaign::Command;
use throng_measure::Verdict;
use throng_protocols::{CallbacksError, Output, Value};

fn waiting(name: &str) -> Json {
    json!({
        "name": name, "minions": 100, "profile": "regular(1s, 10)",
        "steps": [{ "name": "wait", "start": true, "delay": "5s" }],
    })
}

#[test]
fn a_soft_stop_lets_running_minions_end() {
    for workers in [1, 2, 5] {
        let command = Some((Duration::from_millis(2500), Command::StopSoftly));
        let ran = Virtual { command, ..Virtual::new(waiting("soft")).workers(workers) }.run();
        let minions = ran.snapshot.scenarios()[0].run.minions;
        assert_eq!((minions.started, minions.completed, minions.cancelled), (30, 30, 0), "{workers} workers");
        assert_eq!(ran.elapsed.as_millis(), 7000);
    }
}

#[test]
fn an_abort_cancels_everything_and_keeps_the_figures() {
    for workers in [1, 2, 5] {
        let command = Some((Duration::from_millis(7500), Command::Abort));
        let ran = Virtual { command, ..Virtual::new(waiting("hard")).workers(workers) }.run();
        let scenario = &ran.snapshot.scenarios()[0];
        let minions = scenario.run.minions;
        assert_eq!((minions.started, minions.completed, minions.cancelled), (80, 30, 50), "{workers} workers");
        assert_eq!(scenario.steps[0].in_flight, 0);
        assert_eq!(ran.report.verdict, Verdict::Aborted);
        assert!(ran.elapsed < Duration::from_millis(8500), "{:?}", ran.elapsed);
    }
}

#[test]
fn time_outs_stop_softly_and_hard() {
    let soft = Virtual { soft_timeout: Some(Duration::from_millis(1500)), ..Virtual::new(waiting("soft")) }.run();
    assert_eq!(soft.snapshot.scenarios()[0].run.minions.completed, 20);
    let hard = Virtual { hard_timeout: Duration::from_millis(5500), ..Virtual::new(waiting("hard")) }.run();
    let minions = hard.snapshot.scenarios()[0].run.minions;
    assert_eq!((minions.completed, minions.cancelled), (10, 50));
    assert_eq!(hard.report.verdict, Verdict::Aborted);
}

#[test]
fn strikes_end_their_scenario_and_leave_the_other_alone() {
    let hostile = json!({
        "name": "hostile", "minions": 1000, "profile": "regular(10ms, 1)",
        "steps": [{ "name": "spin", "start": true, "execute": {"callback": 0} }],
    });
    let kind = json!({
        "name": "kind", "minions": 1000, "profile": "regular(10ms, 1)",
        "steps": [{ "name": "work", "start": true, "execute": {"callback": 1} }],
    });
    for workers in [1, 2, 5] {
        let campaign =
            Virtual::of([hostile.clone(), kind.clone()]).callbacks(&["execute", "execute"], |call, _, _, _| match call.callback {
                0 => Err(CallbacksError::Trapped { code: "deadline", message: "ran over 100 ms".into() }),
                _ => Ok(Output::One(Value::None)),
            });
        let ran = campaign.workers(workers).run();
        assert_eq!(ran.counts(1, "work"), [1000, 0, 0, 0, 0]);
        let started = ran.snapshot.scenarios()[0].run.minions.started;
        assert!((3..50).contains(&started), "{started}");
        assert!(ran.snapshot.scenarios()[0].aborted.as_deref().is_some_and(|reason| reason.contains("`spin`")));
        assert_eq!(ran.report.verdict, Verdict::Aborted);
    }
}
