//! The values that a guest holds handles to. They live for one call.

use std::sync::Arc;

use throng_protocols::{Native, Value, http, kafka};

use crate::fault::HostTrap;

/// What a handle stands for.
#[derive(Debug)]
pub(crate) enum Entry {
    /// `throng:types/values.native`
    Native(Arc<dyn Native>),
    /// `throng:http/exchange.request`
    Request(http::Request),
    /// `throng:kafka/records.outgoing`
    Outgoing(kafka::NewRecord),
}

/// Numbers handles in the order in which they are made, over all calls: one of an earlier call is told from all later ones.
#[derive(Debug)]
pub(crate) struct Handles {
    entries: Vec<Option<Entry>>,
    /// The number of the first entry.
    base: u32,
    live: usize,
    /// Handles of earlier calls that the guest has not dropped; they cost the sandbox a few bytes each.
    left_behind: usize,
    limit: usize,
}

impl Handles {
    /// At most `limit` at a time.
    pub(crate) fn new(limit: usize) -> Self {
        Self { entries: Vec::new(), base: 0, live: 0, left_behind: 0, limit }
    }

    /// Makes a handle.
    pub(crate) fn push(&mut self, entry: Entry) -> Result<u32, HostTrap> {
        let offset = u32::try_from(self.entries.len()).ok().filter(|_| self.live < self.limit);
        let Some(offset) = offset else {
            return Err(HostTrap::new(format!(
                "the guest held more than {} handles at a time; drop those that are no longer needed, or raise the limit `handles`",
                self.limit
            )));
        };
        self.live += 1;
        self.entries.push(Some(entry));
        Ok(self.base.wrapping_add(offset))
    }

    /// The native value under a handle.
    pub(crate) fn native(&self, number: u32) -> Result<&Arc<dyn Native>, HostTrap> {
        match self.entries.get(self.position(number)) {
            Some(Some(Entry::Native(native))) => Ok(native),
            _ => Err(gone()),
        }
    }

    /// The request under a handle.
    pub(crate) fn request(&mut self, number: u32) -> Result<&mut http::Request, HostTrap> {
        let position = self.position(number);
        match self.entries.get_mut(position) {
            Some(Some(Entry::Request(request))) => Ok(request),
            _ => Err(gone()),
        }
    }

    /// Gives a native value's handle up for the value.
    pub(crate) fn take_native(&mut self, number: u32) -> Result<Arc<dyn Native>, HostTrap> {
        match self.remove(number) {
            Some(Entry::Native(native)) => Ok(native),
            _ => Err(gone()),
        }
    }

    /// The same, as a value.
    pub(crate) fn take_value(&mut self, number: u32) -> Result<Value, HostTrap> {
        self.take_native(number).map(Value::Native)
    }

    /// Gives a request's handle up for the request.
    pub(crate) fn take_request(&mut self, number: u32) -> Result<http::Request, HostTrap> {
        match self.remove(number) {
            Some(Entry::Request(request)) => Ok(request),
            _ => Err(gone()),
        }
    }

    /// The record under a handle.
    pub(crate) fn outgoing(&mut self, number: u32) -> Result<&mut kafka::NewRecord, HostTrap> {
        let position = self.position(number);
        match self.entries.get_mut(position) {
            Some(Some(Entry::Outgoing(record))) => Ok(record),
            _ => Err(gone()),
        }
    }

    /// Gives a record's handle up for the record.
    pub(crate) fn take_outgoing(&mut self, number: u32) -> Result<kafka::NewRecord, HostTrap> {
        match self.remove(number) {
            Some(Entry::Outgoing(record)) => Ok(record),
            _ => Err(gone()),
        }
    }

    /// The guest drops a handle, perhaps one of an earlier call.
    pub(crate) fn dropped(&mut self, number: u32) {
        if self.remove(number).is_none() {
            self.left_behind = self.left_behind.saturating_sub(1);
        }
    }

    /// Removes an entry.
    pub(crate) fn remove(&mut self, number: u32) -> Option<Entry> {
        let position = self.position(number);
        let entry = self.entries.get_mut(position)?.take()?;
        self.live -= 1;
        // A guest that makes and drops handles in a loop needs no more room than one.
        while self.entries.last().is_some_and(Option::is_none) {
            self.entries.pop();
        }
        Some(entry)
    }

    /// A call has ended: its values go, whatever the guest still holds.
    pub(crate) fn end_call(&mut self) {
        self.left_behind += self.live;
        self.live = 0;
        self.base = self.base.wrapping_add(self.entries.len() as u32);
        self.entries.clear();
    }

    /// Whether so many handles were left behind that the instance should be replaced before the sandbox refuses more.
    pub(crate) fn is_littered(&self) -> bool {
        self.left_behind > self.limit
    }

    fn position(&self, number: u32) -> usize {
        number.wrapping_sub(self.base) as usize
    }
}

fn gone() -> HostTrap {
    HostTrap::new(
        "a handle of an earlier call was used; values live for one call, so copy what is needed later, for example into the session",
    )
}

#[cfg(test)]
mod tests {
    use throng_protocols::Pair;

    use super::*;

    fn entry() -> Entry {
        Entry::Native(Arc::new(Pair { first: Value::None, second: Value::None }))
    }

    #[test]
    fn handles_of_earlier_calls_are_told_from_new_ones() {
        let mut handles = Handles::new(2);
        let first = handles.push(entry()).expect("room");
        handles.end_call();
        let second = handles.push(entry()).expect("room");
        assert_ne!(first, second);
        assert!(handles.native(first).is_err());
        assert!(handles.native(second).is_ok());
        assert_eq!(handles.left_behind, 1);
        handles.dropped(first);
        assert_eq!(handles.left_behind, 0);
    }

    #[test]
    fn room_is_limited_and_used_again() {
        let mut handles = Handles::new(2);
        for _ in 0..10 {
            let number = handles.push(entry()).expect("room");
            handles.dropped(number);
        }
        assert_eq!(handles.entries.len(), 0);
        handles.push(entry()).expect("room");
        handles.push(entry()).expect("room");
        assert!(handles.push(entry()).is_err());
    }
}
