//! The queues between the links, and the exchange that tells what they did.

use anyhow::Result;
use async_rs::TokioRuntime;
use async_rs::traits::Reactor as _;
use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions, ExchangeDeclareOptions, QueueDeclareOptions,
    QueuePurgeOptions,
};
use lapin::types::FieldTable;
use lapin::uri::AMQPUri;
use lapin::{AsyncTcpStream, BasicProperties, Channel, Connection, ConnectionProperties, Consumer, ExchangeKind};
use serde::{Deserialize, Serialize};

/// Where each link says what it has done: with the keys `reserved`, `charged` and `written`.
const EVENTS: &str = "order-events";

/// Messages that a consumer takes ahead.
const PREFETCH: u16 = 10;

/// An order on its way.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Order {
    /// `order-4711-7`: of this process the seventh, so that none of another time is taken for it.
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
        let uri: AMQPUri = url.parse().map_err(anyhow::Error::msg)?;
        let connect = async move |uri: AMQPUri, runtime: TokioRuntime| {
            let addresses = tokio::net::lookup_host((uri.authority.host, uri.authority.port)).await?;
            let address = addresses.into_iter().next().ok_or(std::io::ErrorKind::NotFound).map_err(std::io::Error::from)?;
            let stream = runtime.tcp_connect_addr(address).await?;
            // Small messages are sent at once.
            stream.get_ref().set_nodelay(true)?;
            Ok(AsyncTcpStream::Plain(stream))
        };
        Ok(Self(Connection::connector(uri, TokioRuntime::tokio_current(), connect, ConnectionProperties::default()).await?))
    }

    /// Makes a queue where it is not there, and takes what is left in it of another time.
    pub(crate) async fn begin(&self, queue: &str) -> Result<()> {
        let channel = self.0.create_channel().await?;
        channel.queue_declare(queue.into(), QueueDeclareOptions::default(), FieldTable::default()).await?;
        channel.queue_purge(queue.into(), QueuePurgeOptions::default()).await?;
        Ok(())
    }

    /// Takes orders from this queue.
    pub(crate) async fn consumer(&self, queue: &str) -> Result<Consumer> {
        let channel = self.0.create_channel().await?;
        channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
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
