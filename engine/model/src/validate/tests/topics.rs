//! Sources, and how their records reach the minions that visit them.

use super::*;

fn topic_of(step: Json) -> String {
    let mut step = step;
    step["after"] = json!("a");
    step["name"] = json!("x");
    let steps =
        json!([{"name": "a", "start": true, "pipe": {}}, step, {"name": "feed", "feed": {}}, {"name": "finite", "feed": {"end": 9}}]);
    let scenario = valid(json!({}), steps);
    format!("{:?}", scenario.graph.step(scenario.graph.find("x").expect("x")).topic.as_ref().expect("a topic"))
}

#[test]
fn topics() {
    insta::assert_snapshot!(topic_of(json!({"feed": {}})), @"Topic { mode: Unicast { buffer: 1000 }, at_end: Wait, idle_timeout: None, cache_limit: 67108864, keep_input: false }");
    insta::assert_snapshot!(
        topic_of(json!({"feed": {}, "topic": {"mode": "broadcast", "buffer": 0, "at-end": "fail", "idle-timeout": "1m", "keep-input": true}})),
        @"Topic { mode: Broadcast { buffer: Some(0) }, at_end: Fail, idle_timeout: Some(60s), cache_limit: 67108864, keep_input: true }"
    );
    insta::assert_snapshot!(topic_of(json!({"feed": {"end": 9}, "topic": {"mode": "loop", "cache-limit": "1MiB", "at-end": "complete"}})), @"Topic { mode: Loop { buffer: None }, at_end: Complete, idle_timeout: None, cache_limit: 1048576, keep_input: false }");
    insta::assert_snapshot!(topic_of(json!({"singleton-pipe": {"from": "finite"}, "topic": {"mode": "broadcast"}})), @"Topic { mode: Broadcast { buffer: None }, at_end: Wait, idle_timeout: None, cache_limit: 67108864, keep_input: false }");
    insta::assert_snapshot!(topic_of(json!({"singleton-pipe": {"from": "feed"}})), @"Topic { mode: Unicast { buffer: 1000 }, at_end: Wait, idle_timeout: None, cache_limit: 67108864, keep_input: false }");
}

#[test]
fn sources_stand_where_minions_visit_or_at_a_root() {
    let scenario = valid(
        json!({}),
        json!([{"name": "a", "start": true, "feed": {}}, {"name": "s", "after": "a", "stage": {"steps": [{"name": "in", "feed": {}}]}}, {"name": "side", "feed": {}}]),
    );
    let topics: Vec<_> = scenario.graph.steps.iter().map(|step| (step.name.as_str(), step.topic.is_some())).collect();
    assert_eq!(topics, [("a", true), ("s", false), ("in", true), ("side", false)]);
    let side = |step: Json| faults_of(json!({}), json!([{"name": "a", "start": true, "pipe": {}}, {"name": "b", "pipe": {}}, step]));
    insta::assert_snapshot!(side(json!({"name": "c", "after": "b", "feed": {}})), @"step `c`, /feed: inside of a side tree there can be no other source than its root; make it the root of a side tree of its own, and take its values with a join or `singleton-pipe`");
    insta::assert_snapshot!(side(json!({"name": "c", "after": "b", "stage": {"steps": [{"name": "d", "feed": {}}]}})), @"step `d`, /feed: inside of a side tree there can be no other source than its root; make it the root of a side tree of its own, and take its values with a join or `singleton-pipe`");
    insta::assert_snapshot!(side(json!({"name": "c", "feed": {}, "topic": {}})), @"step `c`, /topic: only a source that minions visit has a topic, and `singleton-pipe`; remove it");
}

#[test]
fn faults() {
    let topic = |topic: Json| faults_of_step(json!({"feed": {}, "topic": topic}));
    insta::assert_snapshot!(topic(json!({"mode": "broadcast"})), @"step `x`, /topic: the source has no end, so not all of its records can be kept; give a `buffer`");
    insta::assert_snapshot!(topic(json!({"mode": "loop"})), @"step `x`, /topic: the source has no end, so not all of its records can be kept; give a `buffer`");
    insta::assert_snapshot!(topic(json!({"buffer": 0})), @"step `x`, /topic/buffer: a buffer of 0 keeps nothing; write at least 1; only `broadcast` can do without");
    insta::assert_snapshot!(topic(json!({"mode": "loop", "buffer": 0})), @"step `x`, /topic/buffer: a buffer of 0 keeps nothing; write at least 1; only `broadcast` can do without");
    insta::assert_snapshot!(topic(json!({"cache-limit": 0})), @"step `x`, /topic/cache-limit: a limit of 0 keeps nothing; write a size like `64MiB`");
    insta::assert_snapshot!(topic(json!({"idle-timeout": "0s"})), @"step `x`, /topic/idle-timeout: a timeout of 0 leaves nobody in the topic; write a longer duration");
    insta::assert_snapshot!(faults_of_step(json!({"pipe": {}, "topic": {}})), @"step `x`, /topic: only a source that minions visit has a topic, and `singleton-pipe`; remove it");
    insta::assert_snapshot!(faults_of_step(json!({"singleton-pipe": {"from": "feed"}, "topic": {"mode": "loop"}})), @"step `x`, /topic: the source has no end, so not all of its records can be kept; give a `buffer`");
    let before = json!([
        {"name": "a", "start": true, "singleton-pipe": {"from": "c"}}, {"name": "b", "feed": {"end": true}, "run": "before-load"},
        {"name": "c", "after": "b", "pipe": {}}
    ]);
    insta::assert_snapshot!(faults_of(json!({}), before), @"step `a`, /singleton-pipe/from: the step `c` is in no side tree that runs while there is load; name a step of a tree whose root has neither `start`, `after` nor another `run`");
}
