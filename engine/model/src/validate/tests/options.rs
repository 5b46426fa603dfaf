//! Options that fit some kinds of steps only.

use std::time::Duration;

use super::*;

#[test]
fn faults() {
    let fault = faults_of_step;
    insta::assert_snapshot!(fault(json!({"pipe": {}, "concurrency": 0})), @"step `x`, /concurrency: a concurrency of 0 lets no value go on; write at least 1");
    insta::assert_snapshot!(fault(json!({"pipe": {}, "settle": "1s"})), @r#"step `x`, /settle: `settle` is only for a side tree that runs after the load; remove it, or add `"run": "after-load"`"#);
    insta::assert_snapshot!(fault(json!({"feed": {}, "iterate": {"iterations": 2}})), @"step `x`, /iterate: a source is never iterated; remove it");
    insta::assert_snapshot!(fault(json!({"collect": {"batch": 2}, "iterate": {"iterations": 2}})), @"step `x`, /iterate: `collect` takes each value once; remove it");
    for kind in ["log-errors", "recover"] {
        let fault = fault(json!({kind: {}, "iterate": {"iterations": 2}}));
        assert_eq!(fault, "step `x`, /iterate: what processes errors is never iterated; remove it");
    }
    insta::assert_snapshot!(faults_of(json!({"max-in-flight": {"limit": 0}}), pipe()), @"/max-in-flight/limit: a limit of 0 lets nobody start; write at least 1");
}

#[test]
fn defaults() {
    let step = valid(json!({}), json!([{"start": true, "pipe": {}, "retry": {}, "iterate": {}}])).graph.steps.remove(0);
    let seconds = Duration::from_secs;
    let retry = Retry { retries: 3, delay: seconds(1), multiplier: 1.0, max_delay: seconds(3600), jitter: 0.0 };
    assert_eq!(step.retry, Some(retry));
    let iterate = step.iterate.expect("iterated");
    assert_eq!((iterate.iterations, iterate.period, iterate.stop_on_error), (1, Duration::ZERO, false));
    assert_eq!((step.name.as_str(), step.timeout, step.concurrency), ("_pipe-1", None, 1));
    assert_eq!((step.report, step.monitoring.meters, step.monitoring.events, step.tolerate), (true, true, false, false));
    assert!(step.tags.is_empty());
}

/// Two limits for one wait: the step's must leave the join's its time.
#[test]
fn a_join_decides_before_its_step_times_out() {
    let steps = |timeout: &str| {
        json!([
            {"start": true, "name": "a", "pipe": {}}, {"name": "feed", "feed": {}}, {"name": "x", "after": "a", "timeout": timeout,
             "inner-join": {"right": "feed", "left-key": {"json": ""}, "right-key": {"json": ""}, "timeout": "5s"}}
        ])
    };
    insta::assert_snapshot!(faults_of(json!({}), steps("2s")), @r#"step `x`, /timeout: after 2s a value that may wait 5s for its counterpart would be neither matched nor missing; write `"timeout": "2s"` inside of `inner-join` instead"#);
    insta::assert_snapshot!(faults_of(json!({}), steps("5s")), @r#"step `x`, /timeout: after 5s a value that may wait 5s for its counterpart would be neither matched nor missing; write `"timeout": "5s"` inside of `inner-join` instead"#);
    assert_eq!(valid(json!({}), steps("6s")).graph.steps.len(), 3);
}

#[test]
fn retries_are_inherited_where_they_make_sense() {
    let scenario = valid(
        json!({"retry": {"retries": 2}}),
        json!([
            {"name": "a", "start": true, "map": {"callback": 1}}, {"name": "b", "after": "a", "assert": {"rules": ["status == 200"]}},
            {"name": "c", "after": "b", "stage": {"steps": [{"name": "d", "pipe": {}}]}},
            {"name": "e", "after": "c", "stage": {"steps": [{"name": "f", "pipe": {}, "retry": "none"}]}, "retry": {"retries": 1}},
            {"name": "g", "feed": {}}
        ]),
    );
    let retries: Vec<_> =
        scenario.graph.steps.iter().map(|step| (step.name.as_str(), step.retry.as_ref().map(|retry| retry.retries))).collect();
    let expected = [("a", Some(2)), ("b", None), ("c", None), ("d", Some(2)), ("e", Some(1)), ("f", None), ("g", Some(2))];
    assert_eq!(retries, expected);
}

#[test]
fn timeouts_and_concurrency() {
    let scenario = valid(
        json!({}),
        json!([
            {"name": "a", "start": true, "http": {"request": {"callback": 0}}, "concurrency": 3}, {"name": "b", "after": "a", "feed": {}},
            {"name": "c", "after": "b", "feed": {}, "timeout": "1s"}, {"name": "d", "after": "c", "stage": {"steps": [{"pipe": {}}]}}
        ]),
    );
    let step = |name: &str| scenario.graph.step(scenario.graph.find(name).expect(name));
    assert_eq!(["a", "b", "c", "d"].map(|name| step(name).timeout.map(|timeout| timeout.as_secs())), [Some(10), None, Some(1), None]);
    assert_eq!((step("a").concurrency, step("b").concurrency), (3, 1));
}

#[test]
fn cap_on_minions() {
    let cap = |cap: Json| valid(json!({"max-in-flight": cap}), pipe()).max_in_flight;
    assert_eq!(cap(json!({"limit": 5})), Some(MaxInFlight { limit: 5, policy: InFlightPolicy::Queue }));
    assert_eq!(cap(json!({"limit": 5, "policy": "stop"})), Some(MaxInFlight { limit: 5, policy: InFlightPolicy::Stop }));
    assert_eq!(valid(json!({}), pipe()).max_in_flight, None);
}

#[test]
fn settling() {
    let tree = |settle: Json| {
        let steps = json!([{"start": true, "pipe": {}}, {"pipe": {}, "run": "after-load", "settle": settle}]);
        valid(json!({}), steps).graph.trees.remove(0).run
    };
    assert_eq!(tree(json!("2s")), TreeRun::AfterLoad { settle: Duration::from_secs(2) });
    assert_eq!(tree(Json::Null), TreeRun::AfterLoad { settle: Duration::ZERO });
}
