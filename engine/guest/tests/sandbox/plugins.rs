//! Step plugins: described, asked about options, called; every instance knows all steps.

use std::sync::Arc;
use std::time::Duration;

use throng_guest::{ConfigureError, LaneConfig, Limits, PluginLanes, StepPlugin, World, world_of};
use throng_model::{Secrets, Targets};
use throng_protocols::{Callbacks, Effects, Session, Value};

use crate::guests::{answer, bytes, call, config, sandbox, settings, shown};

fn plugin() -> Arc<StepPlugin> {
    sandbox().load_step_plugin(&bytes("misfits"), Limits::default()).expect("the plugin loads")
}

/// Lanes with one step of each of these kinds, numbered in their order.
fn lanes(kinds: &[&str]) -> PluginLanes {
    let lanes = plugin().lanes(config(), "test:misfits", &Targets::default()).expect("the plugin starts");
    for (number, kind) in (0..).zip(kinds) {
        assert_eq!(lanes.configure(kind, r#"{"word":"good"}"#), Ok(number));
    }
    lanes
}

#[test]
fn a_plugin_says_what_it_is() {
    assert_eq!([world_of(&bytes("misfits")), world_of(&bytes("echo"))], [Some(World::StepPlugin), Some(World::Scenario)]);
    assert_eq!(world_of(b"{}"), None);
    let plugin = plugin();
    assert!(plugin.describe().expect("described").contains("test:misfits"));
    assert!(plugin.digest().len() == 64 && !plugin.uses_wasi());
}

#[test]
fn a_scenario_is_no_plugin_and_a_plugin_no_scenario() {
    let error = sandbox().load_step_plugin(&bytes("echo"), Limits::default()).expect_err("a scenario");
    assert_eq!(
        error.to_string(),
        "the component does not export `throng:plugin/step-kinds@0.1.0`; it is a scenario: give it as a file to run, not as a plugin"
    );
    let error = sandbox().load(&bytes("misfits"), Limits::default()).expect_err("a plugin");
    assert_eq!(
        error.to_string(),
        "the component does not export `throng:scenario/definition@0.1.0`; \
         it is a step plugin: give it with `--plugin`, beside a scenario that uses its kinds"
    );
}

#[test]
fn a_source_is_asked_for_its_records() {
    assert_eq!(world_of(&bytes("sources")), Some(World::SourcePlugin));
    let plugin = sandbox().load_step_plugin(&bytes("sources"), Limits::default()).expect("the plugin loads");
    assert!(plugin.is_source() && !plugin.may_wait() && !self::plugin().is_source());
    let refused = plugin.check("count", "bad", &Secrets::default()).expect_err("refused");
    assert_eq!(refused.to_string(), "/word: this is bad");
    let lanes = plugin.lanes(config(), "test:sources", &Targets::default()).expect("the plugin starts");
    assert_eq!(lanes.configure("count", "{}"), Ok(0));
    let next = |asked| {
        let answer = Callbacks::call(&lanes, call(0), &Value::Integer(asked), &mut Session::default(), &mut Effects::default());
        answer.expect("records")
    };
    assert_eq!(format!("{:?}", next(3)), "One(Integer(9))");
    assert_eq!(format!("{:?}", next(4)), "Nothing");
    assert_eq!(format!("{:?}", next(0)), "Many([Integer(0), Integer(1), Integer(2)])");
}

#[test]
fn options_are_looked_at() {
    let plugin = plugin();
    assert_eq!(plugin.check("configured", r#"{"word":"good"}"#, &Secrets::default()), Ok(()));
    let refused = plugin.check("configured", r#"{"word":"bad"}"#, &Secrets::default()).expect_err("refused");
    assert!(matches!(&refused, ConfigureError::Refused(refusals) if refusals.len() == 2), "{refused:?}");
    assert_eq!(refused.to_string(), "/word: this is bad; write a good one; this is bad");
    let trapped = plugin.check("stumble", "{}", &Secrets::default()).expect_err("trapped").to_string();
    assert_eq!(trapped, "it failed while it looked at the options: the guest panicked or gave up (it ran into `unreachable`)");
}

#[test]
fn every_instance_knows_all_steps() {
    let lanes = lanes(&["trap", "configured", "echo"]);
    assert_eq!(shown(answer(&lanes, 0, &Value::None)), "trapped trap: the guest panicked or gave up (it ran into `unreachable`)");
    assert_eq!(shown(answer(&lanes, 1, &Value::None)), r#"json {"word":"good"}"#);
    assert!(lanes.configure("configured", r#"{"word":"bad"}"#).is_err());
    assert_eq!(lanes.configure("configured", r#"{"word":"fine"}"#), Ok(3), "a step that was refused has no number");
    assert_eq!(shown(answer(&lanes, 3, &Value::None)), r#"json {"word":"fine"}"#);
    assert_eq!(shown(answer(&lanes, 2, &Value::Text("as it was".into()))), "text as it was");
    assert_eq!(Callbacks::statistics(&lanes).traps, 1);
}

#[test]
fn a_step_that_never_ends_runs_into_its_deadline() {
    let limits = Limits { call_time: Duration::from_millis(20), ..Limits::default() };
    let lanes = plugin().lanes(LaneConfig { limits, ..config() }, "test:misfits", &Targets::default()).expect("the plugin starts");
    lanes.configure("spin", "{}").expect("taken");
    assert!(shown(answer(&lanes, 0, &Value::None)).starts_with("trapped deadline: the guest computed for more than 20ms"));
}

#[test]
fn a_plugin_sees_its_own_part_of_the_session_only() {
    let secrets = Arc::new(settings(&[("secret", "of the scenario")]));
    let lanes =
        plugin().lanes(LaneConfig { settings: secrets, ..config() }, "test:misfits", &Targets::default()).expect("the plugin starts");
    for kind in ["count", "peek"] {
        lanes.configure(kind, "{}").expect("taken");
    }
    let (mut session, mut effects) = (Session::default(), Effects::default());
    session.set("token".into(), b"t-7".to_vec()).expect("room");
    session.set("visits".into(), vec![40]).expect("room");
    let counts = [(), ()].map(|()| shown(lanes.call(call(0), &Value::None, &mut session, &mut effects)));
    assert_eq!(counts, ["integer 1", "integer 2"]);
    assert_eq!([session.get("visits"), session.get("test:misfits/visits")], [Some(&[40][..]), Some(&[2])]);
    // What settings there are is for those to say who set the lanes up.
    assert_eq!(shown(lanes.call(call(1), &Value::None, &mut session, &mut effects)), "boolean true");
}
