//! The RabbitMQ plugin: messages over AMQP 0-9-1.
//!
//! The step kind `rabbitmq-produce` publishes a message for each minion and waits for the broker's confirm. The source `rabbitmq-consume`
//! makes records of a queue's messages, the source `rabbitmq-depth` of its length. [`RabbitPlugin`] is all that an engine needs;
//! [`bare_connection`] is what its throughput is measured with.

mod bare;
mod broker;
mod consume;
mod declare;
mod depth;
mod failure;
mod link;
mod message;
mod options;
mod plugin;
mod produce;
mod record;
mod runtime;
mod table;
mod transport;

pub use bare::bare_connection;
pub use plugin::RabbitPlugin;
