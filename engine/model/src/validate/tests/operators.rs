//! What configurations of operators are refused, one fault a line.

use super::*;

#[test]
fn values_and_checks() {
    let fault = faults_of_step;
    insta::assert_snapshot!(fault(json!({"flatten": 1})), @r#"step `x`, /flatten: invalid type: integer `1`, expected an empty object; write `"flatten": {}`"#);
    insta::assert_snapshot!(fault(json!({"filter-not-none": {"callback": 1}})), @r#"step `x`, /filter-not-none: unknown field `callback`, there are no fields; write `"filter-not-none": {}`"#);
    insta::assert_snapshot!(fault(json!({"verify-and-map": {"callback": 1}})), @"step `x`, /verify-and-map/callback: callback 1, `id`, is made for `map`, here one for `verify-and-map` is needed; declare one with the use `verify-and-map`");
    insta::assert_snapshot!(fault(json!({"validate": {}})), @r#"step `x`, /validate: missing field `callback`; write `{"callback": 0}`"#);
    insta::assert_snapshot!(fault(json!({"assert": {"rules": []}})), @"step `x`, /assert/rules: there is nothing to assert; write a check like `status == 200`");
    insta::assert_snapshot!(fault(json!({"datasource": {"callback": 1}})), @"step `x`, /datasource/callback: callback 1, `id`, is made for `map`, here one for `datasource` is needed; declare one with the use `datasource`");
}

#[test]
fn errors() {
    let fault = faults_of_step;
    insta::assert_snapshot!(fault(json!({"catch-errors": {"callback": 1}})), @"step `x`, /catch-errors/callback: callback 1, `id`, is made for `map`, here one for `catch-errors` is needed; declare one with the use `catch-errors`");
    insta::assert_snapshot!(fault(json!({"catch-exhausted": {"callback": 1}})), @"step `x`, /catch-exhausted/callback: callback 1, `id`, is made for `map`, here one for `catch-exhausted` is needed; declare one with the use `catch-exhausted`");
    insta::assert_snapshot!(fault(json!({"recover": {"callback": 1}})), @"step `x`, /recover/callback: callback 1, `id`, is made for `map`, here one for `recover` is needed; declare one with the use `recover`");
    insta::assert_snapshot!(fault(json!({"recover": "{minoin}"})), @"step `x`, /recover: `{minoin}` is nothing that a template can have; did you mean `minion`?; write `{{minoin}}` if it shall stand as it is");
    insta::assert_snapshot!(fault(json!({"log-errors": "all"})), @r#"step `x`, /log-errors: invalid type: string "all", expected an empty object; write `"log-errors": {}`"#);
}

#[test]
fn joins() {
    let join = |key: &str, value: Json| {
        let mut config = json!({"right": "feed", "left-key": {"json": "/id"}, "right-key": {"json": "/id"}});
        config[key] = value;
        faults_of_step(json!({"inner-join": config}))
    };
    insta::assert_snapshot!(join("right", json!("fed")), @"step `x`, /inner-join/right: there is no step `fed`; did you mean `feed`?");
    insta::assert_snapshot!(join("right", json!([])), @"step `x`, /inner-join/right: there are no steps; write at least one, or the name of a step");
    insta::assert_snapshot!(join("right", json!(5)), @"step `x`, /inner-join/right: `5` is no step; write the name of a step, or a list of steps in place");
    insta::assert_snapshot!(join("left-key", json!({"json": "order.id"})), @r#"step `x`, /inner-join/left-key/json: `order.id` is no JSON pointer; write `{"json": "/order/id"}`"#);
    insta::assert_snapshot!(join("right-key", json!({"callback": 1})), @"step `x`, /inner-join/right-key/callback: callback 1, `id`, is made for `map`, here one for `key` is needed; declare one with the use `key`");
    insta::assert_snapshot!(join("right-key", json!(5)), @r#"step `x`, /inner-join/right-key: `5` is no function that can stand here; write `{"json": "/id"}`, `{"callback": 0}`, or a template like `"order-{minion}"`"#);
    insta::assert_snapshot!(join("right-key", json!("{minoin}")), @"step `x`, /inner-join/right-key: `{minoin}` is nothing that a template can have; did you mean `minion`?; write `{{minoin}}` if it shall stand as it is");
    insta::assert_snapshot!(join("right-key", json!({"json": "/id", "default": 1})), @"step `x`, /inner-join/right-key: unknown field `default`, expected `json`; possible: `json`");
    insta::assert_snapshot!(join("timeout", json!("0s")), @"step `x`, /inner-join/timeout: a timeout of 0 finds nothing; write a longer duration");
    insta::assert_snapshot!(join("timeout", json!(10)), @r#"step `x`, /inner-join: 10 has no unit; write `"10ms"`"#);
    insta::assert_snapshot!(join("capacity", json!(0)), @"step `x`, /inner-join/capacity: a capacity of 0 keeps nothing; write at least 1");
    insta::assert_snapshot!(join("ttl", json!("0s")), @"step `x`, /inner-join/ttl: rights that are kept for no time are never found; write a longer duration");
    insta::assert_snapshot!(join("timout", json!("1s")), @"step `x`, /inner-join: unknown field `timout`, expected one of `right`, `left-key`, `right-key`, `timeout`, `window`, `capacity`, `ttl`; did you mean `timeout`?");
    insta::assert_snapshot!(faults_of_step(json!({"left-join": {"right": "feed"}})), @r#"step `x`, /left-join: missing field `left-key`; write `"left-join": {"right": "feed", "left-key": {"json": "/id"}, "right-key": {"json": "/id"}}`"#);
    insta::assert_snapshot!(faults_of_step(json!({"zip": {"right": "feed", "buffer": 0}})), @"step `x`, /zip/buffer: a buffer of 0 keeps nothing; write at least 1");
    insta::assert_snapshot!(faults_of_step(json!({"zip-last": {"right": "feed", "buffer": 5}})), @"step `x`, /zip-last: unknown field `buffer`, expected `right`; possible: `right`");
    insta::assert_snapshot!(faults_of_step(json!({"collect": {}})), @"step `x`, /collect: nothing says when a list is whole; give a `timeout`, a `batch` or both");
    insta::assert_snapshot!(faults_of_step(json!({"collect": {"batch": 0}})), @"step `x`, /collect/batch: a list of 0 values is never whole; write at least 1");
    insta::assert_snapshot!(faults_of_step(json!({"collect": {"timeout": "0s"}})), @"step `x`, /collect/timeout: a timeout of 0 gathers nothing; write a longer duration");
    insta::assert_snapshot!(faults_of_step(json!({"singleton-pipe": {"from": "fee"}})), @"step `x`, /singleton-pipe/from: there is no step `fee`; did you mean `feed`?");
    insta::assert_snapshot!(faults_of_step(json!({"singleton-pipe": {"from": "a"}})), @"step `x`, /singleton-pipe/from: the step `a` is in no side tree that runs while there is load; name a step of a tree whose root has neither `start`, `after` nor another `run`");
}

#[test]
fn all_faults_of_a_join_at_once() {
    let config = json!({"right": "fed", "left-key": 5, "right-key": {"json": "id"}, "timeout": "0s", "capacity": 0, "ttl": "0s"});
    insta::assert_snapshot!(faults_of_step(json!({"left-join": config})), @r#"
    step `x`, /left-join/right: there is no step `fed`; did you mean `feed`?
    step `x`, /left-join/left-key: `5` is no function that can stand here; write `{"json": "/id"}`, `{"callback": 0}`, or a template like `"order-{minion}"`
    step `x`, /left-join/right-key/json: `id` is no JSON pointer; write `{"json": "/id"}`
    step `x`, /left-join/timeout: a timeout of 0 finds nothing; write a longer duration
    step `x`, /left-join/capacity: a capacity of 0 keeps nothing; write at least 1
    step `x`, /left-join/ttl: rights that are kept for no time are never found; write a longer duration
    "#);
}

#[test]
fn time_and_memory() {
    let fault = faults_of_step;
    insta::assert_snapshot!(fault(json!({"constant-pace": "0s"})), @"step `x`, /constant-pace: a pace of 0 holds nothing back; write a longer duration");
    insta::assert_snapshot!(fault(json!({"constant-pace": 5})), @"step `x`, /constant-pace: `5` is not a duration; write `5ms`, or another unit: ns, us, ms, s, m, h");
    insta::assert_snapshot!(fault(json!({"accelerating-pace": {"start": "1s", "accelerator": 0.5, "min": "1ms"}})), @"step `x`, /accelerating-pace/accelerator: the accelerator is 0.5; write a number from 1; `pace` makes any other period by a callback");
    insta::assert_snapshot!(fault(json!({"accelerating-pace": {"start": "1s", "accelerator": 2, "min": "2s"}})), @"step `x`, /accelerating-pace/min: the shortest period is longer than the first; write at most the `start`");
    insta::assert_snapshot!(fault(json!({"accelerating-pace": {"start": "1s"}})), @r#"step `x`, /accelerating-pace: missing field `accelerator`; write `"accelerating-pace": {"start": "1s", "accelerator": 1.5, "min": "100ms"}`"#);
    insta::assert_snapshot!(fault(json!({"pace": {"callback": 1}})), @"step `x`, /pace/callback: callback 1, `id`, is made for `map`, here one for `pace` is needed; declare one with the use `pace`");
    insta::assert_snapshot!(fault(json!({"shelve": {"values": {}}})), @r#"step `x`, /shelve/values: there is nothing to keep; write `{"all": {}}` for the input"#);
    insta::assert_snapshot!(fault(json!({"shelve": {"values": {"a": {"callback": 2}, "b": {"jsn": "/a"}}, "ttl": "0s"}})), @r#"
    step `x`, /shelve/values/a/callback: callback 2, `ok`, is made for `verify`, here one for `map` is needed; callback 1, `id`, is made for it
    step `x`, /shelve/values/b: `{"jsn":"/a"}` is no function that can stand here; write `{}` for the input, `{"json": "/id"}`, `{"callback": 0}`, or a template like `"order-{minion}"`
    step `x`, /shelve/ttl: values that are kept for no time are never found; write a longer duration
    "#);
    insta::assert_snapshot!(fault(json!({"unshelve": {"names": []}})), @"step `x`, /unshelve/names: there is nothing to take; name at least one value");
    insta::assert_snapshot!(fault(json!({"unshelve-and-delete": {"names": ["a", "a"]}})), @"step `x`, /unshelve-and-delete/names/1: `a` is there twice; remove one");
    insta::assert_snapshot!(fault(json!({"unshelve": "a"})), @r#"step `x`, /unshelve: invalid type: string "a", expected an object with names; write `"unshelve": {"names": ["order"]}`"#);
}

#[test]
fn meters() {
    let fault = faults_of_step;
    insta::assert_snapshot!(fault(json!({"gauge": {}})), @r#"step `x`, /gauge: there is nothing to record; give a `value` like `{"json": "/amount"}`"#);
    insta::assert_snapshot!(fault(json!({"counter": {"name": "My orders"}})), @"step `x`, /counter/name: the name `My orders` is not in kebab-case; write `my-orders`");
    insta::assert_snapshot!(fault(json!({"counter": {"value": "5"}})), @r#"step `x`, /counter/value: `"5"` is no function that can stand here; write `{"json": "/amount"}` or `{"callback": 0}`"#);
    insta::assert_snapshot!(fault(json!({"timer": {"value": {"callback": 1}}})), @"step `x`, /timer/value/callback: callback 1, `id`, is made for `map`, here one for `number` is needed; declare one with the use `number`");
    insta::assert_snapshot!(fault(json!({"rate": {"value": {"json": "/a"}}})), @r#"step `x`, /rate/value: `{"json":"/a"}` is no function that can stand here; write `{"callback": 0}`"#);
    insta::assert_snapshot!(fault(json!({"rate": {"value": {"callback": 1}}})), @"step `x`, /rate/value/callback: callback 1, `id`, is made for `map`, here one for `rate` is needed; declare one with the use `rate`");
    insta::assert_snapshot!(fault(json!({"summary": {"value": {"json": "/a"}, "should": [" "]}})), @"step `x`, /summary/should/0: there is no rule; write one like `count >= 5`");
    insta::assert_snapshot!(fault(json!({"throughput": {"vlaue": {"json": "/a"}}})), @"step `x`, /throughput: unknown field `vlaue`, expected one of `name`, `value`, `should`; did you mean `value`?");
}
