//! Values of several steps at once.

use super::*;

fn join(right: Json) -> Json {
    json!({"right": right, "left-key": {"json": "/id"}, "right-key": "order-{minion}"})
}

#[test]
fn rights_by_name_and_in_place() {
    let scenario = valid(
        json!({}),
        json!([
            {"name": "a", "start": true, "pipe": {}},
            {"name": "seen", "after": "a", "inner-join": join(json!([{"feed": {}}, {"flatten": {}}, {"name": "named", "pipe": {}}]))},
            {"after": "seen", "left-join": join(json!("feed"))},
            {"after": "seen", "zip-last": {"right": [{"feed": {}}]}},
            {"name": "s", "after": "seen", "stage": {"steps": [
                {"name": "in", "pipe": {}}, {"name": "both", "zip": {"right": [{"name": "deep", "feed": {}}]}}
            ]}},
            {"name": "last", "after": "s", "zip": {"right": "in"}},
            {"name": "feed", "feed": {}}, {"after": "named", "black-hole": {}},
            {"name": "piped", "after": "last", "singleton-pipe": {"from": "feed"}}
        ]),
    );
    insta::assert_snapshot!(shape(&scenario), @"
    a: after [] next [seen] taps []
    seen: after [a] next [_left-join-1 _zip-last-1 s] taps []
    _seen-right-1: after [] next [_seen-right-2] taps []
    _seen-right-2: after [_seen-right-1] next [named] taps []
    named: after [_seen-right-2] next [_black-hole-1] taps [seen]
    _left-join-1: after [seen] next [] taps []
    _zip-last-1: after [seen] next [] taps []
    _zip-last-1-right-1: after [] next [] taps [_zip-last-1]
    s: after [seen] next [last] taps []
    in in s: after [] next [both] taps [last]
    both in s: after [in] next [] taps []
    deep: after [] next [] taps [both]
    last: after [s] next [piped] taps []
    feed: after [] next [] taps [_left-join-1 piped]
    _black-hole-1: after [named] next [] taps []
    piped: after [last] next [] taps []
    tree _seen-right-1 During
    tree _zip-last-1-right-1 During
    tree deep During
    tree feed During
    ");
    let join = |name: &str| match &scenario.graph.step(scenario.graph.find(name).expect(name)).kind {
        StepKind::Operator(Operator::Join(join)) => format!("{join:?}"),
        other => panic!("{other:?}"),
    };
    insta::assert_snapshot!(join("seen"), @r#"Join { kind: Inner, right: StepNumber(4), left_key: Json("/id"), right_key: Template(Template { parts: [Text("order-"), Minion] }), timeout: 10s, window: 60s, capacity: 1000000, ttl: None }"#);
}

#[test]
fn nothing_waits_for_itself() {
    let right = |right: &str| {
        faults_of(
            json!({}),
            json!([
                {"name": "a", "start": true, "pipe": {}}, {"name": "s", "after": "a", "stage": {"steps": [
                    {"name": "x", "split": {}}, {"name": "j", "zip": {"right": right}}, {"name": "y", "after": "x", "pipe": {}}
                ], "output": "j"}},
                {"name": "t", "after": "s", "stage": {"steps": [{"name": "z", "pipe": {}}]}}
            ]),
        )
    };
    for after in ["s", "t", "z"] {
        let expected = format!(
            "step `j`, /zip/right: the step `{after}` comes after this one; name a step that comes before it, or is beside it, or in a side tree"
        );
        assert_eq!(right(after), expected);
    }
    insta::assert_snapshot!(right("j"), @"step `j`, /zip/right: the step cannot take its own values; name another step");
    let crosswise = json!([
        {"name": "a", "start": true, "pipe": {}}, {"name": "j", "after": "a", "zip": {"right": "k"}}, {"name": "b", "after": "j", "pipe": {}},
        {"name": "feed", "feed": {}}, {"name": "k", "after": "feed", "zip": {"right": "b"}}
    ]);
    insta::assert_snapshot!(faults_of(json!({}), crosswise), @"
    step `j`, /zip/right: the step `k` comes after this one; name a step that comes before it, or is beside it, or in a side tree
    step `k`, /zip/right: the step `b` comes after this one; name a step that comes before it, or is beside it, or in a side tree
    ");
}

#[test]
fn rights_beside_and_before_are_fine() {
    let scenario = valid(
        json!({}),
        json!([
            {"name": "a", "start": true, "split": {}}, {"name": "b", "after": "a", "pipe": {}}, {"name": "c", "after": "a", "zip": {"right": "b"}},
            {"name": "d", "after": "c", "zip": {"right": "a"}}
        ]),
    );
    insta::assert_snapshot!(shape(&scenario), @"
    a: after [] next [b c] taps [d]
    b: after [a] next [] taps [c]
    c: after [a] next [d] taps []
    d: after [c] next [] taps []
    ");
}

#[test]
fn faults_in_place() {
    let fault = |right: Json| faults_of_step(json!({"name": "j", "zip": {"right": right}}));
    insta::assert_snapshot!(fault(json!([{"feed": {}}, {"pip": {}}])), @"step `_j-right-2`, /pip: `pip` is neither a step kind nor an option of steps; did you mean `pipe`?");
    insta::assert_snapshot!(fault(json!([{"feed": {}}, {"pipe": {}, "after": "a"}])), @"step `_j-right-2`, /after: a step in place comes after the one before it; remove it, or write a side tree and name its step as `right`");
    insta::assert_snapshot!(fault(json!([{"feed": {}, "start": true}])), @"step `_j-right-1`, /start: only a step of the scenario's own list can be the start; remove it; a list inside of a step begins with its first step");
    insta::assert_snapshot!(fault(json!(["feed"])), @r#"step `j`, /zip/right/0: invalid type: string "feed", expected a step"#);
    insta::assert_snapshot!(fault(json!([{"pipe": {}}, {"feed": {}}])), @"step `_j-right-2`, /feed: inside of a side tree there can be no other source than its root; make it the root of a side tree of its own, and take its values with a join or `singleton-pipe`");
}
