//! Connections to a broker, and what minions publish over.

use std::cell::Cell;
use std::rc::Rc;

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use lapin::{AsyncTcpStream, Channel, Confirmation, Connection, ConnectionProperties};
use throng_broker::{Link, Socket, connect_failure, connect_timeout};
use throng_plugin_api::Clock;
use throng_protocols::Failure;

use crate::broker::Broker;
use crate::failure::{NACKED, UNROUTABLE, of_connecting, of_use};
use crate::message::Message;
use crate::runtime::runtime;
use crate::table::short;
use crate::transport::Transport;

/// Whether the broker confirms messages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Confirm {
    /// It does, and that is waited for.
    Awaited,
    /// It does not.
    None,
}

impl Broker {
    /// A new connection, logged in, with a channel.
    ///
    /// # Errors
    /// There is none to be had, within the time that there is.
    pub(crate) async fn connect(&self, clock: Clock) -> Result<(Connection, Channel), Failure> {
        let connecting = async {
            let connection = self.open().await?;
            let channel = connection.create_channel().await.map_err(|error| of_connecting(&self.address, self.connect_limit, &error))?;
            Ok((connection, channel))
        };
        let connected = clock.timeout(self.connect_limit, connecting).await;
        connected.unwrap_or_else(|| Err(connect_timeout(&self.address, self.connect_limit)))
    }

    async fn open(&self) -> Result<Connection, Failure> {
        let runtime = runtime().map_err(|error| connect_failure(&self.address, &error))?;
        let uri = AMQPUri {
            scheme: AMQPScheme::AMQP,
            authority: AMQPAuthority {
                userinfo: AMQPUserInfo { username: self.user.clone(), password: self.password.clone() },
                host: self.address.host.clone(),
                port: self.address.port,
            },
            vhost: self.virtual_host.clone(),
            query: AMQPQueryString { heartbeat: u16::try_from(self.heartbeat.as_secs()).ok(), ..AMQPQueryString::default() },
        };
        let broker = self.clone();
        let connect = async move |_, _| {
            let socket = Socket::open(&broker.address, &broker.tls, broker.connect_limit).await;
            socket.map(|socket| AsyncTcpStream::Plain(Transport(socket))).map_err(lapin::Error::from)
        };
        let properties = ConnectionProperties::default().with_connection_name("throng".into());
        let connected = Connection::connector(uri, runtime, connect, properties).await;
        connected.map_err(|error| of_connecting(&self.address, self.connect_limit, &error))
    }
}

/// A connection that steps share.
#[derive(Debug)]
pub(crate) struct Line {
    broker: Broker,
    connection: Connection,
    /// Whether somebody has told of its end.
    has_told: Cell<bool>,
}

/// A channel of a step's own: what the broker closes for one step's message takes no other step's with it.
#[derive(Debug)]
pub(crate) struct Publisher {
    line: Rc<Line>,
    channel: Channel,
}

impl Link for Line {
    fn is_alive(&self) -> bool {
        self.connection.status().connected()
    }
}

impl Link for Publisher {
    fn is_alive(&self) -> bool {
        self.line.is_alive() && self.channel.status().connected()
    }
}

impl Line {
    /// Opens one.
    ///
    /// # Errors
    /// There is no connection to be had.
    pub(crate) async fn open(broker: &Broker, clock: Clock) -> Result<Self, Failure> {
        let connected = clock.timeout(broker.connect_limit, broker.open()).await;
        let connection = connected.unwrap_or_else(|| Err(connect_timeout(&broker.address, broker.connect_limit)))?;
        Ok(Self { broker: broker.clone(), connection, has_told: Cell::new(false) })
    }

    /// Whether it has ended, and this is the first time that somebody asks: so that its end is told once.
    pub(crate) fn has_just_ended(&self) -> bool {
        !self.is_alive() && !self.has_told.replace(true)
    }
}

impl Publisher {
    /// Opens one.
    ///
    /// # Errors
    /// The connection gives no channel.
    pub(crate) async fn open(line: Rc<Line>, clock: Clock, confirm: Confirm) -> Result<Self, Failure> {
        let Broker { address, connect_limit, .. } = &line.broker;
        let opening = async {
            let channel = line.connection.create_channel().await?;
            if confirm == Confirm::Awaited {
                channel.confirm_select(ConfirmSelectOptions::default()).await?;
            }
            Ok(channel)
        };
        let opened = clock.timeout(*connect_limit, opening).await.ok_or_else(|| connect_timeout(address, *connect_limit))?;
        let channel = opened.map_err(|error| of_use(address, &error))?;
        Ok(Self { line, channel })
    }

    /// Publishes a message. With confirms it waits until the broker has taken it.
    ///
    /// # Errors
    /// The connection was lost, or the broker does not take it.
    pub(crate) async fn publish(&self, message: &Message) -> Result<(), Failure> {
        let Message { exchange, routing_key, body, properties, mandatory } = message;
        let options = BasicPublishOptions { mandatory: *mandatory, ..BasicPublishOptions::default() };
        let published = self.channel.basic_publish(short(exchange), short(routing_key), options, body, properties.clone());
        let confirmed = async { published.await?.await };
        match confirmed.await.map_err(|error| of_use(&self.line.broker.address, &error))? {
            Confirmation::Ack(None) | Confirmation::NotRequested => Ok(()),
            Confirmation::Ack(Some(returned)) | Confirmation::Nack(Some(returned)) => {
                let why = match exchange.is_empty() {
                    true => format!("there is no queue `{routing_key}`; declare it, or correct the routing key"),
                    false => format!(
                        "the exchange `{exchange}` knows no queue for the routing key `{routing_key}`; bind one, or correct the key"
                    ),
                };
                Err(Failure::error(UNROUTABLE, format!("the broker has returned the message: {}: {why}", returned.reply_text)))
            }
            Confirmation::Nack(None) => {
                let message = "the broker has not taken the message (nack): the queue is full, or lost".to_owned();
                Err(Failure::error(NACKED, message))
            }
        }
    }

    /// What it goes over.
    pub(crate) fn line(&self) -> &Line {
        &self.line
    }
}
