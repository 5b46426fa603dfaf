//! A connection to a server: commands and their answers, by the library's multiplexed connection over a socket of the engine's.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, Pipeline, RedisConnectionInfo, RedisError, ServerError, Value as Answer, cmd};
use throng_broker::{Link, Socket, connect_failure, connect_timeout};
use throng_plugin_api::Clock;
use throng_protocols::Failure;
use tokio::task::{JoinHandle, spawn_local};

use crate::failure::{answer_timeout, of_connection, of_error, of_greeting};
use crate::server::Server;

/// A connection, logged in, its database selected.
#[derive(Debug)]
pub(crate) struct Line {
    server: Server,
    clock: Clock,
    connection: MultiplexedConnection,
    driver: JoinHandle<()>,
    /// An answer did not come in time, or the server is a replica now: it is not used any more.
    is_given_up: Cell<bool>,
    /// Whether somebody has told of its end.
    has_told: Cell<bool>,
}

impl Link for Line {
    fn is_alive(&self) -> bool {
        !self.is_given_up.get() && !self.driver.is_finished()
    }
}

impl Line {
    /// Opens one. Must be called on a worker.
    ///
    /// # Errors
    /// There is no connection to be had, within the time that there is.
    pub(crate) async fn open(server: &Server, clock: Clock) -> Result<Self, Failure> {
        let Some(sentinel) = &server.sentinel else { return Self::open_plainly(server, clock).await };
        let opened = clock.timeout(server.connect_limit, sentinel.connect(server, clock)).await;
        opened.unwrap_or_else(|| Err(connect_timeout(&server.address, server.connect_limit)))
    }

    /// Opens one to the server itself, whatever is said of sentinels. Must be called on a worker.
    ///
    /// # Errors
    /// There is no connection to be had, within the time that there is.
    pub(crate) async fn open_plainly(server: &Server, clock: Clock) -> Result<Self, Failure> {
        let opened = clock.timeout(server.connect_limit, Self::try_open(server, clock)).await;
        opened.unwrap_or_else(|| Err(connect_timeout(&server.address, server.connect_limit)))
    }

    async fn try_open(server: &Server, clock: Clock) -> Result<Self, Failure> {
        let address = &server.address;
        let socket = Socket::open(address, &server.tls, server.connect_limit).await;
        let socket = socket.map_err(|error| match error.kind() {
            std::io::ErrorKind::TimedOut => connect_timeout(address, server.connect_limit),
            _ => connect_failure(address, &error),
        })?;
        // Times are limited here, by the worker's clock.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        // Who asks is told by `greet`: the library would keep the server's words to itself.
        let info = RedisConnectionInfo::default().set_skip_set_lib_name();
        let opened = MultiplexedConnection::new_with_config(&info, socket, config).await;
        let (connection, driver) = opened.map_err(|error| of_connection(address, &error))?;
        let driver = spawn_local(driver);
        let server = server.clone();
        let line = Self { server, clock, connection, driver, is_given_up: Cell::new(false), has_told: Cell::new(false) };
        line.greet().await.map_err(|failure| of_greeting(address, failure))?;
        Ok(line)
    }

    /// Logs in and selects the database. The `PING` behind that brings out what a server refuses only at the first command, such as
    /// somebody without a password.
    async fn greet(&self) -> Result<(), Failure> {
        let Server { address, database, user, password, .. } = &self.server;
        let mut greetings = Vec::new();
        match (user, password) {
            (Some(user), password) => greetings.push(cmd("AUTH").arg(user).arg(password.as_deref().unwrap_or_default()).take()),
            (None, Some(password)) => greetings.push(cmd("AUTH").arg(password).take()),
            (None, None) => {}
        }
        if *database != 0 {
            greetings.push(cmd("SELECT").arg(*database).take());
        }
        greetings.push(cmd("PING"));
        let decisive = greetings.len();
        // For whoever looks at the server's list of clients; not all that speaks like Redis has one.
        greetings.push(cmd("CLIENT").arg("SETNAME").arg("throng").take());
        let mut pipeline = Pipeline::with_capacity(greetings.len());
        for greeting in greetings {
            pipeline.add_command(greeting);
        }
        let count = pipeline.len();
        let answers = self.connection.clone().send_packed_commands(&pipeline, 0, count).await.map_err(|error| self.lost(&error))?;
        let refused = answers.iter().take(decisive).find_map(|answer| match answer {
            // Whoever may not even `PING` may do what he is there for.
            Answer::ServerError(error) if error.code() != "NOPERM" => Some(error),
            _ => None,
        });
        refused.map_or(Ok(()), |error| Err(of_error(address, error)))
    }

    /// The answer to a command.
    ///
    /// # Errors
    /// The server's own, or there is none.
    pub(crate) async fn ask(&self, command: &Cmd) -> Result<Answer, Failure> {
        self.ask_within(command, Duration::ZERO).await
    }

    /// The answer to a command for which the server may take this much longer.
    ///
    /// # Errors
    /// The server's own, or there is none.
    pub(crate) async fn ask_within(&self, command: &Cmd, longer: Duration) -> Result<Answer, Failure> {
        let answer = self.answer_within(command, longer).await?;
        match answer {
            Answer::ServerError(error) => Err(self.refused(&error)),
            answer => Ok(answer),
        }
    }

    /// What the server says to a command, be it an error.
    ///
    /// # Errors
    /// It says nothing.
    pub(crate) async fn answer_to(&self, command: &Cmd) -> Result<Answer, Failure> {
        self.answer_within(command, Duration::ZERO).await
    }

    async fn answer_within(&self, command: &Cmd, longer: Duration) -> Result<Answer, Failure> {
        let mut connection = self.connection.clone();
        let asked = pin!(connection.send_packed_command(command));
        self.limited(self.server.answer_limit + longer, asked).await
    }

    /// What an error among the answers means. From a master that has become a replica the way leads to another one.
    pub(crate) fn refused(&self, error: &ServerError) -> Failure {
        self.is_given_up.set(self.is_given_up.get() || error.code() == "READONLY");
        of_error(&self.server.address, error)
    }

    /// The answers to a number of commands, errors of the server among them.
    ///
    /// # Errors
    /// There are none.
    pub(crate) async fn ask_all(&self, commands: &Pipeline) -> Result<Vec<Answer>, Failure> {
        let mut connection = self.connection.clone();
        let asked = pin!(connection.send_packed_commands(commands, 0, commands.len()));
        self.limited(self.server.answer_limit, asked).await
    }

    /// Where it leads.
    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// Whether it has ended, and this is the first time that somebody asks: so that its end is told once.
    pub(crate) fn has_just_ended(&self) -> bool {
        !self.is_alive() && !self.has_told.replace(true)
    }

    /// What is asked is pinned, so that it is not moved from future to future.
    async fn limited<T>(&self, limit: Duration, asked: impl Future<Output = Result<T, RedisError>>) -> Result<T, Failure> {
        match self.clock.timeout(limit, asked).await {
            Some(answered) => answered.map_err(|error| self.lost(&error)),
            None => {
                self.is_given_up.set(true);
                self.driver.abort();
                Err(answer_timeout(&self.server.address, limit))
            }
        }
    }

    fn lost(&self, error: &RedisError) -> Failure {
        self.is_given_up.set(self.is_given_up.get() || error.is_unrecoverable_error());
        of_connection(&self.server.address, error)
    }
}

impl Drop for Line {
    /// Without this it would last until the server has answered what nobody waits for any more.
    fn drop(&mut self) {
        self.driver.abort();
    }
}
