//! A topic: records of one source on their way to the minions that visit it, at its one owner.
//!
//! Pure: time comes in, decisions go out. `T` says who waits; a reader is a minion.

use std::collections::VecDeque;
use std::time::Duration;

use rustc_hash::FxHashMap;
use throng_measure::Moment;
use throng_model::{Topic as Options, TopicMode};
use throng_protocols::{Value, value_size};

/// The records that are kept, and who has read how far.
#[derive(Debug)]
pub(crate) struct Topic<T> {
    mode: TopicMode,
    idle: Option<u64>,
    cache_limit: usize,
    records: VecDeque<Value>,
    /// The position of the first of them.
    first: u64,
    bytes: usize,
    ended: bool,
    waiting: VecDeque<(T, u32)>,
    readers: FxHashMap<u32, Reader>,
    skipped: u64,
}

#[derive(Clone, Copy, Debug)]
struct Reader {
    next: u64,
    asked: Moment,
}

/// What a reader that asks is given.
#[derive(Debug)]
pub(crate) enum Taken {
    Record(Value),
    /// It waits.
    Waits,
    /// The source has ended.
    Ended,
}

/// More is to be kept than may be.
#[derive(Debug)]
pub(crate) struct CacheFull;

impl<T> Topic<T> {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            mode: options.mode,
            idle: options.idle_timeout.map(|idle: Duration| u64::try_from(idle.as_nanos()).unwrap_or(u64::MAX)),
            cache_limit: usize::try_from(options.cache_limit).unwrap_or(usize::MAX),
            records: VecDeque::new(),
            first: 0,
            bytes: 0,
            ended: false,
            waiting: VecDeque::new(),
            readers: FxHashMap::default(),
            skipped: 0,
        }
    }

    /// Whether a record can be taken in. Only unicast makes its source wait.
    pub(crate) fn has_room(&self) -> bool {
        match self.mode {
            TopicMode::Unicast { buffer } => !self.waiting.is_empty() || (self.records.len() as u64) < buffer.max(1),
            TopicMode::Broadcast { .. } | TopicMode::Loop { .. } => true,
        }
    }

    /// Whether somebody waits for a record.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Takes a record in; says who is given it at once.
    pub(crate) fn publish(&mut self, record: Value, now: Moment) -> Result<Vec<T>, CacheFull> {
        match self.mode {
            TopicMode::Unicast { .. } => match self.waiting.pop_front() {
                Some((who, _)) => return Ok(vec![who]),
                None => self.records.push_back(record),
            },
            TopicMode::Broadcast { buffer } | TopicMode::Loop { buffer } => {
                self.bytes += value_size(&record);
                self.records.push_back(record);
                match buffer {
                    None if self.bytes > self.cache_limit => return Err(CacheFull),
                    None => {}
                    Some(buffer) => self.keep_last(buffer),
                }
                let head = self.head();
                let readers = &mut self.readers;
                let given = self.waiting.drain(..).map(|(who, reader)| {
                    // Who has waited was not idle.
                    readers.entry(reader).and_modify(|reader| *reader = Reader { next: head, asked: now });
                    who
                });
                return Ok(given.collect());
            }
        }
        Ok(Vec::new())
    }

    /// A reader asks for its next record.
    pub(crate) fn take(&mut self, who: T, reader: u32, now: Moment) -> Taken {
        let position = match self.mode {
            TopicMode::Unicast { .. } => return self.take_any(who, reader),
            TopicMode::Broadcast { .. } | TopicMode::Loop { .. } => self.position_of(reader, now),
        };
        let length = self.records.len() as u64;
        let repeats = matches!(self.mode, TopicMode::Loop { buffer: None }) && self.ended;
        let index = match position.checked_sub(self.first) {
            Some(index) if repeats && length > 0 => index % length,
            Some(index) => index,
            None => 0,
        };
        let found = usize::try_from(index).ok().and_then(|index| self.records.get(index)).cloned();
        match found {
            Some(record) => {
                let next = if repeats { position + 1 } else { self.first + index + 1 };
                self.readers.insert(reader, Reader { next, asked: now });
                Taken::Record(record)
            }
            None if self.ended => Taken::Ended,
            None => {
                self.readers.insert(reader, Reader { next: position, asked: now });
                self.waiting.push_back((who, reader));
                Taken::Waits
            }
        }
    }

    /// The source has no more; says who waits in vain.
    pub(crate) fn end(&mut self) -> Vec<T> {
        self.ended = true;
        self.waiting.drain(..).map(|(who, _)| who).collect()
    }

    /// For loops whose records are all kept: gives those who waited at the end the first record again.
    pub(crate) fn end_of_pass(&mut self, now: Moment) -> Vec<(T, Value)> {
        self.ended = true;
        let Some(first) = self.records.front().cloned() else { return Vec::new() };
        let length = self.records.len() as u64;
        let readers = &mut self.readers;
        let again = self.waiting.drain(..).map(|(who, reader)| {
            readers.entry(reader).and_modify(|reader| *reader = Reader { next: length + 1, asked: now });
            (who, first.clone())
        });
        again.collect()
    }

    /// Whether nothing was ever taken in.
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.first == 0
    }

    /// How many records it holds.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether the source has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Who waited has gone away.
    pub(crate) fn cancel(&mut self, is: impl Fn(&T) -> bool) {
        self.waiting.retain(|(who, _)| !is(who));
    }

    /// A record that was given to somebody who has gone away: the next one gets it, unless everybody gets it anyway.
    pub(crate) fn give_back(&mut self, record: Value) -> Option<(T, Value)> {
        if !matches!(self.mode, TopicMode::Unicast { .. }) {
            return None;
        }
        match self.waiting.pop_front() {
            Some((who, _)) => Some((who, record)),
            None => {
                self.records.push_front(record);
                None
            }
        }
    }

    /// A minion is done: its place is forgotten.
    pub(crate) fn forget(&mut self, reader: u32) {
        self.readers.remove(&reader);
    }

    /// Records that slow readers have missed since the last time.
    pub(crate) fn take_skipped(&mut self) -> u64 {
        std::mem::take(&mut self.skipped)
    }

    fn take_any(&mut self, who: T, reader: u32) -> Taken {
        match self.records.pop_front() {
            Some(record) => Taken::Record(record),
            None if self.ended => Taken::Ended,
            None => {
                self.waiting.push_back((who, reader));
                Taken::Waits
            }
        }
    }

    fn head(&self) -> u64 {
        self.first + self.records.len() as u64
    }

    /// Where a reader is; a new one, or one that was away too long, begins with the oldest record that is kept.
    fn position_of(&mut self, reader: u32, now: Moment) -> u64 {
        let known = self.readers.get(&reader).filter(|known| self.idle.is_none_or(|idle| now.since(known.asked) <= idle));
        let Some(known) = known else { return self.first };
        self.skipped += self.first.saturating_sub(known.next);
        known.next.max(self.first)
    }

    fn keep_last(&mut self, buffer: u64) {
        while self.records.len() as u64 > buffer {
            if let Some(dropped) = self.records.pop_front() {
                self.bytes -= value_size(&dropped);
                self.first += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests;
