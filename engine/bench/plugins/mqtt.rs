//! Messages published at quality of service 1, and received, by `rumqttc`'s own client.

use std::time::Duration;

use anyhow::{Result, bail};
use futures_util::future::try_join_all;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};

use crate::{Work, block_on, timed};

/// As the document's.
const TOPIC: &str = "bench";
const BODY: &[u8] = b"twenty-three bytes long";

/// A connection for each message that is under way, as minions have; each waits for the answer to its own.
pub(crate) fn publish(work: &Work) -> Result<Duration> {
    block_on(async {
        let connect = |number| async move {
            let (client, mut events) = client(work, number)?;
            until(&mut events, |packet| matches!(packet, Packet::ConnAck(_))).await?;
            Ok::<_, anyhow::Error>((client, events))
        };
        let connections = try_join_all((0..work.in_flight).map(connect)).await?;
        let one = |(client, mut events): (AsyncClient, EventLoop)| async move {
            for _ in 0..work.each() {
                client.publish(TOPIC, QoS::AtLeastOnce, false, BODY).await?;
                until(&mut events, |packet| matches!(packet, Packet::PubAck(_))).await?;
            }
            Ok::<_, anyhow::Error>(())
        };
        timed(async { try_join_all(connections.into_iter().map(one)).await.map(drop) }).await
    })
}

/// One connection publishes, and another one receives; so many messages are between them, at most.
pub(crate) fn subscribe(work: &Work) -> Result<Duration> {
    block_on(async {
        let (subscriber, mut received) = client(work, 0)?;
        subscriber.subscribe(TOPIC, QoS::AtLeastOnce).await?;
        until(&mut received, |packet| matches!(packet, Packet::SubAck(_))).await?;
        let (publisher, mut answers) = client(work, 1)?;
        until(&mut answers, |packet| matches!(packet, Packet::ConnAck(_))).await?;
        let answers = tokio::spawn(async move { while answers.poll().await.is_ok() {} });
        let took = timed(async {
            let mut sent = 0;
            for come in 0..work.operations {
                while sent < work.operations && sent - come < work.in_flight {
                    publisher.publish(TOPIC, QoS::AtLeastOnce, false, BODY).await?;
                    sent += 1;
                }
                until(&mut received, |packet| matches!(packet, Packet::Publish(_))).await?;
            }
            Ok(())
        })
        .await;
        answers.abort();
        took
    })
}

fn client(work: &Work, number: u64) -> Result<(AsyncClient, EventLoop)> {
    let mut options = MqttOptions::new(format!("bare-{}-{number}", std::process::id()), "127.0.0.1", work.port()?);
    options.set_credentials("shop", "secret").set_keep_alive(Duration::from_secs(30));
    Ok(AsyncClient::new(options, usize::try_from(work.in_flight)?.max(10)))
}

/// Goes on until a packet of this kind has come.
async fn until(events: &mut EventLoop, is_wanted: impl Fn(&Packet) -> bool) -> Result<()> {
    loop {
        match events.poll().await? {
            Event::Incoming(Packet::Disconnect(goodbye)) => bail!("the broker has ended the connection: {goodbye:?}"),
            Event::Incoming(packet) if is_wanted(&packet) => return Ok(()),
            _ => {}
        }
    }
}
