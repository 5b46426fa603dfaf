//! What a campaign as a whole does: its steps made ready, its warm-up, the messages in its report.

use std::time::Duration;

use crate::harness::{Virtual, on_any_number_of_workers, scenario};
use serde_json::{Value as Json, json};
use throng_measure::{Outcome, Phase, Verdict};
use throng_protocols::{Message, Output, Severity};

/// §9 warm-up: what is meant to start within it is kept apart by step and journey, and counts all the same.
#[test]
fn samples_of_the_warm_up_are_kept_apart() {
    let steps = json!([
        { "name": "seed", "run": "before-load", "work": {"takes": "1s"} },
        { "name": "first", "start": true, "work": {"takes": "150ms"} },
        { "name": "second", "after": "first", "work": {"takes": "10ms"} },
    ]);
    on_any_number_of_workers(
        || Virtual { warm_up: Duration::from_millis(300), ..Virtual::new(scenario(10, "regular(100ms, 1)", steps.clone())) },
        |ran| {
            let counts = |step: &str| {
                let phases = &ran.figures(0, step).times.response;
                [Phase::WarmUp, Phase::Ramp, Phase::Steady, Phase::Drain].map(|phase| phases[phase as usize].count())
            };
            // Starts at 0, 100 and 200 ms are of the warm-up; the second steps of the first two alone are: at 150 and 250 ms.
            assert_eq!(counts("first"), [3, 7, 0, 0]);
            // The last planned start is at 900 ms; the second step of the last two is at 950 and 1050 ms.
            assert_eq!(counts("second"), [2, 6, 2, 0]);
            assert_eq!(counts("seed"), [1, 0, 0, 0], "before the load there is nothing but warm-up");
            assert_eq!(ran.figures(0, "first").count(Outcome::Success), 10);
            let report = &ran.report.scenarios[0].steps[1].times;
            assert_eq!((report.response.count, report.warm_up.as_ref().map(|apart| apart.count)), (7, Some(3)));
            let journey = &ran.snapshot.scenarios()[0].run.journey.response;
            assert_eq!((journey[Phase::WarmUp as usize].count(), journey[Phase::Ramp as usize].count()), (3, 7));
        },
    );
}

/// §9 messages: each is in the report with its scenario, step and count; an error fails its scenario, a warning makes it one.
#[test]
fn messages_weigh_by_their_severity() {
    let steps = json!([{ "name": "told", "start": true, "on-each": {"callback": 0} }]);
    for (severity, verdict) in
        [(Severity::Info, Verdict::Successful), (Severity::Warn, Verdict::Warning), (Severity::Error, Verdict::Failed)]
    {
        let make = || {
            let quiet = json!({ "name": "quiet", "steps": [{ "name": "one", "start": true, "pipe": {} }] });
            Virtual::of([scenario(4, "immediate", steps.clone()), quiet]).callbacks(&["on-each"], move |_, _, _, effects| {
                effects.messages.push(Message { severity, text: "the stock is low".into() });
                Ok(Output::Nothing)
            })
        };
        on_any_number_of_workers(make, |ran| {
            let [told, quiet] = &ran.report.scenarios[..] else { panic!("two scenarios") };
            assert_eq!((told.verdict, quiet.verdict, ran.report.verdict), (verdict, Verdict::Successful, verdict));
            let [message] = &told.messages[..] else { panic!("{:?}", told.messages) };
            let known = (message.severity, message.step.as_deref(), message.text.as_str(), message.count);
            assert_eq!(known, (severity, Some("told"), "the stock is low", 4));
            assert!(quiet.messages.is_empty());
        });
    }
}

/// §9 messages: an abort cancels its own scenario, as soon as it is left; the others end as usual.
#[test]
fn an_abort_ends_its_scenario_alone() {
    let steps = json!([
        { "name": "waits", "start": true, "delay": "1s", "iterate": { "iterations": 100 } },
        { "name": "told", "after": "waits", "on-each": {"callback": 0} }
    ]);
    let make = || {
        let quiet = json!({ "name": "quiet", "steps": [{ "name": "one", "start": true, "delay": "20s" }] });
        Virtual::of([scenario(4, "immediate", steps.clone()), quiet]).callbacks(&["on-each"], |_, _, _, effects| {
            effects.messages.push(Message { severity: Severity::Abort, text: "there is no stock left".into() });
            Ok(Output::Nothing)
        })
    };
    on_any_number_of_workers(make, |ran| {
        let [told, quiet] = &ran.report.scenarios[..] else { panic!("two scenarios") };
        assert_eq!((told.verdict, quiet.verdict, ran.report.verdict), (Verdict::Aborted, Verdict::Successful, Verdict::Aborted));
        assert!(told.reasons.iter().any(|reason| reason.text.contains("stopped by the step `told`: there is no stock left")), "{told:?}");
        let left: Vec<_> = told.messages.iter().map(|message| (message.severity, message.text.as_str())).collect();
        assert_eq!(left, [(Severity::Abort, "there is no stock left")]);
        assert!(ran.figures(0, "waits").count(Outcome::Success) < 400, "they did not go on");
    });
}

fn opening(work: Json) -> Json {
    json!([{ "name": "ready", "start": true, "pipe": {} }, { "name": "slow", "after": "ready", "work": work }])
}

/// §9: a step that cannot start within 30 s fails the campaign before load, by its name and cause.
#[test]
fn a_step_that_does_not_start_in_time_fails_the_campaign() {
    on_any_number_of_workers(
        || Virtual::new(scenario(2, "immediate", opening(json!({"opens-after": "29s"})))),
        |ran| assert_eq!((ran.counts(0, "slow"), ran.report.verdict), ([2, 0, 0, 0, 0], Verdict::Successful)),
    );
    for workers in [1, 2, 5] {
        let Err(error) = Virtual::new(scenario(2, "immediate", opening(json!({"opens-after": "31s"})))).workers(workers).try_run() else {
            panic!("it has started");
        };
        assert_eq!(error.to_string(), "scenario `tested`, step `slow`: not ready within 30s; is what it connects to reachable?");
        let Err(error) = Virtual::new(scenario(2, "immediate", opening(json!({"refuses": true})))).workers(workers).try_run() else {
            panic!("it has started");
        };
        assert_eq!(error.to_string(), "scenario `tested`, step `slow`: it is closed on Sundays");
    }
}
