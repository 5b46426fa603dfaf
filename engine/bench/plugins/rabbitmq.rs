//! Messages published with confirms, and consumed, by `lapin`.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures_util::StreamExt as _;
use futures_util::future::try_join_all;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions, QueueDeclareOptions,
    QueuePurgeOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection};
use throng_rabbitmq::bare_connection;

use crate::{Work, block_on, timed};

/// As the document's.
const QUEUE: &str = "bench";
const BODY: &[u8] = b"twenty-three bytes long";
/// As the plugin's own.
const PREFETCH: u16 = 10;

/// An empty queue.
pub(crate) fn make_queue(work: &Work) -> Result<()> {
    block_on(async {
        let (_connection, channel) = open(work).await?;
        empty(&channel).await
    })
}

/// A queue with a message for each operation.
pub(crate) fn fill(work: &Work) -> Result<()> {
    block_on(async {
        let (_connection, channel) = open(work).await?;
        empty(&channel).await?;
        send(&channel, work).await
    })
}

/// A channel that many share, each waiting for the confirm of its own message.
pub(crate) fn produce(work: &Work) -> Result<Duration> {
    block_on(async {
        let (_connection, channel) = open(work).await?;
        timed(send(&channel, work)).await
    })
}

/// Takes and acknowledges each message.
pub(crate) fn consume(work: &Work) -> Result<Duration> {
    block_on(async {
        let (_connection, channel) = open(work).await?;
        channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
        let mut consumer =
            channel.basic_consume(QUEUE.into(), "bench".into(), BasicConsumeOptions::default(), FieldTable::default()).await?;
        timed(async {
            for _ in 0..work.operations {
                let delivery = consumer.next().await.context("the consumer has ended")??;
                ensure!(delivery.data.as_slice() == BODY, "another message");
                delivery.ack(BasicAckOptions::default()).await?;
            }
            Ok(())
        })
        .await
    })
}

async fn open(work: &Work) -> Result<(Connection, Channel)> {
    let connection = bare_connection(work.port()?).await?;
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    Ok((connection, channel))
}

async fn empty(channel: &Channel) -> Result<()> {
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(QUEUE.into(), durable, FieldTable::default()).await?;
    channel.queue_purge(QUEUE.into(), QueuePurgeOptions::default()).await?;
    Ok(())
}

async fn send(channel: &Channel, work: &Work) -> Result<()> {
    let one = || async {
        for _ in 0..work.each() {
            let published =
                channel.basic_publish("".into(), QUEUE.into(), BasicPublishOptions::default(), BODY, BasicProperties::default()).await?;
            published.await?;
        }
        Ok::<_, anyhow::Error>(())
    };
    try_join_all((0..work.in_flight).map(|_| one())).await.map(drop)
}
