//! The chain behind the API: each link takes an order from its queue, does its part, tells of it and hands it on.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use futures_util::StreamExt as _;
use lapin::Consumer;
use lapin::options::BasicAckOptions;

use crate::broker::{Broker, Order, Publisher};
use crate::faults::{Faults, Link};
use crate::store::{Store, Taking};

/// The queue of the first link.
pub(crate) const FIRST: &str = "orders.reserve";

/// Orders that a link works on at a time.
const HANDS: usize = 8;

/// What a payment takes.
const PAYMENT: Duration = Duration::from_millis(2);

impl Link {
    const ALL: [Self; 3] = [Self::Reserve, Self::Charge, Self::Write];

    const fn queue(self) -> &'static str {
        match self {
            Self::Reserve => FIRST,
            Self::Charge => "orders.charge",
            Self::Write => "orders.write",
        }
    }

    const fn done(self) -> &'static str {
        match self {
            Self::Reserve => "reserved",
            Self::Charge => "charged",
            Self::Write => "written",
        }
    }

    const fn next(self) -> Option<Self> {
        match self {
            Self::Reserve => Some(Self::Charge),
            Self::Charge => Some(Self::Write),
            Self::Write => None,
        }
    }
}

/// What a link works with.
#[derive(Clone)]
struct Site {
    link: Link,
    store: Arc<Store>,
    faults: Arc<Faults>,
    publisher: Publisher,
}

/// Starts the links. Their queues are there when this returns.
pub(crate) async fn start(broker: &Broker, store: &Arc<Store>, faults: &Arc<Faults>) -> Result<()> {
    for link in Link::ALL {
        let hands = if link == Link::Write && faults.slow_consumer.is_some() { 1 } else { HANDS };
        broker.begin(link.queue()).await?;
        for _ in 0..hands {
            let consumer = broker.consumer(link.queue()).await?;
            let publisher = broker.publisher().await?;
            let site = Site { link, store: Arc::clone(store), faults: Arc::clone(faults), publisher };
            tokio::spawn(async move {
                if let Err(error) = work(&site, consumer).await {
                    eprintln!("the link {:?} has ended: {error:#}", site.link);
                }
            });
        }
    }
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "the time of a real service")]
async fn work(site: &Site, mut orders: Consumer) -> Result<()> {
    while let Some(delivery) = orders.next().await {
        let delivery = delivery?;
        let order: Order = serde_json::from_slice(&delivery.data).context("no order")?;
        tokio::time::sleep(site.faults.delay(site.link)).await;
        if site.link == Link::Write && site.faults.loses(order.number) {
            delivery.ack(BasicAckOptions::default()).await?;
            continue;
        }
        let times = if site.link == Link::Write && site.faults.doubles(order.number) { 2 } else { 1 };
        for _ in 0..times {
            site.process(&order).await?;
            site.publisher.tell(site.link.done(), &order).await?;
        }
        if let Some(next) = site.link.next() {
            site.publisher.hand_over(next.queue(), &order).await?;
        }
        delivery.ack(BasicAckOptions::default()).await?;
    }
    Ok(())
}

impl Site {
    #[allow(clippy::disallowed_methods, reason = "the time of a real service")]
    async fn process(&self, order: &Order) -> Result<()> {
        match self.link {
            Link::Reserve => {
                let taking = if self.faults.last_writer_wins { Taking::ReadAndWrite } else { Taking::AtOnce };
                self.store.take(&order.item, order.amount, taking).await
            }
            Link::Charge => {
                tokio::time::sleep(PAYMENT).await;
                Ok(())
            }
            Link::Write => self.store.write(order).await,
        }
    }
}
