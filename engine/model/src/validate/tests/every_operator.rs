//! One document with every operator, side trees and a topic.

use std::collections::BTreeSet;

use super::*;
use crate::validate::operators::operators;

const DOCUMENT: &str = r#"{"throng": "0.1",
  "callbacks": [
    {"name": "make", "use": "returns"}, {"name": "run", "use": "execute"}, {"name": "change", "use": "map"},
    {"name": "spread", "use": "flat-map"}, {"name": "sift", "use": "filter"}, {"name": "see", "use": "on-each"},
    {"name": "prove", "use": "verify"}, {"name": "weigh", "use": "verify-and-map"}, {"name": "examine", "use": "validate"},
    {"name": "notice", "use": "catch-errors"}, {"name": "rescue", "use": "catch-exhausted"}, {"name": "mend", "use": "recover"},
    {"name": "id", "use": "key"}, {"name": "records", "use": "datasource"}, {"name": "rhythm", "use": "pace"},
    {"name": "amount", "use": "number"}, {"name": "share", "use": "rate"}
  ],
  "scenarios": [{
    "name": "everything", "minions": 5, "profile": "stages(stage(5, 1s, 2s))", "max-in-flight": {"limit": 3, "policy": "drop"},
    "retry": {"retries": 2},
    "steps": [
      {"name": "values", "start": true, "returns": {"callback": 0}, "concurrency": 4},
      {"after": "values", "execute": {"callback": 1}},
      {"after": "_execute-1", "map": {"callback": 2}},
      {"after": "_map-1", "flat-map": {"callback": 3}},
      {"after": "_flat-map-1", "flatten": {}},
      {"after": "_flatten-1", "filter": {"callback": 4}},
      {"after": "_filter-1", "filter-not-none": {}},
      {"after": "_filter-not-none-1", "on-each": {"callback": 5}},
      {"after": "_on-each-1", "delay": "5ms"},
      {"name": "branches", "after": "_delay-1", "split": {}},
      {"after": "branches", "pipe": {}},
      {"after": "_pipe-1", "black-hole": {}},
      {"name": "checks", "after": "branches", "verify": {"callback": 6}},
      {"after": "checks", "verify-and-map": {"callback": 7}},
      {"after": "_verify-and-map-1", "assert": {"rules": ["status == 200"]}, "tolerate": true},
      {"after": "_assert-1", "validate": {"callback": 8}},
      {"name": "errors", "after": "_validate-1", "catch-errors": {"callback": 9}},
      {"after": "errors", "log-errors": {}},
      {"after": "_log-errors-1", "catch-exhausted": {"callback": 10}},
      {"after": "_catch-exhausted-1", "recover": "order-{minion}"},
      {"after": "_recover-1", "recover": {"callback": 11}},
      {"name": "shipped", "after": "_recover-2", "inner-join": {
        "right": "feed", "left-key": {"callback": 12}, "right-key": {"json": "/id"}, "timeout": "5s", "ttl": "1m"}},
      {"after": "shipped", "left-join": {"right": [{"datasource": {"callback": 13}}, {"flatten": {}}],
        "left-key": "order-{minion}", "right-key": {"json": ""}, "window": "0s", "capacity": 7}},
      {"after": "_left-join-1", "zip": {"right": "feed", "buffer": 9}},
      {"after": "_zip-1", "zip-last": {"right": "feed"}},
      {"after": "_zip-last-1", "singleton-pipe": {"from": "feed"}, "topic": {"mode": "broadcast", "buffer": 5, "keep-input": true}},
      {"name": "visited", "after": "_singleton-pipe-1", "datasource": {"callback": 13}, "topic": {"at-end": "complete"}},
      {"name": "time", "after": "visited", "constant-pace": "10ms"},
      {"after": "time", "accelerating-pace": {"start": "1s", "accelerator": 1.5, "min": "100ms"}},
      {"after": "_accelerating-pace-1", "pace": {"callback": 14}},
      {"name": "memory", "after": "_pace-1", "shelve": {"values": {
        "all": {}, "order": {"json": "/id"}, "key": "k-{minion}", "made": {"callback": 2}}, "ttl": "1m"}},
      {"after": "memory", "unshelve": {"names": ["all", "order"]}},
      {"after": "_unshelve-1", "unshelve-and-delete": {"names": ["key"]}},
      {"name": "part", "after": "_unshelve-and-delete-1", "iterate": {"iterations": 2}, "stage": {"output": "inner", "steps": [
        {"name": "inside", "split": {}}, {"name": "inner", "stage": {"steps": [{"name": "deep", "pipe": {}}]}},
        {"name": "aside", "after": "inside", "black-hole": {}}]}},
      {"name": "meters", "after": "part", "counter": {}},
      {"after": "meters", "gauge": {"name": "height", "value": {"callback": 15}}},
      {"after": "_gauge-1", "timer": {"value": {"json": "/took"}}},
      {"after": "_timer-1", "summary": {"value": {"json": "/size"}}},
      {"after": "_summary-1", "throughput": {"value": {"json": "/size"}}},
      {"after": "_throughput-1", "rate": {"name": "share", "value": {"callback": 16}, "should": ["mean < 0.5"]}},
      {"after": "_rate-1", "collect": {"timeout": "1s", "batch": 100}},
      {"name": "feed", "datasource": {"callback": 13}},
      {"name": "seed", "pipe": {}, "run": "before-load"},
      {"name": "verdict", "pipe": {}, "run": "after-load", "settle": "2s"},
      {"name": "between", "pipe": {}, "run": "after-stage"}
    ]}]}"#;

fn scenario() -> Scenario {
    let document = parse_document(DOCUMENT).unwrap_or_else(|error| panic!("{error}"));
    validate(&document, &Http).unwrap_or_else(|faults| panic!("{faults}")).remove(0)
}

#[test]
fn is_there() {
    let scenario = scenario();
    let used: BTreeSet<&str> = scenario.graph.steps.iter().map(|step| step.kind.name()).collect();
    assert_eq!(used, operators().map(|operator| operator.name).collect());
}

#[test]
fn is_written_as_it_is_read() {
    let document = parse_document(DOCUMENT).expect("a shape");
    let written = serde_json::to_string(&document).expect("writable");
    assert_eq!(parse_document(&written).expect("a shape"), document);
}

#[test]
fn as_text() {
    insta::assert_snapshot!(to_text(&scenario()), @r#"
    everything (version 0)
      minions: 5
      profile: stages(stage(5, 1s, 2s), completion: graceful)
      max-in-flight: 3, then drop
      steps:
        values: returns `make` [2 retries after 1s; 4 at a time]
        _execute-1: execute `run` [2 retries after 1s]
        _map-1: map `change` [2 retries after 1s]
        _flat-map-1: flat-map `spread` [2 retries after 1s]
        _flatten-1: flatten [2 retries after 1s]
        _filter-1: filter `sift` [2 retries after 1s]
        _filter-not-none-1: filter-not-none [2 retries after 1s]
        _on-each-1: on-each `see` [2 retries after 1s]
        _delay-1: delay 5ms [2 retries after 1s]
        branches: split [2 retries after 1s]
        ├─ _pipe-1: pipe [2 retries after 1s]
        │  _black-hole-1: black-hole [2 retries after 1s]
        └─ checks: verify `prove`
           _verify-and-map-1: verify-and-map `weigh`
           _assert-1: assert status == 200 [tolerated]
           _validate-1: validate `examine` [2 retries after 1s]
           errors: catch-errors `notice` [2 retries after 1s]
           _log-errors-1: log-errors [2 retries after 1s]
           _catch-exhausted-1: catch-exhausted `rescue` [2 retries after 1s]
           _recover-1: recover order-{minion} [2 retries after 1s]
           _recover-2: recover `mend` [2 retries after 1s]
           shipped: inner-join feed, `id` = json:/id, within 5s, window 1m, capacity 1000000, ttl 1m [2 retries after 1s]
           _left-join-1: left-join _left-join-1-right-2, "order-{minion}" = json:, within 10s, window 0s, capacity 7 [2 retries after 1s]
           _zip-1: zip feed, buffer 9 [2 retries after 1s]
           _zip-last-1: zip-last feed [2 retries after 1s]
           _singleton-pipe-1: singleton-pipe feed [broadcast topic, buffer 5, with the input; 2 retries after 1s]
           visited: datasource `records` [unicast topic, buffer 1000; 2 retries after 1s]
           time: constant-pace 10ms [2 retries after 1s]
           _accelerating-pace-1: accelerating-pace 1s ÷ 1.5 each time, at least 100ms [2 retries after 1s]
           _pace-1: pace `rhythm` [2 retries after 1s]
           memory: shelve all = input, order = json:/id, key = "k-{minion}", made = `change`, for 1m [2 retries after 1s]
           _unshelve-1: unshelve all, order [2 retries after 1s]
           _unshelve-and-delete-1: unshelve-and-delete key [2 retries after 1s]
           part: stage that emits what inner emits [2 iterations]
               inside: split [2 retries after 1s]
               ├─ inner: stage that emits what deep emits
               │      deep: pipe [2 retries after 1s]
               └─ aside: black-hole [2 retries after 1s]
           meters: counter meters of 1 [2 retries after 1s]
           _gauge-1: gauge height of `amount` [2 retries after 1s]
           _timer-1: timer _timer-1 of json:/took [2 retries after 1s]
           _summary-1: summary _summary-1 of json:/size [2 retries after 1s]
           _throughput-1: throughput _throughput-1 of json:/size [2 retries after 1s]
           _rate-1: rate share of `share`, should be mean < 0.5 [2 retries after 1s]
           _collect-1: collect for 1s, up to 100 [2 retries after 1s]
      side tree, during the load:
        _left-join-1-right-1: datasource `records` [2 retries after 1s]
        _left-join-1-right-2: flatten [2 retries after 1s; also to _left-join-1]
      side tree, during the load:
        feed: datasource `records` [2 retries after 1s; also to shipped; also to _zip-1; also to _zip-last-1; also to _singleton-pipe-1]
      side tree, before the load:
        seed: pipe [2 retries after 1s]
      side tree, 2s after the load:
        verdict: pipe [2 retries after 1s]
      side tree, after each stage:
        between: pipe [2 retries after 1s]
    "#);
}

#[test]
fn as_a_graph() {
    insta::assert_snapshot!(shape(&scenario()), @"
    values: after [] next [_execute-1] taps []
    _execute-1: after [values] next [_map-1] taps []
    _map-1: after [_execute-1] next [_flat-map-1] taps []
    _flat-map-1: after [_map-1] next [_flatten-1] taps []
    _flatten-1: after [_flat-map-1] next [_filter-1] taps []
    _filter-1: after [_flatten-1] next [_filter-not-none-1] taps []
    _filter-not-none-1: after [_filter-1] next [_on-each-1] taps []
    _on-each-1: after [_filter-not-none-1] next [_delay-1] taps []
    _delay-1: after [_on-each-1] next [branches] taps []
    branches: after [_delay-1] next [_pipe-1 checks] taps []
    _pipe-1: after [branches] next [_black-hole-1] taps []
    _black-hole-1: after [_pipe-1] next [] taps []
    checks: after [branches] next [_verify-and-map-1] taps []
    _verify-and-map-1: after [checks] next [_assert-1] taps []
    _assert-1: after [_verify-and-map-1] next [_validate-1] taps []
    _validate-1: after [_assert-1] next [errors] taps []
    errors: after [_validate-1] next [_log-errors-1] taps []
    _log-errors-1: after [errors] next [_catch-exhausted-1] taps []
    _catch-exhausted-1: after [_log-errors-1] next [_recover-1] taps []
    _recover-1: after [_catch-exhausted-1] next [_recover-2] taps []
    _recover-2: after [_recover-1] next [shipped] taps []
    shipped: after [_recover-2] next [_left-join-1] taps []
    _left-join-1: after [shipped] next [_zip-1] taps []
    _left-join-1-right-1: after [] next [_left-join-1-right-2] taps []
    _left-join-1-right-2: after [_left-join-1-right-1] next [] taps [_left-join-1]
    _zip-1: after [_left-join-1] next [_zip-last-1] taps []
    _zip-last-1: after [_zip-1] next [_singleton-pipe-1] taps []
    _singleton-pipe-1: after [_zip-last-1] next [visited] taps []
    visited: after [_singleton-pipe-1] next [time] taps []
    time: after [visited] next [_accelerating-pace-1] taps []
    _accelerating-pace-1: after [time] next [_pace-1] taps []
    _pace-1: after [_accelerating-pace-1] next [memory] taps []
    memory: after [_pace-1] next [_unshelve-1] taps []
    _unshelve-1: after [memory] next [_unshelve-and-delete-1] taps []
    _unshelve-and-delete-1: after [_unshelve-1] next [part] taps []
    part: after [_unshelve-and-delete-1] next [meters] taps []
    inside in part: after [] next [inner aside] taps []
    inner in part: after [inside] next [] taps []
    deep in inner: after [] next [] taps []
    aside in part: after [inside] next [] taps []
    meters: after [part] next [_gauge-1] taps []
    _gauge-1: after [meters] next [_timer-1] taps []
    _timer-1: after [_gauge-1] next [_summary-1] taps []
    _summary-1: after [_timer-1] next [_throughput-1] taps []
    _throughput-1: after [_summary-1] next [_rate-1] taps []
    _rate-1: after [_throughput-1] next [_collect-1] taps []
    _collect-1: after [_rate-1] next [] taps []
    feed: after [] next [] taps [shipped _zip-1 _zip-last-1 _singleton-pipe-1]
    seed: after [] next [] taps []
    verdict: after [] next [] taps []
    between: after [] next [] taps []
    tree _left-join-1-right-1 During
    tree feed During
    tree seed BeforeLoad
    tree verdict AfterLoad { settle: 2s }
    tree between AfterStage
    ");
}

#[test]
fn as_mermaid() {
    insta::assert_snapshot!(to_mermaid(&scenario()), @r#"
    flowchart TD
        s0["values<br/>returns"]
        s1["_execute-1<br/>execute"]
        s2["_map-1<br/>map"]
        s3["_flat-map-1<br/>flat-map"]
        s4["_flatten-1<br/>flatten"]
        s5["_filter-1<br/>filter"]
        s6["_filter-not-none-1<br/>filter-not-none"]
        s7["_on-each-1<br/>on-each"]
        s8["_delay-1<br/>delay"]
        s9["branches<br/>split"]
        s10["_pipe-1<br/>pipe"]
        s11["_black-hole-1<br/>black-hole"]
        s12["checks<br/>verify"]
        s13["_verify-and-map-1<br/>verify-and-map"]
        s14["_assert-1<br/>assert"]
        s15["_validate-1<br/>validate"]
        s16["errors<br/>catch-errors"]
        s17["_log-errors-1<br/>log-errors"]
        s18["_catch-exhausted-1<br/>catch-exhausted"]
        s19["_recover-1<br/>recover"]
        s20["_recover-2<br/>recover"]
        s21["shipped<br/>inner-join"]
        s22["_left-join-1<br/>left-join"]
        s25["_zip-1<br/>zip"]
        s26["_zip-last-1<br/>zip-last"]
        s27["_singleton-pipe-1<br/>singleton-pipe"]
        s28["visited<br/>datasource"]
        s29["time<br/>constant-pace"]
        s30["_accelerating-pace-1<br/>accelerating-pace"]
        s31["_pace-1<br/>pace"]
        s32["memory<br/>shelve"]
        s33["_unshelve-1<br/>unshelve"]
        s34["_unshelve-and-delete-1<br/>unshelve-and-delete"]
        subgraph s35["part<br/>stage"]
            s36["inside<br/>split"]
            subgraph s37["inner<br/>stage"]
                s38["deep<br/>pipe"]
            end
            s39["aside<br/>black-hole"]
        end
        s40["meters<br/>counter"]
        s41["_gauge-1<br/>gauge"]
        s42["_timer-1<br/>timer"]
        s43["_summary-1<br/>summary"]
        s44["_throughput-1<br/>throughput"]
        s45["_rate-1<br/>rate"]
        s46["_collect-1<br/>collect"]
        subgraph t0["during the load"]
            s23["_left-join-1-right-1<br/>datasource"]
            s24["_left-join-1-right-2<br/>flatten"]
        end
        subgraph t1["during the load"]
            s47["feed<br/>datasource"]
        end
        subgraph t2["before the load"]
            s48["seed<br/>pipe"]
        end
        subgraph t3["2s after the load"]
            s49["verdict<br/>pipe"]
        end
        subgraph t4["after each stage"]
            s50["between<br/>pipe"]
        end
        s0 --> s1
        s1 --> s2
        s2 --> s3
        s3 --> s4
        s4 --> s5
        s5 --> s6
        s6 --> s7
        s7 --> s8
        s8 --> s9
        s9 --> s10
        s9 --> s12
        s10 --> s11
        s12 --> s13
        s13 --> s14
        s14 --> s15
        s15 --> s16
        s16 --> s17
        s17 --> s18
        s18 --> s19
        s19 --> s20
        s20 --> s21
        s21 --> s22
        s22 --> s25
        s23 --> s24
        s24 -.-> s22
        s25 --> s26
        s26 --> s27
        s27 --> s28
        s28 --> s29
        s29 --> s30
        s30 --> s31
        s31 --> s32
        s32 --> s33
        s33 --> s34
        s34 --> s35
        s35 --> s40
        s36 --> s37
        s36 --> s39
        s40 --> s41
        s41 --> s42
        s42 --> s43
        s43 --> s44
        s44 --> s45
        s45 --> s46
        s47 -.-> s21
        s47 -.-> s25
        s47 -.-> s26
        s47 -.-> s27
    "#);
}

#[test]
fn as_json() {
    let described = to_json(&scenario());
    let step = |name: &str| {
        let found = described["steps"].as_array().expect("steps").iter().find(|step| step["name"] == name).expect(name);
        json!({"detail": found["detail"], "taps": found["taps"], "stage": found["stage"], "topic": found["topic"], "concurrency": found["concurrency"]})
            .to_string()
    };
    insta::assert_snapshot!(step("values"), @r#"{"detail":"`make`","taps":[],"stage":null,"topic":null,"concurrency":4}"#);
    insta::assert_snapshot!(step("deep"), @r#"{"detail":"","taps":[],"stage":"inner","topic":null,"concurrency":1}"#);
    insta::assert_snapshot!(step("feed"), @r#"{"detail":"`records`","taps":["shipped","_zip-1","_zip-last-1","_singleton-pipe-1"],"stage":null,"topic":null,"concurrency":1}"#);
    insta::assert_snapshot!(step("visited"), @r#"{"detail":"`records`","taps":[],"stage":null,"topic":{"mode":"unicast","buffer":1000,"at-end":"complete","idle-timeout":null,"cache-limit":67108864,"keep-input":false},"concurrency":1}"#);
    insta::assert_snapshot!(described["trees"][3].to_string(), @r#"{"root":"verdict","run":"after-load","settle":"2s"}"#);
    insta::assert_snapshot!(described["max-in-flight"].to_string(), @r#"{"limit":3,"policy":"drop"}"#);
}
