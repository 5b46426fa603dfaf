//! The queues between the links, and the exchange that tells what they did.

use anyhow::Result;
use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions, ExchangeDeclareOptions, QueueDeclareOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer, ExchangeKind};
use serde::{Deserialize, Serialize};

/// Where each link says what it has done: with the keys `reserved`, `charged` and `written`.
const EVENTS: &str = "order-events";

/// Messages that a consumer takes ahead.
const PREFETCH: u16 = 10;

/// An order on its way.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Order {
    /// `order-7`
    pub(crate) order: String,
    /// Counted by the service.
    pub(crate) number: u64,
    /// What is ordered.
    pub(crate) item: String,
    /// How many.
    pub(crate) amount: i64,
}

/// A connection to the broker.
pub(crate) struct Broker(Connection);

impl Broker {
    pub(crate) async fn open(url: &str) -> Result<Self> {
        Ok(Self(Connection::connect(url, ConnectionProperties::default()).await?))
    }

    /// Takes orders from this queue, which is made where it is not there.
    pub(crate) async fn consumer(&self, queue: &str) -> Result<Consumer> {
        let channel = self.0.create_channel().await?;
        channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
        channel.queue_declare(queue.into(), QueueDeclareOptions::default(), FieldTable::default()).await?;
        Ok(channel.basic_consume(queue.into(), "".into(), BasicConsumeOptions::default(), FieldTable::default()).await?)
    }

    /// Publishes on a channel of its own; the broker confirms what it has.
    pub(crate) async fn publisher(&self) -> Result<Publisher> {
        let channel = self.0.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        channel.exchange_declare(EVENTS.into(), ExchangeKind::Topic, ExchangeDeclareOptions::default(), FieldTable::default()).await?;
        Ok(Publisher(channel))
    }
}

/// What publishes orders and what became of them.
#[derive(Clone)]
pub(crate) struct Publisher(Channel);

impl Publisher {
    /// Hands an order to the link behind this queue; it is there when this returns.
    pub(crate) async fn hand_over(&self, queue: &str, order: &Order) -> Result<()> {
        self.publish("", queue, order).await
    }

    /// Tells that something was done with an order.
    pub(crate) async fn tell(&self, done: &str, order: &Order) -> Result<()> {
        self.publish(EVENTS, done, order).await
    }

    async fn publish(&self, exchange: &str, key: &str, order: &Order) -> Result<()> {
        let body = serde_json::to_vec(order)?;
        let properties = BasicProperties::default().with_content_type("application/json".into());
        let published = self.0.basic_publish(exchange.into(), key.into(), BasicPublishOptions::default(), &body, properties);
        published.await?.await?;
        Ok(())
    }
}
