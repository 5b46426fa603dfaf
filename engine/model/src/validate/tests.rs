//! Documents in; graphs or all faults out.

mod every_operator;
mod joins;
mod operators;
mod options;
mod random;
mod side_trees;
mod stages;
mod topics;

use serde_json::{Value as Json, json};

use super::*;
use crate::*;

/// A plugin `http` whose steps have a `request` callback, and `http-with` one more option, the step whose connection it uses; its `feed` is a
/// source, with an end if it says so.
struct Http;

impl Catalog for Http {
    fn kinds(&self) -> Vec<(&'static str, &'static str)> {
        vec![("http", "http"), ("http-with", "http"), ("feed", "http")]
    }

    fn check(&self, setup: &StepSetup<'_>) -> Result<PluginUse, Vec<ConfigFault>> {
        if setup.kind == "feed" {
            let endless = setup.config.get("end").is_none();
            return Ok(PluginUse { source: Some(SourceUse { endless }), ..PluginUse::default() });
        }
        let Some(callback) = setup.config.pointer("/request/callback").and_then(Json::as_u64) else {
            let message = "`request` is missing".to_owned();
            return Err(vec![ConfigFault { pointer: "/request".to_owned(), message, hint: None }]);
        };
        let place = CallbackPlace { option: "request".to_owned(), callback: callback as u32, required_use: "request:http".to_owned() };
        let steps = setup.config.get("connection").and_then(Json::as_str).map(str::to_owned);
        Ok(PluginUse { callbacks: vec![place], steps: steps.into_iter().collect(), ..PluginUse::default() })
    }
}

/// The callbacks of all documents here: each place that needs another use has a fault.
const CALLBACKS: [(&str, &str); 3] = [("login", "request:http"), ("id", "map"), ("ok", "verify")];

fn document(extra: Json, steps: Json) -> String {
    let mut scenario = json!({"name": "checkout", "steps": steps});
    let extra = extra.as_object().expect("an object").clone();
    scenario.as_object_mut().expect("an object").extend(extra);
    let callbacks: Vec<_> = CALLBACKS.map(|(name, usage)| json!({"name": name, "use": usage})).into();
    json!({"throng": "0.1", "callbacks": callbacks, "scenarios": [scenario]}).to_string()
}

fn valid(extra: Json, steps: Json) -> Scenario {
    let document = parse_document(&document(extra, steps)).unwrap_or_else(|error| panic!("{error}"));
    validate(&document, &Http).unwrap_or_else(|faults| panic!("{faults}")).remove(0)
}

/// All faults of these steps, one a line, without the scenario's name.
fn faults_of(extra: Json, steps: Json) -> String {
    let document = parse_document(&document(extra, steps)).unwrap_or_else(|error| panic!("{error}"));
    validate(&document, &Http).expect_err("faults").to_string().replace("scenario `checkout`, ", "")
}

/// The faults of one step that comes after `a`; beside them is the side tree `feed`.
fn faults_of_step(step: Json) -> String {
    let mut step = step;
    let options = step.as_object_mut().expect("an object");
    options.entry("name").or_insert(json!("x"));
    options.entry("after").or_insert(json!("a"));
    let others = [json!({"name": "a", "start": true, "pipe": {}}), step, json!({"name": "feed", "feed": {}})];
    faults_of(json!({}), Json::from_iter(others))
}

/// The steps, each with what it follows and what takes its values besides.
fn shape(scenario: &Scenario) -> String {
    let graph = &scenario.graph;
    let names = |numbers: &[StepNumber]| numbers.iter().map(|number| graph.step(*number).name.as_str()).collect::<Vec<_>>().join(" ");
    let line = |step: &Step| {
        let stage = step.stage.map(|stage| format!(" in {}", graph.step(stage).name)).unwrap_or_default();
        format!("{}{stage}: after [{}] next [{}] taps [{}]", step.name, names(&step.previous), names(&step.next), names(&step.taps))
    };
    let trees = graph.trees.iter().map(|tree| format!("tree {} {:?}", graph.step(tree.root).name, tree.run));
    graph.steps.iter().map(line).chain(trees).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn faults(extra: Json, steps: Json, expected: &[&str]) {
    let document = parse_document(&document(extra, steps)).unwrap_or_else(|error| panic!("{error}"));
    let faults = validate(&document, &Http).expect_err("faults").to_string();
    let faults: Vec<_> = faults.lines().map(|line| line.strip_prefix("scenario `checkout`, ").unwrap_or(line)).collect();
    assert_eq!(faults, expected);
}

fn pipe() -> Json {
    json!([{"name": "a", "start": true, "pipe": {}}])
}

#[test]
fn a_graph_in_order() {
    // Written backwards; `join` follows two branches.
    let scenario = valid(
        json!({"retry": {"retries": 2}, "minions": 7, "profile": "regular(1s, 2)", "defaults": {"http": {"url": "http://a"}}}),
        json!([
            {"name": "join", "after": ["left", "right"], "verify": {"callback": 2}},
            {"name": "left", "after": "root", "map": {"callback": 1}, "retry": "none"},
            {"name": "right", "after": "root", "http-with": {"request": {"callback": 0}, "connection": "root"}, "timeout": "2s"},
            {"name": "root", "start": true, "http": {"request": {"callback": 0}}, "tags": {"zone": "eu"}, "tolerate": true},
            {"after": "join", "assert": {"rules": ["status == 200"]}, "report": false, "monitoring": {"events": true}},
            {"after": "join", "delay": "250ms", "iterate": {"iterations": 3, "period": "1s"}},
            {"after": "join", "delay": "1s"}
        ]),
    );
    let steps: Vec<_> = scenario
        .graph
        .steps
        .iter()
        .map(|step| {
            let numbers = |steps: &[StepNumber]| steps.iter().map(|number| number.0).collect::<Vec<_>>();
            (step.name.as_str(), numbers(&step.previous), numbers(&step.next))
        })
        .collect();
    assert_eq!(
        steps,
        [
            ("root", vec![], vec![1, 2]),
            ("left", vec![0], vec![3]),
            ("right", vec![0], vec![3]),
            ("join", vec![1, 2], vec![4, 5, 6]),
            ("_assert-1", vec![3], vec![]),
            ("_delay-1", vec![3], vec![]),
            ("_delay-2", vec![3], vec![]),
        ]
    );
    assert_eq!(scenario.graph.root, StepNumber(0));
    let step = |name: &str| scenario.graph.step(scenario.graph.find(name).expect(name));
    let seconds = std::time::Duration::from_secs;
    assert_eq!((step("root").timeout, step("right").timeout, step("left").timeout), (Some(seconds(10)), Some(seconds(2)), None));
    assert_eq!(step("root").retry.as_ref().map(|retry| (retry.retries, retry.delay)), Some((2, seconds(1))));
    assert_eq!((&step("left").retry, &step("join").retry, &step("_assert-1").retry), (&None, &None, &None));
    assert!(step("root").tolerate && !step("_assert-1").report && step("_assert-1").monitoring.events && step("_assert-1").is_hidden());
    assert_eq!(step("_delay-1").iterate.as_ref().map(|iterate| (iterate.iterations, iterate.period)), Some((3, seconds(1))));
    assert!(matches!(&step("root").kind, StepKind::Plugin { defaults: Some(_), .. }));
    assert_eq!((scenario.minions, scenario.profile.to_string()), (7, "regular(1s, 2)".to_owned()));
}

#[test]
fn functions() {
    let returns = |value: Json| {
        let scenario = valid(json!({"settings": [{"name": "user"}]}), json!([{"start": true, "returns": value}]));
        match &scenario.graph.steps[0].kind {
            StepKind::Operator(Operator::Returns(function)) => format!("{function:?}"),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(returns(json!(5)), "Constant(Number(5))");
    assert_eq!(returns(json!({"a": 1})), "Constant(Object {\"a\": Number(1)})");
    assert_eq!(returns(json!("{setting:user}")), "Template(Template { parts: [Setting(\"user\")] })");
    assert_eq!(returns(json!("{{minion}}")), "Constant(String(\"{minion}\"))");
}

#[test]
fn iterations() {
    let iterate = |iterate: Json| valid(json!({}), json!([{"start": true, "pipe": {}, "iterate": iterate}])).graph.steps.remove(0).iterate;
    let shared = iterate(json!({"total": 10})).expect("iterated");
    assert_eq!([0, 1, 2].map(|minion| shared.iterations_of(minion, 3)), [3, 3, 4]);
    let lasting = iterate(json!({"for": "1m"})).expect("iterated");
    assert_eq!((lasting.iterations, lasting.lasting), (u64::MAX, Some(std::time::Duration::from_secs(60))));
    assert_eq!(iterate(json!({"for": "1m", "iterations": 4})).expect("iterated").iterations_of(0, 3), 4);
    let check = |iterate: Json, expected: &str| {
        faults(json!({}), json!([{"name": "a", "start": true, "pipe": {}, "iterate": iterate}]), &[expected])
    };
    check(json!({"iterations": 0}), "step `a`, /iterate/iterations: 0 iterations do nothing; write at least 1");
    check(
        json!({"iterations": 2, "total": 3}),
        "step `a`, /iterate: both `iterations` and `total` are given; `total` alone is shared by all minions",
    );
    check(json!({"for": "0s"}), "step `a`, /iterate/for: no iteration fits in no time; write a longer duration");
}

#[test]
fn faults_of_edges() {
    faults(json!({}), json!([{"name": "a", "pipe": {}}]), &["/steps: no step is the start; write `\"start\": true` in the step `a`"]);
    faults(
        json!({}),
        json!([{"name": "a", "start": true, "pipe": {}}, {"name": "b", "start": true, "pipe": {}}]),
        &[
            "step `b`, /start: there are two starts, `a` is one already; let it come `after` another step; branches begin at a `split` after `a`",
        ],
    );
    faults(
        json!({}),
        json!([
            {"name": "login", "start": true, "pipe": {}}, {"name": "b", "after": "logn", "pipe": {}}, {"name": "b", "after": [], "pipe": {}},
            {"name": "c", "after": ["login", "login"], "run": "after-load", "pipe": {}}
        ]),
        &[
            "step `b`, /after: there is no step `logn`; did you mean `login`?",
            "step `b`, /name: there are two steps `b`; give each a name of its own",
            "step `b`, /after: the list is empty; name at least one step",
            "step `c`, /after: `login` is there twice; each value is given once",
            "step `c`, /run: `run` is only for the root of a side tree; remove it",
        ],
    );
    faults(
        json!({}),
        json!([
            {"name": "a", "start": true, "pipe": {}}, {"name": "b", "after": ["a", "d"], "pipe": {}}, {"name": "c", "after": "b", "pipe": {}},
            {"name": "d", "after": "c", "pipe": {}}, {"name": "e", "after": "d", "pipe": {}}, {"name": "f", "after": "f", "pipe": {}}
        ]),
        &[
            "step `b`, /after: the step follows itself: `b` after `d` after `c` after `b`; a scenario has no loops; `iterate` repeats a step",
            "step `f`, /after: the step follows itself: `f` after `f`; a scenario has no loops; `iterate` repeats a step",
        ],
    );
    faults(json!({}), json!([]), &["/steps: the scenario has no steps; it needs at least one, with `\"start\": true`"]);
    let many: Vec<_> = (0..1001).map(|_| json!({"pipe": {}})).collect();
    faults(json!({}), json!(many), &["/steps: the scenario has 1001 steps, more than 1000; split the scenario into several"]);
}

#[test]
fn faults_of_kinds() {
    faults(
        json!({}),
        json!([
            {"name": "a", "start": true}, {"name": "b", "after": "a", "htpp": {}}, {"name": "c", "after": "a", "pipe": {}, "timout": "1s"},
            {"name": "d", "after": "a", "pipe": {}, "map": {"callback": 1}}, {"name": "e", "after": "a", "http": {}}
        ]),
        &[
            "step `a`: the step has no kind; add a key such as `http` or `map`",
            "step `b`, /htpp: `htpp` is neither a step kind nor an option of steps; did you mean `http`?",
            "step `c`, /timout: `timout` is neither a step kind nor an option of steps; did you mean `timeout`?",
            "step `d`: the step has several kinds: `pipe`, `map`; make it several steps",
            "step `e`, /http/request: `request` is missing",
        ],
    );
}

#[test]
fn faults_of_configurations() {
    let check = |step: Json, expected: &str| {
        let mut step = step;
        step["name"] = json!("a");
        step["start"] = json!(true);
        faults(json!({}), json!([step]), &[expected]);
    };
    check(json!({"map": {"callbak": 1}}), "step `a`, /map: unknown field `callbak`, expected `callback`; did you mean `callback`?");
    check(json!({"map": 1}), "step `a`, /map: invalid type: integer `1`, expected an object with a callback; write `{\"callback\": 0}`");
    check(
        json!({"map": {"callback": 2}}),
        "step `a`, /map/callback: callback 2, `ok`, is made for `verify`, here one for `map` is needed; callback 1, `id`, is made for it",
    );
    check(
        json!({"filter": {"callback": 9}}),
        "step `a`, /filter/callback: there is no callback 9, the document declares 3; declare one with the use `filter`; they are counted from 0",
    );
    check(
        json!({"http": {"request": {"callback": 1}}}),
        "step `a`, /http/request: callback 1, `id`, is made for `map`, here one for `request:http` is needed; callback 0, `login`, is made for it",
    );
    check(json!({"delay": 250}), "step `a`, /delay: `250` is not a duration; write `250ms`, or another unit: ns, us, ms, s, m, h");
    check(
        json!({"assert": {"rules": ["staus == 200"]}}),
        "step `a`, /assert/rules/0: `staus == 200` is not a check: there is nothing called `staus`; did you mean `status`?",
    );
    check(json!({"returns": "{setting:user}"}), "step `a`, /returns: there is no setting `user`; declare it under `settings`");
    check(json!({"pipe": {}, "timeout": "0s"}), "step `a`, /timeout: a timeout of 0 lets nothing succeed; leave it out");
    check(
        json!({"verify": {"callback": 2}, "retry": {}}),
        "step `a`, /retry: an assertion is never retried; put `retry` on the step whose result is asserted",
    );
    check(json!({"pipe": {}, "retry": {"jitter": 2}}), "step `a`, /retry/jitter: the jitter is 2; write a number from 0 to 1");
    check(json!({"pipe": {"x": 1}}), "step `a`, /pipe: unknown field `x`, there are no fields; write `\"pipe\": {}`");
}

#[test]
fn connections_are_ancestors() {
    let with = |connection: &str| json!({"request": {"callback": 0}, "connection": connection});
    let steps = |connection: &str| {
        json!([
            {"name": "login", "start": true, "http": {"request": {"callback": 0}}}, {"name": "middle", "after": "login", "pipe": {}},
            {"name": "other", "after": "login", "pipe": {}}, {"name": "order", "after": "middle", "http-with": with(connection)}
        ])
    };
    valid(json!({}), steps("login"));
    faults(json!({}), steps("logn"), &["step `order`, /http-with: there is no step `logn`; did you mean `login`?"]);
    let expected = "step `order`, /http-with: the step `other` does not come before this one; name one that comes before it";
    faults(json!({}), steps("other"), &[expected]);
}

#[test]
fn faults_of_a_scenario() {
    faults(
        json!({
            "minions": 0, "profile": "reglar(1s, 5)", "retry": {"multiplier": 0}, "defaults": {"htp": {}},
            "settings": [{"name": "a", "type": "integer", "default": "x"}, {"name": "a"}, {"name": "A b"}, {"name": "c", "required": true, "default": "1"}]
        }),
        json!([{"name": "Place order", "start": true, "pipe": {}}]),
        &[
            "/minions: there are 0 minions; write a number from 1 to 4294967295",
            "/defaults/htp: there is no plugin `htp`; did you mean `http`?",
            "/settings/0/default: the default of the setting `a` is not a whole number",
            "/settings/1/name: there are two settings `a`",
            "/settings/2/name: the name `A b` is not in kebab-case; write `a-b`",
            "/settings/3/default: the setting `c` is required, so its default is never used",
            "/profile: there is no profile `reglar` at column 1; did you mean `regular`?",
            "/retry/multiplier: the multiplier is 0; write a number above 0",
            "step `Place order`, /name: the name `Place order` is not in kebab-case; write `place-order`",
        ],
    );
    faults(
        json!({"profile": "user(1)"}),
        pipe(),
        &["/profile: callback 1, `id`, is made for `map`, here one for `profile` is needed; declare one with the use `profile`"],
    );
    faults(json!({"profile": "rate(0.1, 1s)"}), pipe(), &["/profile: the profile starts nobody; make it longer or its rate higher"]);
    assert_eq!(valid(json!({"profile": "rate(5, 2s)", "minions": 3}), pipe()).minions, 10);
}

#[test]
fn faults_of_a_document() {
    let scenario = json!({"name": "a", "steps": pipe()});
    let json = json!({
        "throng": "7", "targets": ["shop", "http://a"], "callbacks": [{"name": "x", "use": "requst:http"}], "scenarios": [scenario, scenario]
    });
    let faults = validate(&parse_document(&json.to_string()).expect("a shape"), &Http).expect_err("faults").to_string();
    assert_eq!(
        faults.lines().collect::<Vec<_>>(),
        [
            "/throng: this engine does not know version `7` of the format; write `\"throng\": \"0.1\"`",
            "/targets/0: `shop` is not a target: it has no scheme; write it like `http://127.0.0.1:8080` or `tcp://broker:9092`",
            "/callbacks/0/use: the callback `x` has the unknown use `requst:http`; did you mean `request:http`?",
            "/scenarios/1/name: there are two scenarios `a`; give each a name of its own",
        ]
    );
}
