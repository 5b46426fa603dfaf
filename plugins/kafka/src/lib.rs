//! The Kafka plugin: records produced and consumed, and the lag of a group.
//!
//! `kafka-produce` sends a record for each minion and waits until it is acknowledged, `kafka-consume` makes a record of each record of
//! topics, `kafka-lag` tells again and again how far a group is behind. The protocol is librdkafka's: its threads do all input and output,
//! and whatever of it can block has a thread here, so that a worker never waits for it. [`KafkaPlugin`] is all that an engine needs.

mod answer;
mod brokers;
mod client;
mod cluster;
mod consume;
mod content;
mod failure;
mod goodbye;
mod heard;
mod lag;
mod member;
mod options;
mod plugin;
mod produce;
mod producer;
mod properties;
mod record;

pub use plugin::KafkaPlugin;
