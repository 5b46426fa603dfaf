//! A consumer of a stream's group at work, on a task and a connection of its own: from before the load until nobody takes from it any more.

use std::time::Duration;

use redis::{Cmd, Value as Answer, cmd};
use throng_broker::BackOff;
use throng_plugin_api::Clock;
use throng_protocols::Failure;
use tokio::sync::{mpsc, oneshot};

use crate::entry::Entry;
use crate::failure::{GROUP_EXISTS, NO_GROUP, strange_answer};
use crate::line::Line;
use crate::server::Server;

/// How long the server waits for entries before it answers that there are none.
const WAIT: Duration = Duration::from_secs(1);

/// Where a source begins.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Offset {
    /// Behind what the group was given, what was never acknowledged first.
    #[default]
    LastConsumed,
    /// At the first entry.
    Earliest,
    /// With what is added from then on.
    Latest,
}

/// A consumer, and what it consumes.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) server: Server,
    pub(crate) stream: String,
    pub(crate) group: String,
    pub(crate) consumer: String,
    pub(crate) offset: Offset,
    pub(crate) creates: bool,
    pub(crate) count: u32,
    pub(crate) claim_after: Duration,
}

/// What comes of a consumer.
#[derive(Debug)]
pub(crate) enum Taken {
    /// A connection was opened.
    Connected,
    /// Entries.
    Entries(Batch),
    /// A connection could not be opened, or was lost; another one will be.
    Lost(Failure),
}

/// Entries of one answer.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) entries: Vec<Entry>,
    /// Whether somebody has had them before, and not acknowledged them.
    pub(crate) is_redelivered: bool,
    /// Takes the ids of those that were handed on. The consumer waits for it.
    pub(crate) receipt: oneshot::Sender<Vec<String>>,
}

/// Whether anybody takes any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Takers {
    Some,
    None,
}

/// A consumer.
#[derive(Debug)]
pub(crate) struct Consumer {
    wanted: Wanted,
    clock: Clock,
    sender: mpsc::Sender<Taken>,
    back_off: BackOff,
    /// Entries that were handed on, and of which the server has not said that it knows.
    unconfirmed: Vec<String>,
}

impl Consumer {
    /// One that is not at work yet.
    pub(crate) fn new(wanted: Wanted, clock: Clock, sender: mpsc::Sender<Taken>) -> Self {
        Self { wanted, clock, sender, back_off: BackOff::default(), unconfirmed: Vec::new() }
    }

    /// Sees to it that the group is there and begins where it should; of the consumers of a source, one does.
    ///
    /// # Errors
    /// There is no such group, or no such stream.
    pub(crate) async fn prepare(&self, line: &Line) -> Result<(), Failure> {
        let Wanted { stream, group, offset, creates, .. } = &self.wanted;
        let start = if *offset == Offset::Latest { "$" } else { "0" };
        let is_there = match creates {
            true => !self.create_group(line, start).await?,
            false => true,
        };
        if is_there && *offset != Offset::LastConsumed {
            line.ask(cmd("XGROUP").arg("SETID").arg(stream).arg(group).arg(start)).await?;
        }
        if *offset == Offset::LastConsumed {
            self.claim(line).await?;
        }
        Ok(())
    }

    /// Forgets what this consumer was given in an earlier life, where the source begins elsewhere; what it finds out of a group's absence
    /// is told before the load.
    ///
    /// # Errors
    /// There is no such group, or no such stream.
    pub(crate) async fn look(&self, line: &Line) -> Result<(), Failure> {
        loop {
            let entries = self.read(line, "0").await?;
            if self.wanted.offset == Offset::LastConsumed || entries.is_empty() {
                return Ok(());
            }
            self.acknowledge(line, entries.iter().map(|entry| entry.id.as_str())).await?;
        }
    }

    /// Until nobody takes any more; over this connection, and others when it is lost.
    pub(crate) async fn run(mut self, line: Line) {
        let mut opened = Ok(line);
        loop {
            let ended = match opened {
                Ok(line) => self.work(&line).await,
                Err(failure) => Err(failure),
            };
            let Err(failure) = ended else { return };
            if self.sender.send(Taken::Lost(failure)).await.is_err() {
                return;
            }
            let next = self.clock.now() + self.back_off.pause();
            tokio::select! {
                () = self.clock.sleep_until(next) => {}
                () = self.sender.closed() => return,
            }
            opened = Line::open(&self.wanted.server, self.clock).await;
        }
    }

    /// Until nobody takes any more, or the connection is lost.
    async fn work(&mut self, line: &Line) -> Result<(), Failure> {
        if self.sender.send(Taken::Connected).await.is_err() {
            return Ok(());
        }
        // What was handed on must not come again.
        self.confirm(line).await?;
        // Then what was given to this consumer, and did not arrive or was never acknowledged.
        loop {
            let entries = match self.read(line, "0").await {
                // A server that has lost what it knew: all that is there now is new.
                Err(failure) if failure.code == NO_GROUP && self.wanted.creates => {
                    self.create_group(line, "0").await?;
                    Vec::new()
                }
                read => read?,
            };
            if entries.is_empty() {
                break;
            }
            if self.hand_over(line, entries, true).await? == Takers::None {
                return Ok(());
            }
        }
        loop {
            let entries = tokio::select! {
                entries = self.read(line, ">") => entries?,
                () = self.sender.closed() => return Ok(()),
            };
            self.back_off.reset();
            if !entries.is_empty() && self.hand_over(line, entries, false).await? == Takers::None {
                return Ok(());
            }
        }
    }

    async fn hand_over(&mut self, line: &Line, entries: Vec<Entry>, is_redelivered: bool) -> Result<Takers, Failure> {
        let (receipt, handed_on) = oneshot::channel();
        if self.sender.send(Taken::Entries(Batch { entries, is_redelivered, receipt })).await.is_err() {
            return Ok(Takers::None);
        }
        let Ok(ids) = handed_on.await else { return Ok(Takers::None) };
        self.unconfirmed = ids;
        self.confirm(line).await.map(|()| Takers::Some)
    }

    async fn confirm(&mut self, line: &Line) -> Result<(), Failure> {
        self.acknowledge(line, self.unconfirmed.iter().map(String::as_str)).await?;
        self.unconfirmed.clear();
        Ok(())
    }

    async fn acknowledge(&self, line: &Line, ids: impl Iterator<Item = &str>) -> Result<(), Failure> {
        let Wanted { stream, group, .. } = &self.wanted;
        let ids: Vec<&str> = ids.collect();
        match ids.is_empty() {
            true => Ok(()),
            false => line.ask(cmd("XACK").arg(stream).arg(group).arg(&ids)).await.map(drop),
        }
    }

    /// Entries from an id on that this consumer was given already, or with `>` new ones, which are waited for.
    async fn read(&self, line: &Line, from: &str) -> Result<Vec<Entry>, Failure> {
        let Wanted { stream, group, consumer, count, .. } = &self.wanted;
        let mut command: Cmd = cmd("XREADGROUP");
        command.arg("GROUP").arg(group).arg(consumer).arg("COUNT").arg(*count);
        let wait = if from == ">" { WAIT } else { Duration::ZERO };
        if !wait.is_zero() {
            command.arg("BLOCK").arg(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        }
        command.arg("STREAMS").arg(stream).arg(from);
        let answer = line.ask_within(&command, wait).await?;
        Entry::of_answer(answer).ok_or_else(|| strange_answer(&self.wanted.server.address, "XREADGROUP"))
    }

    /// Whether it was not there.
    async fn create_group(&self, line: &Line, start: &str) -> Result<bool, Failure> {
        let Wanted { stream, group, .. } = &self.wanted;
        match line.ask(cmd("XGROUP").arg("CREATE").arg(stream).arg(group).arg(start).arg("MKSTREAM")).await {
            Ok(_) => Ok(true),
            Err(failure) if failure.code == GROUP_EXISTS => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Takes over what other consumers of the group have kept for too long, such as those of a run that had more of them and crashed.
    async fn claim(&self, line: &Line) -> Result<(), Failure> {
        let Wanted { stream, group, consumer, claim_after, .. } = &self.wanted;
        let idle = u64::try_from(claim_after.as_millis()).unwrap_or(u64::MAX);
        let mut from = b"0-0".to_vec();
        loop {
            let mut command = cmd("XAUTOCLAIM");
            command.arg(stream).arg(group).arg(consumer).arg(idle).arg(&from).arg("COUNT").arg(self.wanted.count).arg("JUSTID");
            let strange = || strange_answer(&self.wanted.server.address, "XAUTOCLAIM");
            let Answer::Array(parts) = line.ask(&command).await? else { return Err(strange()) };
            let Some(Answer::BulkString(next)) = parts.into_iter().next() else { return Err(strange()) };
            if next == b"0-0" {
                return Ok(());
            }
            from = next;
        }
    }
}
