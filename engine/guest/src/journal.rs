//! What a call does to session, meters, events and report, held until it has succeeded.

use std::borrow::Cow;
use std::sync::Arc;

use throng_protocols::{Effects, EventRecord, GuestMeter, Message, MeterOperation, Session};

use crate::fault::HostTrap;

/// A minion's session while a call uses it, with what is needed to restore it.
#[derive(Debug, Default)]
pub(crate) struct SessionJournal {
    session: Session,
    /// The part of the session that the guest sees, by the beginning of its keys; none for all of it.
    part: Option<Arc<str>>,
    /// Whether there is none in this call.
    absent: bool,
    /// What each changed key held before, oldest change first.
    undo: Vec<(String, Option<Vec<u8>>)>,
}

impl SessionJournal {
    /// From now on the guest sees this part of sessions only.
    pub(crate) fn confine_to(&mut self, part: Arc<str>) {
        self.part = Some(part);
    }

    /// From now on there is no session: it cannot be taken from the minion for as long as a call may wait.
    pub(crate) fn be_absent(&mut self) {
        self.absent = true;
    }

    /// Refuses where there is no session.
    pub(crate) fn check(&self) -> Result<(), HostTrap> {
        match self.absent {
            false => Ok(()),
            true => {
                Err(HostTrap::new("a plugin that uses the network has no session; let what it must know of a minion come with its input"))
            }
        }
    }

    /// A guest's key as the session has it.
    fn key<'a>(&self, key: &'a str) -> Cow<'a, str> {
        match &self.part {
            None => key.into(),
            Some(part) => format!("{part}/{key}").into(),
        }
    }

    /// Takes a minion's session over.
    pub(crate) fn begin(&mut self, session: Session) {
        self.session = session;
        self.undo.clear();
    }

    /// The value under a key.
    pub(crate) fn get(&self, key: &str) -> Option<&[u8]> {
        self.session.get(&self.key(key))
    }

    /// Keeps a value, as long as the session has room.
    pub(crate) fn set(&mut self, key: String, value: Vec<u8>) -> Result<(), HostTrap> {
        let key = match self.part {
            None => key,
            Some(_) => self.key(&key).into_owned(),
        };
        let before = self.session.get(&key).map(<[u8]>::to_vec);
        self.session.set(key.clone(), value).map_err(|error| HostTrap::new(error.to_string()))?;
        self.undo.push((key, before));
        Ok(())
    }

    /// Forgets a value.
    pub(crate) fn remove(&mut self, key: &str) {
        let key = self.key(key).into_owned();
        if let Some(before) = self.session.get(&key).map(<[u8]>::to_vec) {
            self.session.remove(&key);
            self.undo.push((key, Some(before)));
        }
    }

    /// The session as the call left it.
    pub(crate) fn commit(&mut self) -> Session {
        self.undo.clear();
        std::mem::take(&mut self.session)
    }

    /// The session as the call found it.
    pub(crate) fn roll_back(&mut self) -> Session {
        while let Some((key, before)) = self.undo.pop() {
            match before {
                // Going back the way that it came, the session only passes sizes that it had: there is room.
                Some(value) => drop(self.session.set(key, value)),
                None => self.session.remove(&key),
            }
        }
        std::mem::take(&mut self.session)
    }
}

/// What a call does beside answering, limited in number and size.
#[derive(Debug)]
pub(crate) struct EffectsJournal {
    effects: Effects,
    limit: usize,
    bytes: usize,
}

/// Text of one call's events and messages.
const TEXT_LIMIT: usize = 1 << 20;

impl EffectsJournal {
    /// At most `limit` in one call.
    pub(crate) fn new(limit: usize) -> Self {
        Self { effects: Effects::default(), limit, bytes: 0 }
    }

    /// A recording in a meter.
    pub(crate) fn record(&mut self, meter: Arc<GuestMeter>, operation: MeterOperation) -> Result<(), HostTrap> {
        self.admit(0)?;
        self.effects.meters.push((meter, operation));
        Ok(())
    }

    /// An event.
    pub(crate) fn emit(&mut self, event: EventRecord) -> Result<(), HostTrap> {
        self.admit(event.name.len() + event.tags.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>())?;
        self.effects.events.push(event);
        Ok(())
    }

    /// A line for the report.
    pub(crate) fn report(&mut self, message: Message) -> Result<(), HostTrap> {
        self.admit(message.text.len())?;
        self.effects.messages.push(message);
        Ok(())
    }

    /// Hands everything out.
    pub(crate) fn commit(&mut self, effects: &mut Effects) {
        if self.effects.is_empty() {
            return;
        }
        effects.meters.append(&mut self.effects.meters);
        effects.events.append(&mut self.effects.events);
        effects.messages.append(&mut self.effects.messages);
        self.bytes = 0;
    }

    fn admit(&mut self, bytes: usize) -> Result<(), HostTrap> {
        let count = self.effects.meters.len() + self.effects.events.len() + self.effects.messages.len();
        self.bytes += bytes;
        if count >= self.limit {
            return Err(HostTrap::new(format!(
                "the call made more than {} recordings, events and messages; make fewer, or raise the limit `effects-per-call`",
                self.limit
            )));
        }
        if self.bytes > TEXT_LIMIT {
            return Err(HostTrap::new(format!("the events and messages of the call hold more than {TEXT_LIMIT} bytes; make them shorter")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_restored_as_it_was() {
        let mut session = Session::default();
        session.set("kept".into(), vec![1]).expect("room");
        session.set("full".into(), vec![0; 60 * 1024]).expect("room");
        let mut journal = SessionJournal::default();
        journal.begin(session);
        journal.remove("full");
        journal.set("kept".into(), vec![2; 60 * 1024]).expect("room");
        journal.set("new".into(), vec![3]).expect("room");
        journal.set("new".into(), vec![4]).expect("room");
        let restored = journal.roll_back();
        assert_eq!(restored.get("kept"), Some(&[1][..]));
        assert_eq!(restored.get("full").map(<[u8]>::len), Some(60 * 1024));
        assert_eq!(restored.get("new"), None);
    }

    #[test]
    fn a_part_of_a_session_is_apart() {
        let mut session = Session::default();
        session.set("token".into(), vec![1]).expect("room");
        let mut journal = SessionJournal::default();
        journal.confine_to("acme:codes".into());
        journal.begin(session);
        assert_eq!(journal.get("token"), None);
        journal.set("token".into(), vec![2]).expect("room");
        journal.set("other".into(), vec![3]).expect("room");
        journal.remove("other");
        assert_eq!(journal.get("token"), Some(&[2][..]));
        let left = journal.commit();
        assert_eq!([left.get("token"), left.get("acme:codes/token"), left.get("acme:codes/other")], [Some(&[1][..]), Some(&[2]), None]);
    }
}
