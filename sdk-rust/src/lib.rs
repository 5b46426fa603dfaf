//! Write throng scenarios in Rust.
//!
//! A scenario is a graph of steps that simulated users walk. Closures build requests and check results; the engine sends, waits and measures.
//!
//! ```
//! use throng::{Request, Response, Scenario, ensure, http, regular, scenario, secs, status};
//!
//! #[throng::scenario]
//! fn checkout() -> Scenario {
//!     let shop = http("http://127.0.0.1:8080");
//!     scenario("checkout").minions(1000).profile(regular(secs(1), 50))
//!         .start()
//!         .http("login", &shop, |cx, ()| Request::post("/login").json(&format!("user-{}", cx.minion())))
//!         .assert("welcome", status(200))
//!         .http_with("order", "login", |_, _: Response| Request::post("/orders").body("pen")).timeout(secs(2))
//!         .verify("placed", |r: &Response| ensure!(r.status() == 201, "order refused: {}", r.status()))
//!         .rule("p99(response, step:order) < 250ms")
//! }
//! # let steps = checkout().document()["scenarios"][0]["steps"].as_array().unwrap().len();
//! # assert_eq!(steps, 4);
//! ```
//!
//! Built for `wasm32-unknown-unknown` as a `cdylib`, the function is a component that `throng run` takes;
//! built natively, its closures are tested with [`testing`]. Both are the same code over another host.

// What wit-bindgen generates names this crate from outside, as scenarios do.
#[cfg(target_arch = "wasm32")]
extern crate self as throng;

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod bindings;
mod carry;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod component;
mod composite;
mod draft;
mod duration;
mod events;
mod failure;
mod files;
mod flow;
mod form;
mod http;
mod http_steps;
mod kafka;
pub mod log;
mod meters;
mod mqtt;
#[cfg(not(target_arch = "wasm32"))]
#[doc(hidden)]
pub mod native;
mod options;
mod platform;
mod profile;
mod program;
mod rabbitmq;
mod read;
mod redis;
mod redis_sources;
mod scenario;
mod server;
pub mod session;
mod settings;
mod sockets;
mod source;
mod sql;
mod steps;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod value;
mod visit;
mod written;

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub use wit_bindgen::rt as wit_bindgen_rt;

pub use carry::{Answer, Carry, Done, Several};
pub use composite::Handled;
pub use duration::{millis, minutes, secs};
pub use events::{Event, EventBody, abort, event, report};
pub use failure::{Failure, FailureKind};
pub use files::{BadRecords, Column, ColumnOptions, CsvFile, JsonFile, TextFile, XmlFile, csv, json_file, lines, xml};
pub use flow::{Feed, Flow, Load, Side};
pub use form::Part;
pub use http::{FixedRequest, IntoRequest, Phase, Request, Response, delete, fixed, get, post, put};
pub use kafka::{IntoKafkaRecord, Kafka, KafkaConsumer, KafkaLag, KafkaRecord, NewKafkaRecord, kafka};
pub use log::Level;
pub use meters::{
    Counter, Gauge, Meter, MeterKind, Operation, Rate, Summary, Throughput, Timer, counter, gauge, rate_meter, summary, throughput, timer,
};
pub use mqtt::{IntoMqttMessage, MqttBroker, MqttMessage, MqttPublished, MqttRecord, MqttTopics, mqtt};
pub use options::{Iterate, Monitoring, Retry, iterations, iterations_in_total, lasting, retries};
pub use platform::Native;
pub use profile::{
    Completion, Profile, Stage, StageMinions, faster, immediate, more, percent, poisson, ramp, rate, regular, stage, stages, timeframe,
    user,
};
pub use program::{IntoScenarios, Program};
pub use rabbitmq::{IntoRabbitMessage, QueueDepth, RabbitBroker, RabbitMessage, RabbitPublished, RabbitQueue, RabbitRecord, rabbitmq};
pub use redis::{IntoRedisRecords, RedisEntry, RedisRecord, RedisSaved, RedisSendable, RedisServer, redis};
pub use redis_sources::{RedisElement, RedisPoll, RedisStream, RedisStreamRecord};
pub use scenario::{InFlightPolicy, Scenario, ScenarioBuilder, scenario};
pub use server::{Server, http};
pub use settings::Setting;
pub use sockets::{Message, Place, message, message_hex, message_of_input, tcp, udp};
pub use source::{Poll, datasource, side_tree};
pub use sql::{Database, Parameter, Saved, SqlPoll, Statement, column, database};
pub use steps::{AtEnd, IntoRules, Key, Number, Pick, Split, Step, Upstream, UpstreamSide, Validity, status, step};
pub use throng_macros::{scenario, scenarios};
pub use value::{Output, Value};
pub use visit::{Context, Fault};

/// For [`FixedRequest::json`].
pub use serde_json::json;

/// Nothing is exported outside of a component.
#[cfg(not(target_arch = "wasm32"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    ($scenarios:path) => {};
}

/// The guide's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/rust-sdk.md")]
struct Guide;
