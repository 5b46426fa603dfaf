//! How steps of Kafka are written in the document, and what their closures answer.

use serde_json::{Value as Json, json};
use throng::{KafkaLag, KafkaRecord, NewKafkaRecord, Scenario, kafka, millis, scenario, secs};

#[derive(Clone, Debug, serde::Deserialize, PartialEq, serde::Serialize)]
struct Order {
    id: String,
}

#[test]
fn a_join_of_what_was_sent_with_what_is_received() {
    let cluster = kafka("one:9092, two:9093").with("tls", json!({}));
    let seen = cluster.consume::<Order>("orders", "load-test").from_earliest().concurrency(2).feed();
    let joined: Scenario = scenario("orders")
        .start()
        .produce("sent", &cluster, "orders", |cx, ()| {
            NewKafkaRecord::json(&Order { id: cx.minion().to_string() }).key("k").header("a", "b")
        })
        .inner_join("arrived", seen, |sent| sent.value["id"].as_str().map(str::to_owned), |seen: &KafkaRecord<Order>| seen.value.id.clone())
        .timeout(secs(10))
        .into();
    let document = joined.document();
    assert_eq!(document["targets"], json!(["kafka://one:9092", "kafka://two:9093"]));
    assert_eq!(document["callbacks"][0]["use"], "request:kafka");
    let steps = document["scenarios"][0]["steps"].as_array().expect("steps");
    let of_kind = |kind: &str| steps.iter().find_map(|step| step.get(kind)).cloned().unwrap_or_default();
    assert_eq!(
        of_kind("kafka-produce"),
        json!({ "brokers": "one:9092,two:9093", "tls": {}, "topic": "orders", "record": { "callback": 0 } })
    );
    let mut consume = of_kind("inner-join")["right"].clone();
    if consume.is_string() {
        consume = of_kind("kafka-consume");
    }
    let written = json!({ "brokers": "one:9092,two:9093", "tls": {}, "topics": "orders", "group": "load-test", "from": "earliest", "concurrency": 2 });
    assert_eq!(consume, written);
}

#[test]
fn records_and_lags_are_read_as_the_engine_writes_them() {
    let record: KafkaRecord<Order> = serde_json::from_value(json!({
        "topic": "orders", "partition": 1, "offset": 7, "timestamp": 1700, "key": "k", "value": { "id": "a" }, "headers": { "t": "1", "n": null }
    }))
    .expect("a record");
    assert_eq!((record.offset, record.value.id.as_str(), record.key), (Some(7), "a", Some(Json::from("k"))));
    assert_eq!(record.headers.get("n"), Some(&None));
    let lag: KafkaLag =
        serde_json::from_value(json!({ "group": "shop", "lag": 11, "largest": 9, "partitions": [{ "topic": "orders" }] })).expect("a lag");
    assert_eq!((lag.lag, lag.largest), (11, 9));
    let behind: Scenario = scenario("s").start().returns(1).zip_last("lag", kafka("one:9092").lag("orders", "shop", millis(500))).into();
    let steps = behind.document()["scenarios"][0]["steps"].to_string();
    assert!(steps.contains(r#""kafka-lag":{"brokers":"one:9092","topics":"orders","group":"shop","every":"500ms"}"#), "{steps}");
}
