//! Orders that go through a topic of Kafka: each that was sent must be received, once, within ten seconds.

use serde::{Deserialize, Serialize};
use throng::{KafkaRecord, NewKafkaRecord, Scenario, Setting, json, kafka, millis, regular, scenario, secs};

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Order {
    id: String,
    pens: u32,
}

#[throng::scenario]
fn orders_over_kafka() -> Scenario {
    let brokers = Setting::text("brokers", "127.0.0.1:9092").about("where the cluster is asked for first");
    let cluster = kafka(brokers.value());
    // Members that are gone are missed soon, and their partitions given to others.
    let soon = json!({ "session.timeout.ms": 2000, "heartbeat.interval.ms": 500 });
    let seen = cluster.consume::<Order>("orders", "load-test").from_earliest().concurrency(2).with("properties", soon).feed();
    scenario("orders-over-kafka")
        .minions(200)
        .profile(regular(millis(100), 20))
        .setting(&brokers)
        .start()
        .produce("sent", &cluster, "orders", |cx, ()| {
            let id = format!("order-{}", cx.minion());
            NewKafkaRecord::json(&Order { pens: cx.minion() % 7, id: id.clone() }).key(id).header("sent-by", "throng")
        })
        .inner_join("arrived", seen, |sent| sent.value["id"].as_str().map(str::to_owned), |seen: &KafkaRecord<Order>| seen.value.id.clone())
        .timeout(secs(10))
        .rule("missing(step:arrived) == 0")
        .rule("duplicate(step:arrived) == 0")
}
