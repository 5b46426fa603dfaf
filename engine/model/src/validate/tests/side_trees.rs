//! Steps beside what minions walk.

use super::*;

#[test]
fn trees_in_the_order_of_the_document() {
    let scenario = valid(
        json!({"profile": "stages(stage(100%, 1s, 2s))"}),
        json!([
            {"name": "check", "http": {"request": {"callback": 0}}, "run": "after-load", "settle": "1s"},
            {"name": "start", "start": true, "pipe": {}},
            {"name": "seed", "http": {"request": {"callback": 0}}, "run": "before-load"},
            {"name": "more", "after": "seed", "pipe": {}},
            {"name": "each", "pipe": {}, "run": "after-stage"},
            {"name": "feed", "feed": {}}
        ]),
    );
    insta::assert_snapshot!(shape(&scenario), @"
    check: after [] next [] taps []
    start: after [] next [] taps []
    seed: after [] next [more] taps []
    more: after [seed] next [] taps []
    each: after [] next [] taps []
    feed: after [] next [] taps []
    tree check AfterLoad { settle: 1s }
    tree seed BeforeLoad
    tree each AfterStage
    tree feed During
    ");
    assert_eq!(scenario.graph.step(scenario.graph.root).name, "start");
}

#[test]
fn faults() {
    let run = |run: &str| faults_of(json!({}), json!([{"name": "a", "start": true, "pipe": {}}, {"name": "b", "pipe": {}, "run": run}]));
    insta::assert_snapshot!(run("after-stage"), @"step `b`, /run: the profile has no stages; give the scenario a profile like `stages(stage(100%, 10s, 1m))`, or write `after-load`");
    let two_trees = json!([
        {"name": "a", "start": true, "pipe": {}}, {"name": "b", "pipe": {}}, {"name": "c", "after": ["a", "b"], "pipe": {}},
        {"name": "d", "after": "c", "pipe": {}}
    ]);
    insta::assert_snapshot!(faults_of(json!({}), two_trees), @"step `c`, /after: it follows steps of two trees, those of `a` and of `b`; values of another tree come through a join, a zip or `singleton-pipe`");
    let settle = json!([{"name": "a", "start": true, "pipe": {}}, {"name": "b", "pipe": {}, "run": "before-load", "settle": "1s"}]);
    insta::assert_snapshot!(faults_of(json!({}), settle), @r#"step `b`, /settle: `settle` is only for a side tree that runs after the load; remove it, or add `"run": "after-load"`"#);
    insta::assert_snapshot!(faults_of(json!({}), json!([{"name": "a", "start": true, "pipe": {}, "run": "during"}])), @"step `a`, /run: `run` is only for the root of a side tree; remove it");
    let nested = json!([{"name": "a", "start": true, "stage": {"steps": [{"name": "b", "pipe": {}, "run": "during"}]}}]);
    insta::assert_snapshot!(faults_of(json!({}), nested), @"step `b`, /run: `run` is only for the root of a side tree; remove it");
    let in_place = json!({"zip": {"right": [{"name": "b", "feed": {"end": true}, "run": "before-load"}]}});
    for run in ["before-load", "after-load"] {
        let endless = json!([{"name": "a", "start": true, "pipe": {}}, {"name": "poll", "feed": {}, "run": run}]);
        insta::allow_duplicates!(
            insta::assert_snapshot!(faults_of(json!({}), endless), @"step `poll`, /run: `feed` has no end, so that the tree would not end before the campaign's hard timeout; remove `run`, so that it runs while there is load, or begin the tree with a step that ends")
        );
    }
    insta::assert_snapshot!(faults_of_step(in_place), @"step `b`, /run: steps in place run while there is load; remove it, or write a side tree and name its step as `right`");
}
