//! A connection to a broker, packet by packet.

use std::io;
use std::time::Duration;

use bytes::BytesMut;
use throng_broker::{CLOSED, PROTOCOL, REFUSED, Socket, connect_failure, connect_timeout};
use throng_protocols::Failure;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::broker::Broker;
use crate::packets::{Incoming, Outgoing, Refusal, Welcome};

/// The broker does not want what it was sent.
pub(crate) const REJECTED: &str = "rejected";

/// An open connection.
#[derive(Debug)]
pub(crate) struct Wire {
    broker: Broker,
    socket: Socket,
    received: BytesMut,
    to_send: BytesMut,
}

impl Wire {
    /// Connects and introduces itself, within the time that the broker has for it.
    ///
    /// # Errors
    /// There is no connection to be had.
    pub(crate) async fn open(broker: &Broker, client_id: String) -> Result<(Self, Welcome), Failure> {
        let opened = tokio::time::timeout(broker.connect_limit, Self::open_unlimited(broker, client_id)).await;
        opened.unwrap_or_else(|_| Err(connect_timeout(&broker.address, broker.connect_limit)))
    }

    async fn open_unlimited(broker: &Broker, client_id: String) -> Result<(Self, Welcome), Failure> {
        let socket = Socket::open(&broker.address, &broker.tls, broker.connect_limit).await;
        let socket = socket.map_err(|error| connect_failure(&broker.address, &error))?;
        let mut wire = Self { broker: broker.clone(), socket, received: BytesMut::new(), to_send: BytesMut::new() };
        let keep_alive = u16::try_from(broker.keep_alive.as_secs()).unwrap_or(u16::MAX);
        wire.put(Outgoing::Connect { client_id, login: broker.login.clone(), keep_alive })?;
        wire.flush().await?;
        match wire.receive().await? {
            Incoming::Connected(Ok(welcome)) => {
                if let Some(seconds) = welcome.keep_alive {
                    wire.broker.keep_alive = Duration::from_secs(seconds.into());
                }
                Ok((wire, welcome))
            }
            Incoming::Connected(Err(refusal)) => Err(wire.refused("does not let us in", &refusal)),
            other => Err(wire.nonsense(&format!("{other:?} came before the connection was accepted"))),
        }
    }

    /// Asks for messages, and waits until the broker has agreed.
    ///
    /// # Errors
    /// It does not.
    pub(crate) async fn subscribe(&mut self, filters: Vec<String>, qos: crate::packets::Qos) -> Result<Vec<Incoming>, Failure> {
        let limit = self.broker.connect_limit;
        let subscribed = tokio::time::timeout(limit, async {
            self.put(Outgoing::Subscribe { filters, qos })?;
            self.flush().await?;
            let mut before = Vec::new();
            loop {
                match self.receive().await? {
                    Incoming::Subscribed(Ok(())) => return Ok(before),
                    Incoming::Subscribed(Err(refusal)) => return Err(self.refused("does not let us subscribe", &refusal)),
                    // What is retained may come before the answer.
                    other => before.push(other),
                }
            }
        });
        match subscribed.await {
            Ok(subscribed) => subscribed,
            Err(_) => Err(connect_timeout(&self.broker.address, limit)),
        }
    }

    /// The next packet. Nothing is lost when this is dropped.
    ///
    /// # Errors
    /// The connection is lost, the broker has ended it, or what it sends is no packet.
    pub(crate) async fn receive(&mut self) -> Result<Incoming, Failure> {
        loop {
            match self.broker.version.read(&mut self.received) {
                Ok(Some(Incoming::Goodbye(refusal))) => return Err(self.refused("has ended the connection", &refusal)),
                Ok(Some(packet)) => return Ok(packet),
                Ok(None) => {}
                Err(error) => return Err(self.nonsense(&error)),
            }
            match self.socket.read_buf(&mut self.received).await {
                Ok(0) => return Err(self.lost(&io::Error::from(io::ErrorKind::UnexpectedEof))),
                Ok(_) => {}
                Err(error) => return Err(self.lost(&error)),
            }
        }
    }

    /// Writes a packet, to be sent by the next `flush`.
    ///
    /// # Errors
    /// It cannot be sent, such as for its size.
    pub(crate) fn put(&mut self, packet: Outgoing) -> Result<(), Failure> {
        let written = self.broker.version.write(packet, &mut self.to_send);
        written.map_err(|error| Failure::error(throng_broker::BAD_MESSAGE, format!("the message cannot be sent: {error}")).final_())
    }

    /// Sends what was put.
    ///
    /// # Errors
    /// The connection is lost.
    pub(crate) async fn flush(&mut self) -> Result<(), Failure> {
        let sent = self.socket.write_all_buf(&mut self.to_send).await;
        let sent = match sent {
            Ok(()) => self.socket.flush().await,
            Err(error) => Err(error),
        };
        sent.map_err(|error| self.lost(&error))
    }

    /// Says goodbye; whether that arrives is of no interest.
    pub(crate) async fn close(mut self) {
        if self.put(Outgoing::Goodbye).is_ok() {
            let _ = tokio::time::timeout(self.broker.connect_limit, self.flush()).await;
        }
    }

    /// From one sign of life to the next; none where there are none.
    pub(crate) fn keep_alive(&self) -> Option<Duration> {
        Some(self.broker.keep_alive).filter(|time| !time.is_zero())
    }

    /// A refusal as a failure.
    pub(crate) fn refused(&self, what: &str, refusal: &Refusal) -> Failure {
        let message = format!("{} {what}: {}", self.broker.address, refusal.words);
        match refusal.is_about_rights {
            true => Failure::error(REFUSED, format!("{message}; the options `user` and `password` say who asks")).final_(),
            false => Failure::error(REJECTED, message),
        }
    }

    fn lost(&self, error: &io::Error) -> Failure {
        let message = format!("the connection to {} was lost: {error}; the broker's log may say why", self.broker.address);
        Failure::error(CLOSED, message)
    }

    fn nonsense(&self, what: &str) -> Failure {
        let message = format!("{} does not speak MQTT as expected: {what}; is the `version` right?", self.broker.address);
        Failure::error(PROTOCOL, message)
    }
}
