//! The MQTT plugin: versions 3.1.1 and 5.
//!
//! The step kind `mqtt-publish` publishes a message for each minion and waits until the broker has it. The source `mqtt-subscribe` makes
//! records of the messages of topics. [`MqttPlugin`] is all that an engine needs.
//!
//! The packets are read and written by `rumqttc`; who sends which when, and who waits for what, is in [`wire`] and [`client`].

mod broker;
mod client;
mod message;
mod options;
mod packets;
mod plugin;
mod publish;
mod record;
mod subscribe;
mod subscription;
mod wire;

pub use plugin::MqttPlugin;
