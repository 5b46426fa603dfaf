//! A subscription at work, on a task of its own: from before the load until nobody takes from it any more.

use throng_broker::{BackOff, CLOSED};
use throng_plugin_api::Clock;
use throng_protocols::Failure;
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_local;
use tokio::time::Interval;

use crate::broker::{Broker, unique_client_id};
use crate::client::{next_ping, pings};
use crate::packets::{Incoming, Message, Outgoing, Qos};
use crate::wire::Wire;

/// Messages that wait to be taken, at most; then the broker waits.
const QUEUE: usize = 256;

/// What is subscribed to.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) broker: Broker,
    pub(crate) filters: Vec<String>,
    pub(crate) qos: Qos,
    pub(crate) client_id: Option<String>,
}

/// What comes of a subscription.
#[derive(Debug)]
pub(crate) enum Taken {
    /// A connection was opened.
    Connected,
    /// A message, and what acknowledges it.
    Message(Message, Receipt),
    /// A connection could not be opened, or was lost; another one will be.
    Lost(Failure),
}

/// What acknowledges a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receipt {
    /// The connection that it came over: another one knows nothing of it.
    connection: u64,
    id: u16,
    qos: Qos,
}

/// The near end of a subscription. Dropping it ends that.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) taken: mpsc::Receiver<Taken>,
    receipts: mpsc::Sender<Receipt>,
}

impl Subscription {
    /// Begins one, and waits until the broker has agreed. Must be called on a worker.
    ///
    /// # Errors
    /// There is no connection to be had, or the broker does not agree.
    pub(crate) async fn begin(wanted: Wanted, clock: Clock) -> Result<Self, Failure> {
        let (sender, taken) = mpsc::channel(QUEUE);
        // All that were taken and those of the batch before them.
        let (receipts, given) = mpsc::channel(4 * QUEUE);
        let (ready, is_ready) = oneshot::channel();
        let feed = Feed { wanted, clock, sender, given, connection: 0 };
        spawn_local(feed.run(ready));
        let gone = || Failure::error(CLOSED, "the subscription has ended before it began");
        is_ready.await.map_err(|_| gone())??;
        Ok(Self { taken, receipts })
    }

    /// Acknowledges a message. One that is not acknowledged comes again.
    pub(crate) fn acknowledge(&self, receipt: Receipt) {
        // There is room for all that can be outstanding; where the subscription has ended there is nobody to tell.
        let _ = self.receipts.try_send(receipt);
    }
}

struct Feed {
    wanted: Wanted,
    clock: Clock,
    sender: mpsc::Sender<Taken>,
    given: mpsc::Receiver<Receipt>,
    /// The number of the present connection.
    connection: u64,
}

impl Feed {
    /// Until nobody takes any more.
    async fn run(mut self, ready: oneshot::Sender<Result<(), Failure>>) {
        let mut back_off = BackOff::default();
        let mut opening = match self.open().await {
            Ok(opened) => {
                let _ = ready.send(Ok(()));
                Some(opened)
            }
            Err(failure) => return drop(ready.send(Err(failure))),
        };
        loop {
            let opened = match opening.take() {
                Some(opened) => Ok(opened),
                None => self.open().await,
            };
            let ended = match opened {
                Ok((wire, before)) => {
                    back_off.reset();
                    self.connection += 1;
                    self.feed(wire, before).await
                }
                Err(failure) => Some(failure),
            };
            let Some(failure) = ended else { return };
            if self.sender.send(Taken::Lost(failure)).await.is_err() {
                return;
            }
            let pause = self.clock.now() + back_off.pause();
            self.clock.sleep_until(pause).await;
        }
    }

    async fn open(&self) -> Result<(Wire, Vec<Incoming>), Failure> {
        let Wanted { broker, filters, qos, client_id } = &self.wanted;
        let client_id = client_id.clone().unwrap_or_else(|| unique_client_id("throng", self.clock));
        let (mut wire, _) = Wire::open(broker, client_id).await?;
        let before = wire.subscribe(filters.clone(), *qos).await?;
        Ok((wire, before))
    }

    /// Why the connection was lost; none when nobody takes any more.
    async fn feed(&mut self, mut wire: Wire, before: Vec<Incoming>) -> Option<Failure> {
        if self.sender.send(Taken::Connected).await.is_err() {
            wire.close().await;
            return None;
        }
        let mut pings = pings(&wire);
        let mut state = State { is_quiet: false };
        for packet in before {
            match self.take(packet, &mut wire, &mut state).await {
                Ok(true) => {}
                Ok(false) => return close(wire).await,
                Err(failure) => return Some(failure),
            }
        }
        loop {
            match self.step(&mut wire, &mut pings, &mut state).await {
                Ok(true) => {}
                Ok(false) => return close(wire).await,
                Err(failure) => return Some(failure),
            }
        }
    }

    /// Whether to go on.
    async fn step(&mut self, wire: &mut Wire, pings: &mut Option<Interval>, state: &mut State) -> Result<bool, Failure> {
        tokio::select! {
            receipt = self.given.recv() => match receipt {
                None => Ok(false),
                Some(receipt) => {
                    self.acknowledge(receipt, wire)?;
                    while let Ok(receipt) = self.given.try_recv() {
                        self.acknowledge(receipt, wire)?;
                    }
                    wire.flush().await.map(|()| true)
                }
            },
            packet = wire.receive() => self.take(packet?, wire, state).await,
            () = next_ping(pings) => {
                if std::mem::replace(&mut state.is_quiet, true) {
                    return Err(Failure::error(CLOSED, "the connection was lost: the broker has given no sign of life for `keep-alive`"));
                }
                wire.put(Outgoing::Ping)?;
                wire.flush().await.map(|()| true)
            }
        }
    }

    fn acknowledge(&self, receipt: Receipt, wire: &mut Wire) -> Result<(), Failure> {
        let Receipt { connection, id, qos } = receipt;
        match qos {
            _ if connection != self.connection => Ok(()),
            Qos::AtMostOnce => Ok(()),
            Qos::AtLeastOnce => wire.put(Outgoing::Acknowledge { id }),
            Qos::ExactlyOnce => wire.put(Outgoing::Received { id }),
        }
    }

    /// Whether anybody takes any more.
    async fn take(&mut self, packet: Incoming, wire: &mut Wire, state: &mut State) -> Result<bool, Failure> {
        state.is_quiet = false;
        match packet {
            Incoming::Message(message) => {
                let receipt = Receipt { connection: self.connection, id: message.id, qos: message.qos };
                Ok(self.sender.send(Taken::Message(message, receipt)).await.is_ok())
            }
            Incoming::Release { id } => {
                wire.put(Outgoing::Complete { id })?;
                wire.flush().await.map(|()| true)
            }
            _ => Ok(true),
        }
    }
}

struct State {
    /// Whether nothing has come since the last sign of life.
    is_quiet: bool,
}

async fn close(wire: Wire) -> Option<Failure> {
    wire.close().await;
    None
}
