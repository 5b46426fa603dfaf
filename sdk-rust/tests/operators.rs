//! How each operator is written in the document.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use throng::{
    AtEnd, BadRecords, Column, Completion, CsvFile, Feed, InFlightPolicy, JsonFile, MeterKind, MqttMessage, Pick, Program, RabbitMessage,
    RedisEntry, RedisRecord, Scenario, TextFile, csv, datasource, ensure, get, http, json, json_file, lines, millis, mqtt, post, rabbitmq,
    redis, scenario, secs, side_tree, stage, stages, status, step,
};

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Order {
    id: String,
    total: f64,
}

fn orders() -> Feed<Order> {
    datasource(|n| (n < 3).then(|| Order { id: n.to_string(), total: 1.5 }))
}

/// The steps of a scenario, and the names and uses of its callbacks.
#[track_caller]
fn check(scenario: impl Into<Scenario>, steps: serde_json::Value, callbacks: &[(&str, &str)]) {
    let document = scenario.into().document();
    assert_eq!(document.pointer("/scenarios/0/steps"), Some(&steps), "{document:#}");
    let text = |callback: &serde_json::Value, key| callback.get(key).and_then(|text| text.as_str()).unwrap_or_default().to_owned();
    let declared = document.get("callbacks").and_then(|callbacks| callbacks.as_array()).into_iter().flatten();
    let declared: Vec<_> = declared.map(|callback| (text(callback, "name"), text(callback, "use"))).collect();
    let expected: Vec<_> = callbacks.iter().map(|(name, usage)| ((*name).to_owned(), (*usage).to_owned())).collect();
    assert_eq!(declared, expected);
}

#[track_caller]
fn refused(scenario: impl Into<Scenario>, faults: &str) {
    let scenario = scenario.into();
    assert_eq!(Program::build(|| scenario).err().as_deref(), Some(faults));
}

#[test]
fn values_and_checks() {
    check(
        scenario("s")
            .start()
            .returns(vec![Some(1_i64), None])
            .flatten()
            .filter_not_none()
            .verify_and_map("checked", |n: i64| ensure!(n > 0).map(|()| n.to_string()))
            .validate("valid", |text: &String| if text.is_empty() { vec!["empty"] } else { vec![] })
            .map(|text| (text.clone(), text))
            .flatten()
            .on_each(|text: &String| assert!(!text.is_empty())),
        json!([
            {"name": "_returns-1", "start": true, "returns": [1, null]},
            {"name": "_flatten-1", "after": "_returns-1", "flatten": {}},
            {"name": "_filter-not-none-1", "after": "_flatten-1", "filter-not-none": {}},
            {"name": "checked", "after": "_filter-not-none-1", "verify-and-map": {"callback": 0}},
            {"name": "valid", "after": "checked", "validate": {"callback": 1}},
            {"name": "_map-1", "after": "valid", "map": {"callback": 2}},
            {"name": "_flatten-2", "after": "_map-1", "flatten": {}},
            {"name": "_on-each-1", "after": "_flatten-2", "on-each": {"callback": 3}}
        ]),
        &[("checked", "verify-and-map"), ("valid", "validate"), ("_map-1", "map"), ("_on-each-1", "on-each")],
    );
}

#[test]
fn errors() {
    check(
        scenario("s")
            .start()
            .returns(1_i64)
            .catch_errors(|cx| assert!(!cx.errors().is_empty()))
            .log_errors()
            .catch_exhausted(|cx| cx.exhausted().then_some(2_i64))
            .recover(3)
            .recover_with(|_| 4_i64),
        json!([
            {"name": "_returns-1", "start": true, "returns": 1},
            {"name": "_catch-errors-1", "after": "_returns-1", "catch-errors": {"callback": 0}},
            {"name": "_log-errors-1", "after": "_catch-errors-1", "log-errors": {}},
            {"name": "_catch-exhausted-1", "after": "_log-errors-1", "catch-exhausted": {"callback": 1}},
            {"name": "_recover-1", "after": "_catch-exhausted-1", "recover": 3},
            {"name": "_recover-2", "after": "_recover-1", "recover": {"callback": 2}}
        ]),
        &[("_catch-errors-1", "catch-errors"), ("_catch-exhausted-1", "catch-exhausted"), ("_recover-2", "recover")],
    );
}

#[test]
fn time_and_memory() {
    check(
        scenario("s")
            .start()
            .returns(Order { id: "a".into(), total: 2.0 })
            .constant_pace(secs(1))
            .accelerating_pace(secs(1), 1.5, millis(100))
            .pace(|last| last / 2)
            .concurrency(4)
            .shelve("order")
            .ttl(secs(60))
            .shelve_with("id", |order| order.id.clone())
            .shelve_pick::<f64>("total", Pick::json("/total"))
            .unshelve::<String>("id")
            .map(|(order, id)| order.id == id.unwrap_or_default())
            .unshelve_and_delete::<Order>("order")
            .unshelve_all::<std::collections::BTreeMap<String, serde_json::Value>>(["id", "total"]),
        json!([
            {"name": "_returns-1", "start": true, "returns": {"id": "a", "total": 2.0}},
            {"name": "_constant-pace-1", "after": "_returns-1", "constant-pace": "1s"},
            {"name": "_accelerating-pace-1", "after": "_constant-pace-1",
             "accelerating-pace": {"start": "1s", "accelerator": 1.5, "min": "100ms"}},
            {"name": "_pace-1", "after": "_accelerating-pace-1", "pace": {"callback": 0}, "concurrency": 4},
            {"name": "_shelve-1", "after": "_pace-1", "shelve": {"values": {"order": {}}, "ttl": "60s"}},
            {"name": "_shelve-2", "after": "_shelve-1", "shelve": {"values": {"id": {"callback": 1}}}},
            {"name": "_shelve-3", "after": "_shelve-2", "shelve": {"values": {"total": {"json": "/total"}}}},
            {"name": "_unshelve-1", "after": "_shelve-3", "unshelve": {"names": ["id"]}},
            {"name": "_map-1", "after": "_unshelve-1", "map": {"callback": 2}},
            {"name": "_unshelve-and-delete-1", "after": "_map-1", "unshelve-and-delete": {"names": ["order"]}},
            {"name": "_unshelve-2", "after": "_unshelve-and-delete-1", "unshelve": {"names": ["id", "total"]}}
        ]),
        &[("_pace-1", "pace"), ("_shelve-2", "map"), ("_map-1", "map")],
    );
}

#[test]
fn stages_nest_their_steps() {
    let shop = http("http://127.0.0.1:8080");
    check(
        scenario("s")
            .start()
            .stage("buy", |flow| {
                flow.send("cart", &shop, get("/cart"))
                    .stage("pay", |flow| {
                        flow.send("card", &shop, post("/card")).split(|each| {
                            each.branch(|flow| flow.pipe());
                        })
                    })
                    .map(|r| r.status() == 200)
            })
            .timeout(secs(5))
            .collect(100, secs(1))
            .map(|all| all.len()),
        json!([
            {"name": "buy", "start": true, "timeout": "5s", "stage": {
                "steps": [
                    {"name": "cart", "http": {"request": {"method": "GET", "path": "/cart"}}},
                    {"name": "pay", "after": "cart", "stage": {
                        "steps": [
                            {"name": "card", "http": {"request": {"method": "POST", "path": "/card"}}},
                            {"name": "_split-1", "after": "card", "split": {}},
                            {"name": "_pipe-1", "after": "_split-1", "pipe": {}}
                        ],
                        "output": "_split-1"
                    }},
                    {"name": "_map-1", "after": "pay", "map": {"callback": 0}}
                ],
                "output": "_map-1"
            }},
            {"name": "_collect-1", "after": "buy", "collect": {"batch": 100, "timeout": "1s"}},
            {"name": "_map-2", "after": "_collect-1", "map": {"callback": 1}}
        ]),
        &[("_map-1", "map"), ("_map-2", "map")],
    );
}

#[test]
fn meters() {
    check(
        scenario("s")
            .start()
            .returns(Order { id: "a".into(), total: 2.0 })
            .count("orders")
            .should("count >= 5")
            .should("count < 9")
            .count_of("letters", |order| order.id.len())
            .gauge_of("height", |order| order.total)
            .timer_of("took", |order| Duration::from_secs_f64(order.total))
            .summary_of("totals", |order| order.total)
            .throughput_of("money", |order| order.total)
            .named("_money")
            .rate_of("share", |order| (order.total, 10))
            .measure("picked", MeterKind::Summary, Pick::json("/total")),
        json!([
            {"name": "_returns-1", "start": true, "returns": {"id": "a", "total": 2.0}},
            {"name": "orders", "after": "_returns-1", "counter": {"name": "orders", "should": ["count >= 5", "count < 9"]}},
            {"name": "letters", "after": "orders", "counter": {"name": "letters", "value": {"callback": 0}}},
            {"name": "height", "after": "letters", "gauge": {"name": "height", "value": {"callback": 1}}},
            {"name": "took", "after": "height", "timer": {"name": "took", "value": {"callback": 2}}},
            {"name": "totals", "after": "took", "summary": {"name": "totals", "value": {"callback": 3}}},
            {"name": "_money", "after": "totals", "throughput": {"name": "money", "value": {"callback": 4}}},
            {"name": "share", "after": "_money", "rate": {"name": "share", "value": {"callback": 5}}},
            {"name": "picked", "after": "share", "summary": {"name": "picked", "value": {"json": "/total"}}}
        ]),
        &[("letters", "number"), ("height", "number"), ("took", "number"), ("totals", "number"), ("_money", "number"), ("share", "rate")],
    );
}

#[test]
fn joins_draw_from_feeds_and_from_steps_by_name() {
    let (shop, other) = (http("http://127.0.0.1:8080"), http("http://127.0.0.1:9090"));
    let feed = other.poll("/shipments").every(millis(100)).flatten::<Order>().named("feed");
    check(
        scenario("s")
            .side_tree(orders().named("sold"))
            .start()
            .send("order", &shop, get("/order"))
            .inner_join("shipped", feed, |r| r.header("id"), |shipment| shipment.id.clone())
            .timeout(secs(5))
            .window(secs(30))
            .capacity(10)
            .ttl(secs(20))
            .left_join("sold-too", step::<Order>("sold"), |(_, order)| order.total as i64, |order| Some(order.total as u32))
            .map(|((_, shipped), sold)| (shipped.id, sold.map(|order| order.id)))
            .inner_join_on("by-place", step::<Order>("sold"), Pick::json("/0"), Pick::json("/id"))
            .zip("next", step::<Order>("feed"))
            .buffer(7)
            .zip_last("latest", step::<Order>("sold")),
        json!([
            {"name": "sold", "datasource": {"callback": 0}},
            {"name": "order", "start": true, "http": {
                "request": {"method": "GET", "path": "/order"}}},
            {"name": "_http-poll-1", "http-poll": {"path": "/shipments", "every": "100ms", "url": "http://127.0.0.1:9090"}},
            {"name": "feed", "after": "_http-poll-1", "flatten": {}},
            {"name": "shipped", "after": "order", "inner-join": {
                "right": "feed", "left-key": {"callback": 1}, "right-key": {"callback": 2},
                "timeout": "5s", "window": "30s", "capacity": 10, "ttl": "20s"}},
            {"name": "sold-too", "after": "shipped", "left-join": {
                "right": "sold", "left-key": {"callback": 3}, "right-key": {"callback": 4}}},
            {"name": "_map-1", "after": "sold-too", "map": {"callback": 5}},
            {"name": "by-place", "after": "_map-1", "inner-join": {
                "right": "sold", "left-key": {"json": "/0"}, "right-key": {"json": "/id"}}},
            {"name": "next", "after": "by-place", "zip": {"right": "feed", "buffer": 7}},
            {"name": "latest", "after": "next", "zip-last": {"right": "sold"}}
        ]),
        &[
            ("sold", "datasource"),
            ("shipped left-key", "key"),
            ("shipped right-key", "key"),
            ("sold-too left-key", "key"),
            ("sold-too right-key", "key"),
            ("_map-1", "map"),
        ],
    );
}

#[test]
fn a_lone_source_stands_where_it_is_taken_and_others_are_trees() {
    check(
        scenario("s")
            .start()
            .take("user", csv::<Order>("users.csv"))
            .repeat()
            .cache_limit("1MiB")
            .take_with_input("order", orders().filter(|order| order.total > 1.0).named("dear"))
            .broadcast(100)
            .at_end(AtEnd::Complete)
            .idle_timeout(secs(1))
            .map(|(user, order)| user.id + &order.id)
            .take("again", step::<Order>("dear"))
            .unicast()
            .buffer(5)
            .stage("inside", |flow| flow.take_with_input("word", lines("words.txt")).at_end(AtEnd::Fail)),
        json!([
            {"name": "user", "start": true, "csv": {"file": "users.csv"}, "topic": {"mode": "loop", "cache-limit": "1MiB"}},
            {"name": "_datasource-1", "datasource": {"callback": 0}},
            {"name": "dear", "after": "_datasource-1", "filter": {"callback": 1}},
            {"name": "order", "after": "user", "singleton-pipe": {"from": "dear"}, "topic": {
                "keep-input": true, "mode": "broadcast", "buffer": 100, "at-end": "complete", "idle-timeout": "1s"}},
            {"name": "_map-1", "after": "order", "map": {"callback": 2}},
            {"name": "again", "after": "_map-1", "singleton-pipe": {"from": "dear"}, "topic": {"mode": "unicast", "buffer": 5}},
            {"name": "inside", "after": "again", "stage": {
                "steps": [{"name": "word", "lines": {"file": "words.txt"}, "topic": {"keep-input": true, "at-end": "fail"}}],
                "output": "word"}}
        ]),
        &[("_datasource-1", "datasource"), ("dear", "filter"), ("_map-1", "map")],
    );
}

#[test]
fn files_say_how_they_are_read() {
    let rows = CsvFile::at("a.csv")
        .delimiter(';')
        .quote('\'')
        .without_header()
        .column("id", Column::Text)
        .column("total", Column::Number.or_null())
        .column("tags", Column::List.separated_by("|").or_null())
        .trim()
        .bad_records(BadRecords::Ignore)
        .max_length(1024);
    check(
        scenario("s")
            .start()
            .take("row", csv::<Order>(rows))
            .take("value", json_file::<Order>(JsonFile::at("a.json").pointer("/order").by_lines()))
            .take("line", lines(TextFile::at("a.txt").skip_blank().bad_records(BadRecords::Fail))),
        json!([
            {"name": "row", "start": true, "csv": {
                "file": "a.csv", "delimiter": ";", "quote": "'", "header": false, "trim": true, "bad-records": "ignore", "max-length": 1024,
                "columns": [{"name": "id", "type": "text"}, {"name": "total", "type": "number", "nullable": true},
                            {"name": "tags", "type": "list", "separator": "|", "nullable": true}]}},
            {"name": "value", "after": "row", "json": {"file": "a.json", "pointer": "/order", "format": "lines"}},
            {"name": "line", "after": "value", "lines": {"file": "a.txt", "skip-blank": true, "bad-records": "fail"}}
        ]),
        &[],
    );
}

#[test]
fn side_trees_run_when_they_are_told_to() {
    let shop = http("http://127.0.0.1:8080");
    let scenario = scenario("s")
        .max_in_flight(500, InFlightPolicy::Drop)
        .profile(stages([stage(10, secs(1), secs(2))], Completion::Graceful))
        .before_load(side_tree().send("reset", &shop, post("/reset")).assert("is-reset", status(204)))
        .after_load(side_tree().returns(1_i64).zip("all", orders()).execute(|_, (n, order)| [(n, order.id)]))
        .settle(secs(2))
        .after_stage(side_tree().execute(|_, ()| [7_i64]))
        .start()
        .pipe();
    let document = Scenario::from(scenario).document();
    assert_eq!(document["scenarios"][0]["max-in-flight"], json!({"limit": 500, "policy": "drop"}));
    assert_eq!(document["targets"], json!(["http://127.0.0.1:8080"]));
    assert_eq!(
        document["scenarios"][0]["steps"],
        json!([
            {"name": "reset", "http": {"request": {"method": "POST", "path": "/reset"}}, "run": "before-load"},
            {"name": "is-reset", "after": "reset", "assert": {"rules": ["status == 204"]}},
            {"name": "_returns-1", "returns": 1, "run": "after-load", "settle": "2s"},
            {"name": "_datasource-1", "datasource": {"callback": 0}},
            {"name": "all", "after": "_returns-1", "zip": {"right": "_datasource-1"}},
            {"name": "_execute-1", "after": "all", "execute": {"callback": 1}},
            {"name": "_execute-2", "execute": {"callback": 2}, "run": "after-stage"},
            {"name": "_pipe-1", "start": true, "pipe": {}}
        ])
    );
}

#[test]
fn branches_come_together_again() {
    let flow = scenario("s").start().returns(1_i64).split(|each| {
        each.branch(|flow| flow.delay(millis(5)).named("slow"));
    });
    check(
        flow.map(|n| n + 1).merge(step("slow")).named("both"),
        json!([
            {"name": "_returns-1", "start": true, "returns": 1},
            {"name": "_split-1", "after": "_returns-1", "split": {}},
            {"name": "slow", "after": "_split-1", "delay": "5ms"},
            {"name": "_map-1", "after": "_split-1", "map": {"callback": 0}},
            {"name": "both", "after": ["_map-1", "slow"], "pipe": {}}
        ]),
        &[("_map-1", "map")],
    );
}

#[test]
fn what_cannot_be_is_refused_with_place_and_remedy() {
    let begin = || scenario("s").start().returns(1_i64).named("one");
    refused(begin().window(secs(1)), "scenario `s`: `window` belongs to `inner-join`, `left-join`, and stands after `one`");
    refused(begin().repeat(), "scenario `s`: `repeat` belongs to `take`, and stands after `one`");
    refused(
        begin().pipe().should("count > 1"),
        "scenario `s`: `should` belongs to `counter`, `gauge`, `timer`, `summary`, `throughput`, `rate`, and stands after `pipe`",
    );
    refused(begin().zip("z", step::<i64>("two")), "scenario `s`: there is no step `two`; give that name to one with `named`");
    refused(begin().zip("z", step::<String>("one")), "scenario `s`: the step `one` emits `i64`, not `String`: write `step::<i64>`");
    refused(begin().zip("z", side_tree()), "scenario `s`: `zip` draws from a chain without a step");
    refused(begin().shelve("a").unshelve::<String>("b"), "scenario `s`: nothing is shelved under `b`; there is `a`");
    refused(begin().shelve("a").unshelve::<String>("a"), "scenario `s`: `a` is shelved as `i64`, and unshelved as `String`");
    refused(
        begin().stage("x", |flow| flow.collect_batches(2)),
        "scenario `s`: `collect` cannot be inside of a stage: its lists are of several minions",
    );
    refused(begin().stage("x", |flow| flow), "scenario `s`: the stage `x` must end in a step of its own");
    refused(
        begin().map(|n| vec![n as u8]).flatten(),
        "scenario `s`: `flatten` has no items in bytes, which travel as one value; use `flat_map`",
    );
    refused(
        begin().measure("r", MeterKind::Rate, Pick::json("/a")),
        "scenario `s`: `measure` records one number, and a rate has two; use `rate_of`",
    );
    refused(
        scenario("s").settle(secs(1)).before_load(side_tree()).start().pipe(),
        "scenario `s`: `settle` belongs to `after_load`, and there is none before it\n\
         scenario `s`: a side tree has at least one step",
    );
}

#[test]
fn rabbitmq_steps() {
    let broker = rabbitmq("amqp://127.0.0.1:5672/shop").user("shop").password("{setting:password}");
    let arrived = broker.consume("orders").declared().bound("orders", "order.*").prefetch(50).json::<Order>();
    check(
        scenario("s")
            .side_tree(broker.depth("orders", millis(200)).named("depth").gauge_of("behind", |depth| depth.messages as f64))
            .start()
            .returns("o-{minion}".to_owned())
            .rabbitmq_produce("publish", &broker, RabbitMessage::to("orders", "order.new").json("o-{minion}").persistent().mandatory())
            .inner_join("arrived", arrived.named("feed"), |(order, _)| order.clone(), |record| record.body.id.clone())
            .rabbitmq_produce_with("again", &broker, |_, ((order, _), _)| RabbitMessage::to_queue("seen").body(order).header("n", 1)),
        json!([
            {"name": "depth", "rabbitmq-depth": {
                "url": "amqp://127.0.0.1:5672/shop", "user": "shop", "password": "{setting:password}", "queue": "orders", "every": "200ms"}},
            {"name": "behind", "after": "depth", "gauge": {"name": "behind", "value": {"callback": 0}}},
            {"name": "_returns-1", "start": true, "returns": "o-{minion}"},
            {"name": "publish", "after": "_returns-1", "rabbitmq-produce": {
                "url": "amqp://127.0.0.1:5672/shop", "user": "shop", "password": "{setting:password}",
                "message": {"exchange": "orders", "routing-key": "order.new", "json": "o-{minion}", "persistent": true, "mandatory": true}}},
            {"name": "feed", "rabbitmq-consume": {
                "url": "amqp://127.0.0.1:5672/shop", "user": "shop", "password": "{setting:password}", "queue": "orders", "declare": {},
                "bind": [{"exchange": "orders", "type": "topic", "routing-key": "order.*"}], "prefetch": 50, "format": "json"}},
            {"name": "arrived", "after": "publish", "inner-join": {
                "right": "feed", "left-key": {"callback": 1}, "right-key": {"callback": 2}}},
            {"name": "again", "after": "arrived", "rabbitmq-produce": {
                "url": "amqp://127.0.0.1:5672/shop", "user": "shop", "password": "{setting:password}", "message": {"callback": 3}}}
        ]),
        &[("behind", "number"), ("arrived left-key", "key"), ("arrived right-key", "key"), ("again", "request:rabbitmq")],
    );
}

#[test]
fn mqtt_steps() {
    let broker = mqtt("mqtt://127.0.0.1:1883").user("shop").version_3();
    let reports = broker.subscribe(["reports/+"]).qos(2).without_retained().text();
    check(
        scenario("s")
            .start()
            .returns("d-7".to_owned())
            .mqtt_publish("report", &broker, MqttMessage::to("reports/{minion}").body("d-7").qos(2).retain())
            .inner_join("arrived", reports.named("feed"), |(device, _)| device.clone(), |record| record.body.clone())
            .mqtt_publish_with("again", &broker, |_, ((device, _), _)| MqttMessage::to("seen").json(&device)),
        json!([
            {"name": "_returns-1", "start": true, "returns": "d-7"},
            {"name": "report", "after": "_returns-1", "mqtt-publish": {
                "url": "mqtt://127.0.0.1:1883", "user": "shop", "version": "3.1.1",
                "message": {"topic": "reports/{minion}", "body": "d-7", "qos": 2, "retain": true}}},
            {"name": "feed", "mqtt-subscribe": {
                "url": "mqtt://127.0.0.1:1883", "user": "shop", "version": "3.1.1", "topics": ["reports/+"], "qos": 2, "retained": false}},
            {"name": "arrived", "after": "report", "inner-join": {
                "right": "feed", "left-key": {"callback": 0}, "right-key": {"callback": 1}}},
            {"name": "again", "after": "arrived", "mqtt-publish": {
                "url": "mqtt://127.0.0.1:1883", "user": "shop", "version": "3.1.1", "message": {"callback": 2}}}
        ]),
        &[("arrived left-key", "key"), ("arrived right-key", "key"), ("again", "request:mqtt")],
    );
}

#[test]
fn redis_steps() {
    let server = redis("redis://127.0.0.1:6379/2").password("{setting:password}");
    let feed =
        server.stream("orders", "load").from_latest().concurrency(2).json_fields(["order"]).fields::<BTreeMap<String, serde_json::Value>>();
    let scores = server.poll_sorted_set("totals").every(millis(200)).text();
    check(
        scenario("s")
            .side_tree(scores.named("scores").gauge_of("score", |element| element.score.unwrap_or_default()))
            .start()
            .returns("o-7".to_owned())
            .redis_save(
                "saved",
                &server,
                [RedisRecord::hash("o-{minion}", [("state", "new")]).expires_in(secs(60)), RedisRecord::sorted_set("totals", [("a", 1.5)])],
            )
            .redis_stream_produce_with("announced", &server, |_, (order, _)| {
                vec![RedisEntry::to("orders").json("order", &order).max_length(9)]
            })
            .inner_join("arrived", feed.named("feed"), |(_, told)| told.answers[0].to_string(), |record| record.id.clone()),
        json!([
            {"name": "scores", "redis-poll": {
                "url": "redis://127.0.0.1:6379/2", "password": "{setting:password}", "method": "zscan", "key": "totals", "poll-delay": "200ms"}},
            {"name": "score", "after": "scores", "gauge": {"name": "score", "value": {"callback": 0}}},
            {"name": "_returns-1", "start": true, "returns": "o-7"},
            {"name": "saved", "after": "_returns-1", "redis-save": {
                "url": "redis://127.0.0.1:6379/2", "password": "{setting:password}", "records": [
                    {"key": "o-{minion}", "type": "hash", "value": {"state": "new"}, "ttl": "60s"},
                    {"key": "totals", "type": "zset", "value": {"a": 1.5}}]}},
            {"name": "announced", "after": "saved", "redis-stream-produce": {
                "url": "redis://127.0.0.1:6379/2", "password": "{setting:password}", "records": {"callback": 1}}},
            {"name": "feed", "redis-stream-consume": {
                "url": "redis://127.0.0.1:6379/2", "password": "{setting:password}", "stream": "orders", "group": "load",
                "offset": "latest", "concurrency": 2, "json-fields": ["order"]}},
            {"name": "arrived", "after": "announced", "inner-join": {
                "right": "feed", "left-key": {"callback": 2}, "right-key": {"callback": 3}}}
        ]),
        &[("score", "number"), ("announced", "request:redis"), ("arrived left-key", "key"), ("arrived right-key", "key")],
    );
}

#[test]
fn redis_behind_sentinels() {
    let server = redis("redis://a:26379/1").sentinel("shop", ["redis://b:26379"]).or_at("redis://c").or_at("redis://d");
    let written: Scenario = scenario("s").start().returns(7).redis_save("saved", &server, [RedisRecord::text("a", "{minion}")]).into();
    let written = written.document();
    assert_eq!(written["targets"], json!(["redis://a:26379", "redis://b:26379", "redis://c", "redis://d"]));
    assert_eq!(
        written["scenarios"][0]["steps"][1]["redis-save"],
        json!({
            "url": "redis://a:26379/1", "sentinel": {"master": "shop", "others": ["redis://b:26379"]},
            "records": [{"key": "a", "type": "string", "value": "{minion}"}]})
    );
}

#[test]
fn steps_of_databases() {
    let shop = throng::database("postgresql://127.0.0.1:5432/shop").user("ann").pool(5);
    let feed = shop.poll::<Order>("select * from orders where id > $1 order by id", "id", 0).every(millis(200));
    check(
        scenario("s")
            .start()
            .returns(Order { id: "o".to_owned(), total: 1.5 })
            .sql_save("saved", &shop, "orders", [("id", throng::column::text("o-{minion}")), ("total", throng::column::of("/total"))])
            .sql_search_with::<Order>("found", &shop, |_, saved| {
                throng::Statement::new("select * from orders limit $1").bind(saved.affected)
            })
            .inner_join("arrived", feed.named("feed"), |orders| orders.len().to_string(), |order| order.id.clone()),
        json!([
            {"name": "_returns-1", "start": true, "returns": {"id": "o", "total": 1.5}},
            {"name": "saved", "after": "_returns-1", "sql-save": {
                "url": "postgresql://127.0.0.1:5432/shop", "user": "ann", "pool": {"size": 5}, "table": "orders",
                "columns": {"id": "o-{minion}", "total": {"json": "/total"}}}},
            {"name": "found", "after": "saved", "sql-search": {
                "url": "postgresql://127.0.0.1:5432/shop", "user": "ann", "pool": {"size": 5}, "request": {"callback": 0}}},
            {"name": "feed", "sql-poll": {
                "url": "postgresql://127.0.0.1:5432/shop", "user": "ann", "pool": {"size": 5},
                "query": "select * from orders where id > $1 order by id", "tie-breaker": {"column": "id", "initial": 0},
                "poll-delay": "200ms"}},
            {"name": "arrived", "after": "found", "inner-join": {
                "right": "feed", "left-key": {"callback": 1}, "right-key": {"callback": 2}}}
        ]),
        &[("found", "request:sql"), ("arrived left-key", "key"), ("arrived right-key", "key")],
    );
}
