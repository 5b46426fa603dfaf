//! A connection that messages are published over: any number of them are under way at a time, each waiting for its own answer.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use throng_broker::{CLOSED, Link};
use throng_protocols::Failure;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::broker::Broker;
use crate::packets::{Incoming, Message, Outgoing, Qos, Refusal};
use crate::wire::Wire;

/// Messages that wait to be written, at most; who has one more waits.
const QUEUE: usize = 64;

/// A connection, driven by a task of its own. Dropping it says goodbye.
#[derive(Debug)]
pub(crate) struct Client {
    outbox: mpsc::Sender<Order>,
    /// Those that the broker allows to be under way.
    room: Arc<Semaphore>,
    is_alive: Rc<Cell<bool>>,
    /// Whether somebody has told of its end.
    has_told: Cell<bool>,
    _driver: JoinHandle<()>,
}

/// A message to be sent, and who waits for what becomes of it.
struct Order {
    message: Message,
    waiting: Waiting,
}

struct Waiting {
    answer: oneshot::Sender<Result<(), Failure>>,
    _room: OwnedSemaphorePermit,
}

impl Link for Client {
    fn is_alive(&self) -> bool {
        self.is_alive.get()
    }
}

impl Client {
    /// Opens one. Must be called on a worker.
    ///
    /// # Errors
    /// There is no connection to be had.
    pub(crate) async fn open(broker: &Broker, client_id: String) -> Result<Self, Failure> {
        let (wire, welcome) = Wire::open(broker, client_id).await?;
        let (outbox, orders) = mpsc::channel(QUEUE);
        let is_alive = Rc::new(Cell::new(true));
        let driver = Driver { pings: pings(&wire), is_quiet: false, wire, waiting: FxHashMap::default(), last_id: 0 };
        let alive = Rc::clone(&is_alive);
        let driver = spawn_local(async move {
            driver.run(orders).await;
            alive.set(false);
        });
        let room = Arc::new(Semaphore::new(welcome.most_under_way.into()));
        Ok(Self { outbox, room, is_alive, has_told: Cell::new(false), _driver: driver })
    }

    /// Publishes a message, and waits until the broker has it, as surely as was asked for.
    ///
    /// # Errors
    /// The connection is lost before, or the broker does not want it.
    pub(crate) async fn publish(&self, message: Message) -> Result<(), Failure> {
        let gone = || Failure::error(CLOSED, "the connection was lost before the message was sent");
        let room = Arc::clone(&self.room).acquire_owned().await.map_err(|_| gone())?;
        let (answer, answered) = oneshot::channel();
        let order = Order { message, waiting: Waiting { answer, _room: room } };
        self.outbox.send(order).await.map_err(|_| gone())?;
        answered.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Whether it has ended, and this is the first time that somebody asks: so that its end is told once.
    pub(crate) fn has_just_ended(&self) -> bool {
        !self.is_alive() && !self.has_told.replace(true)
    }
}

/// When to give signs of life; none where there are none.
pub(crate) fn pings(wire: &Wire) -> Option<Interval> {
    wire.keep_alive().map(|time| {
        // Twice as often as has to be, so that one that is late does no harm.
        let mut pings = interval(time / 2);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings
    })
}

/// Waits for the next sign of life; for ever where there are none.
pub(crate) async fn next_ping(pings: &mut Option<Interval>) {
    match pings {
        Some(pings) => drop(pings.tick().await),
        None => std::future::pending().await,
    }
}

struct Driver {
    wire: Wire,
    pings: Option<Interval>,
    /// Whether nothing has come since the last sign of life.
    is_quiet: bool,
    waiting: FxHashMap<u16, Waiting>,
    last_id: u16,
}

impl Driver {
    /// Until nobody is left who could order something, or the connection is lost, which those who wait are told.
    async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let ended = loop {
            let done = tokio::select! {
                order = orders.recv() => match order {
                    None => break None,
                    Some(order) => self.send(order, &mut orders).await,
                },
                packet = self.wire.receive() => match packet {
                    Ok(packet) => self.take(packet).await,
                    Err(failure) => Err(failure),
                },
                () = next_ping(&mut self.pings) => self.ping().await,
            };
            if let Err(failure) = done {
                break Some(failure);
            }
        };
        let Some(failure) = ended else { return self.wire.close().await };
        for (_, waiting) in self.waiting {
            // Who does not wait any more needs no answer.
            let _ = waiting.answer.send(Err(failure.clone()));
        }
        orders.close();
        while let Ok(order) = orders.try_recv() {
            let _ = order.waiting.answer.send(Err(failure.clone()));
        }
    }

    /// Sends a message, and those that are there already.
    async fn send(&mut self, first: Order, orders: &mut mpsc::Receiver<Order>) -> Result<(), Failure> {
        let mut sent = Vec::new();
        let mut next = Some(first);
        while let Some(Order { mut message, waiting }) = next.take() {
            let qos = message.qos;
            if qos != Qos::AtMostOnce {
                message.id = self.free_id();
            }
            let id = message.id;
            match self.wire.put(Outgoing::Message(message)) {
                Err(failure) => drop(waiting.answer.send(Err(failure))),
                Ok(()) if qos == Qos::AtMostOnce => sent.push(waiting),
                Ok(()) => drop(self.waiting.insert(id, waiting)),
            }
            next = orders.try_recv().ok();
        }
        let flushed = self.wire.flush().await;
        for waiting in sent {
            let _ = waiting.answer.send(flushed.clone());
        }
        flushed
    }

    async fn take(&mut self, packet: Incoming) -> Result<(), Failure> {
        self.is_quiet = false;
        match packet {
            Incoming::Done { id, outcome } => {
                if let Some(waiting) = self.waiting.remove(&id) {
                    let refused = |refusal: Refusal| self.wire.refused("has not taken the message", &refusal);
                    let _ = waiting.answer.send(outcome.map_err(refused));
                }
                Ok(())
            }
            Incoming::Received { id } => {
                self.wire.put(Outgoing::Release { id })?;
                self.wire.flush().await
            }
            _ => Ok(()),
        }
    }

    async fn ping(&mut self) -> Result<(), Failure> {
        if std::mem::replace(&mut self.is_quiet, false) {
            return Err(Failure::error(CLOSED, "the connection was lost: the broker has given no sign of life for `keep-alive`"));
        }
        self.is_quiet = true;
        self.wire.put(Outgoing::Ping)?;
        self.wire.flush().await
    }

    /// The next number that no message under way has; there are fewer of them than numbers.
    fn free_id(&mut self) -> u16 {
        loop {
            self.last_id = self.last_id.checked_add(1).unwrap_or(1);
            if !self.waiting.contains_key(&self.last_id) {
                return self.last_id;
            }
        }
    }
}
