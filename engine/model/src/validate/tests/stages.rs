//! Steps inside of a step.

use super::*;

fn stage(config: Json) -> Json {
    json!([{"name": "a", "start": true, "pipe": {}}, {"name": "s", "after": "a", "stage": config}, {"name": "z", "after": "s", "pipe": {}}])
}

#[test]
fn steps_of_a_stage_are_steps_of_the_graph() {
    let scenario = valid(
        json!({}),
        stage(json!({"steps": [
            {"name": "begin", "split": {}},
            {"name": "left", "pipe": {}},
            {"name": "inner", "after": "begin", "stage": {"steps": [{"pipe": {}}, {"delay": "1s"}]}},
            {"name": "end", "after": ["left", "inner"], "pipe": {}}
        ]})),
    );
    insta::assert_snapshot!(shape(&scenario), @"
    a: after [] next [s] taps []
    s: after [a] next [z] taps []
    begin in s: after [] next [left inner] taps []
    left in s: after [begin] next [end] taps []
    inner in s: after [begin] next [end] taps []
    _pipe-1 in inner: after [] next [_delay-1] taps []
    _delay-1 in inner: after [_pipe-1] next [] taps []
    end in s: after [left inner] next [] taps []
    z: after [s] next [] taps []
    ");
    let kind = |name: &str| format!("{:?}", scenario.graph.step(scenario.graph.find(name).expect(name)).kind);
    assert_eq!(kind("s"), "Operator(Stage { first: StepNumber(2), output: StepNumber(7) })");
    assert_eq!(kind("inner"), "Operator(Stage { first: StepNumber(5), output: StepNumber(6) })");
}

#[test]
fn a_stage_emits_what_it_says() {
    let steps = json!([{"name": "x", "pipe": {}}, {"name": "y", "pipe": {}}, {"name": "w", "after": "x", "pipe": {}}]);
    let scenario = valid(json!({}), stage(json!({"steps": steps, "output": "x"})));
    assert_eq!(format!("{:?}", scenario.graph.steps[1].kind), "Operator(Stage { first: StepNumber(2), output: StepNumber(2) })");
}

#[test]
fn faults() {
    let fault = |config: Json| faults_of(json!({}), stage(config));
    insta::assert_snapshot!(fault(json!({})), @r#"step `s`, /stage: missing field `steps`; write `"stage": {"steps": [{"http": {}}, {"assert": {}}]}`"#);
    insta::assert_snapshot!(fault(json!({"steps": []})), @"step `s`, /stage/steps: the stage has no steps; it needs at least one");
    insta::assert_snapshot!(fault(json!({"steps": [5]})), @"step `s`, /stage/steps/0: invalid type: integer `5`, expected a step");
    insta::assert_snapshot!(fault(json!({"steps": [{"pipe": {}, "timeout": 5}, {"retry": {"retrys": 1}}]})), @r#"
    step `s`, /stage/steps/0: 5 has no unit; write `"5ms"`
    step `s`, /stage/steps/1: unknown field `retrys`; did you mean `retries`?
    "#);
    insta::assert_snapshot!(fault(json!({"steps": [{"name": "x", "pip": {}}]})), @"step `x`, /pip: `pip` is neither a step kind nor an option of steps; did you mean `pipe`?");
    insta::assert_snapshot!(fault(json!({"steps": [{"name": "x", "pipe": {}, "after": "a"}]})), @"step `x`, /after: the first step of a stage is where it begins; remove it, or let the stage begin with another step");
    insta::assert_snapshot!(fault(json!({"steps": [{"name": "x", "pipe": {}, "start": true}]})), @"step `x`, /start: only a step of the scenario's own list can be the start; remove it; a list inside of a step begins with its first step");
    insta::assert_snapshot!(fault(json!({"steps": [{"pipe": {}}, {"name": "x", "pipe": {}, "after": "a"}]})), @"step `x`, /after: `a` is not a step of the same stage, `s`; inside of a stage, steps come after steps of the same stage only");
    insta::assert_snapshot!(fault(json!({"steps": [{"name": "z", "pipe": {}}]})), @"step `z`, /name: there are two steps `z`; give each a name of its own");
    insta::assert_snapshot!(fault(json!({"steps": [{"name": "x", "collect": {"batch": 5}}]})), @"step `x`, /collect: a list belongs to no minion, so `collect` cannot be inside of a stage; collect after the stage");
    insta::assert_snapshot!(fault(json!({"steps": [{"name": "x", "pipe": {}}], "output": "z"})), @"step `s`, /stage/output: there is no step `z` in the stage; did you mean `x`?");
    insta::assert_snapshot!(fault(json!({"steps": [{"name": "x", "returns": "{setting:user}"}]})), @"step `x`, /returns: there is no setting `user`; declare it under `settings`");
    let ends = json!([{"name": "x", "pipe": {}}, {"name": "y", "pipe": {}}, {"name": "w", "after": "x", "pipe": {}}]);
    insta::assert_snapshot!(fault(json!({"steps": ends})), @"step `s`, /stage: the stage ends with several steps: `y`, `w`; say with `output` which one gives the stage's values");
    let loops = json!([{"pipe": {}}, {"name": "x", "pipe": {}, "after": "y"}, {"name": "y", "pipe": {}}]);
    insta::assert_snapshot!(fault(json!({"steps": loops})), @"step `x`, /after: the step follows itself: `x` after `y` after `x`; a scenario has no loops; `iterate` repeats a step");
    let outside = json!([
        {"name": "a", "start": true, "stage": {"steps": [{"name": "x", "pipe": {}}]}}, {"name": "b", "after": "x", "pipe": {}},
        {"name": "c", "after": "b", "stage": {"steps": [{"name": "y", "pipe": {}}, {"name": "w", "pipe": {}, "after": "x"}]}}
    ]);
    insta::assert_snapshot!(faults_of(json!({}), outside), @"
    step `b`, /after: `x` is inside of the stage `a`; come after `a`
    step `w`, /after: `x` is not a step of the same stage, `c`; inside of a stage, steps come after steps of the same stage only
    ");
}

#[test]
fn steps_inside_count() {
    let steps: Vec<_> = (0..999).map(|_| json!({"pipe": {}})).collect();
    insta::assert_snapshot!(faults_of(json!({}), stage(json!({"steps": steps}))), @"/steps: the scenario has 1002 steps, more than 1000; split the scenario into several");
}

#[test]
fn connections_of_a_stage() {
    let http = |name: &str| json!({"name": name, "http": {"request": {"callback": 0}}});
    let with = |name: &str, connection: &str| json!({"name": name, "http-with": {"request": {"callback": 0}, "connection": connection}});
    let steps = |connection: &str| {
        let mut start = http("login");
        start["start"] = json!(true);
        let mut end = with("end", "inner");
        end["after"] = json!("s");
        json!([start, {"name": "s", "after": "login", "stage": {"steps": [http("inner"), with("use", connection)]}}, end])
    };
    valid(json!({}), steps("login"));
    valid(json!({}), steps("inner"));
    insta::assert_snapshot!(faults_of(json!({}), steps("s")), @"step `use`, /http-with: the step `s` does not come before this one; name one that comes before it");
}
