//! The source `redis-poll`: looks through keys or a collection again and again, over a connection of its own.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use throng_broker::{BackOff, BadRecords, BodyFormat, FixedText, Link as _, check_tls, shortage_in};
use throng_measure::Moment;
use throng_model::{PluginUse, SourceUse};
use throng_plugin_api::{
    AttachContext, Attached, Clock, ConfiguredStep, MeterId, Meters, OpenContext, OpenError, Pulled, SourceRunner, Visit,
};
use throng_protocols::{Failure, Value};

use crate::failure::{open_error, strange_answer, too_many};
use crate::line::Line;
use crate::scan::{Element, Method, Scan};
use crate::seen::{Emit, Seen};
use crate::server::{Server, ServerPlan};
use crate::step::Opened;

/// Where a poll begins, and where it has come to its end.
const BEGIN: &[u8] = b"0";

/// A checked `redis-poll` source.
#[derive(Debug)]
pub(crate) struct ConfiguredPoll {
    pub(crate) server: Arc<ServerPlan>,
    pub(crate) method: Method,
    pub(crate) key: Option<FixedText>,
    pub(crate) pattern: Option<FixedText>,
    pub(crate) key_type: Option<String>,
    pub(crate) count: u32,
    pub(crate) emit: Emit,
    pub(crate) remember: usize,
    pub(crate) format: BodyFormat,
    pub(crate) bad_records: BadRecords,
    pub(crate) delay: Duration,
}

impl ConfiguredStep for ConfiguredPoll {
    fn uses(&self) -> PluginUse {
        PluginUse { source: Some(SourceUse { endless: true }), warms_up: true, ..PluginUse::default() }
    }

    fn open<'a>(&'a self, campaign: &'a OpenContext) -> Opened<'a> {
        Box::pin(async move { check_tls(&self.server.address, &self.server.tls, &campaign.files) })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        let fill = |text: &FixedText| text.fill(context.settings);
        let scan = Scan {
            method: self.method,
            key: self.key.as_ref().map(fill).unwrap_or_default(),
            pattern: self.pattern.as_ref().map(fill),
            key_type: self.key_type.clone(),
            count: self.count,
            format: self.format,
        };
        Ok(Attached::Source(Box::new(PollSource {
            server: self.server.with(context.settings, context.files),
            scan,
            seen: Seen::new(self.emit, self.remember),
            bad_records: self.bad_records,
            delay: self.delay,
            meters: PollMeters::register(context.meters),
            clock: context.clock,
            line: None,
            opened: 0,
            place: Place::Between { next: None },
            back_off: BackOff::default(),
            failed: None,
        })))
    }
}

#[derive(Debug)]
struct PollMeters {
    records: MeterId,
    bad: MeterId,
    bytes: MeterId,
    time: MeterId,
    connections: MeterId,
}

impl PollMeters {
    fn register(meters: &mut dyn Meters) -> Self {
        Self {
            records: meters.counter("redis-poll-records"),
            bad: meters.counter("redis-poll-bad-records"),
            bytes: meters.counter("redis-poll-bytes"),
            time: meters.timer("redis-poll-time"),
            connections: meters.counter("redis-poll-connections-opened"),
        }
    }
}

/// A `redis-poll` source on its worker.
#[derive(Debug)]
struct PollSource {
    server: Server,
    scan: Scan,
    seen: Seen,
    bad_records: BadRecords,
    delay: Duration,
    meters: PollMeters,
    clock: Clock,
    /// None behind a connection that was lost.
    line: Option<Line>,
    /// Connections that are not counted yet.
    opened: u64,
    place: Place,
    back_off: BackOff,
    /// What ends the source once the records before it are handed on.
    failed: Option<Failure>,
}

/// Where a source is.
#[derive(Debug)]
enum Place {
    /// Waiting for the next poll; none for at once.
    Between { next: Option<Moment> },
    /// In a poll that began then, `taken` of it spent on answers.
    Within { begun: Moment, taken: u64, cursor: Vec<u8> },
}

impl SourceRunner for PollSource {
    fn next<'a>(&'a mut self, visit: &'a Visit<'a>) -> LocalBoxFuture<'a, Result<Pulled, Failure>> {
        Box::pin(async move {
            if let Some(failure) = &self.failed {
                return Err(failure.clone());
            }
            let records = match self.look(visit).await {
                Ok(elements) => self.records(&elements, visit),
                Err(failure) => vec![Err(self.give_up(failure, visit))],
            };
            Ok(Pulled::Records(records))
        })
    }

    fn warm_up(&mut self) -> LocalBoxFuture<'_, Result<(), OpenError>> {
        Box::pin(async move {
            self.line = Some(Line::open(&self.server, self.clock).await.map_err(open_error)?);
            self.opened += 1;
            Ok(())
        })
    }

    /// Only sources with an end begin anew.
    fn rewind(&mut self) {}
}

impl PollSource {
    /// The next elements of this poll, or the first of the next one.
    async fn look(&mut self, visit: &Visit<'_>) -> Result<Vec<Element>, Failure> {
        if let Place::Between { next } = self.place {
            if let Some(next) = next.filter(|next| *next > self.clock.now()) {
                self.clock.sleep_until(next).await;
            }
            self.place = Place::Within { begun: self.clock.now(), taken: 0, cursor: BEGIN.to_vec() };
        }
        let Place::Within { begun, taken, cursor } = &mut self.place else { return Ok(Vec::new()) };
        let line = match self.line.take().filter(|line| line.is_alive()) {
            Some(line) => line,
            None => {
                let line = Line::open(&self.server, self.clock).await?;
                self.opened += 1;
                line
            }
        };
        let line = self.line.insert(line);
        visit.count(self.meters.connections, std::mem::take(&mut self.opened));
        let start = self.clock.now();
        let answer = line.ask(&self.scan.command(cursor)).await?;
        *taken += self.clock.now().since(start);
        let address = &self.server.address;
        let (next, elements) = self.scan.read(answer).ok_or_else(|| strange_answer(address, self.scan.method.command()))?;
        self.back_off.reset();
        if next == BEGIN {
            visit.observe(self.meters.time, *taken);
            self.place = Place::Between { next: Some(*begun + self.delay) };
        } else {
            *cursor = next;
        }
        Ok(elements)
    }

    fn records(&mut self, elements: &[Element], visit: &Visit<'_>) -> Vec<Result<Value, Failure>> {
        let mut records = Vec::with_capacity(elements.len());
        for element in elements {
            let (name, value) = element;
            match self.seen.is_wanted(&[name, value.as_deref().unwrap_or_default()]) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(_) => {
                    let failure = too_many(self.scan.method.command());
                    records.push(Err(self.give_up(failure, visit)));
                    return records;
                }
            }
            visit.count(self.meters.bytes, (name.len() + value.as_ref().map_or(0, Vec::len)) as u64);
            match self.scan.record(element) {
                Ok(record) => {
                    visit.count(self.meters.records, 1);
                    records.push(Ok(record));
                }
                Err(failure) => {
                    visit.count(self.meters.bad, 1);
                    match self.bad_records {
                        BadRecords::Count => records.push(Err(failure)),
                        BadRecords::Ignore => {}
                        BadRecords::Fail => {
                            self.failed = Some(failure);
                            return records;
                        }
                    }
                }
            }
        }
        if matches!(self.place, Place::Between { .. }) {
            self.seen.complete();
        }
        records
    }

    /// Whatever goes wrong is a bad record; the source goes on with another poll.
    fn give_up(&mut self, failure: Failure, visit: &Visit<'_>) -> Failure {
        self.seen.give_up();
        let now = self.clock.now();
        let begun = match self.place {
            Place::Within { begun, .. } => begun,
            Place::Between { .. } => now,
        };
        self.place = Place::Between { next: Some((begun + self.delay).max(now + self.back_off.pause())) };
        let is_gone = self.line.as_ref().is_none_or(|line| !line.is_alive());
        if is_gone {
            self.line = None;
            shortage_in(&failure).into_iter().for_each(|shortage| visit.short_of(shortage));
            visit.connection_failed(&failure);
        }
        failure
    }
}
