//! What was acknowledged, by its keys. All workers write, each key into the part that its hash says; nothing but that is done under a lock.

use std::hash::BuildHasher as _;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rustc_hash::{FxBuildHasher, FxHashMap};
use serde_json::Value as Json;

/// So many that workers seldom meet.
const PARTS: usize = 64;

/// Values of one key that are told apart; of more, the first go.
const VALUES: usize = 8;

/// The ledgers of all campaigns of this process. Each worker configures its own steps; what they share is here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledgers {
    all: Arc<Mutex<Vec<Entry>>>,
}

#[derive(Debug)]
struct Entry {
    /// The flag that ends a campaign, which all its workers hold, and nobody else when it is over: so a campaign is known.
    campaign: Weak<AtomicBool>,
    name: String,
    ledger: Arc<Ledger>,
}

impl Ledgers {
    /// The ledger of this name in a campaign, made by who comes first. Those of campaigns that are over go.
    pub(crate) fn get_or_make(&self, campaign: &Arc<AtomicBool>, name: &str, capacity: u64) -> Arc<Ledger> {
        let mut all = locked(&self.all);
        all.retain(|entry| entry.campaign.strong_count() > 0);
        if let Some(known) = all.iter().find(|entry| entry.is(campaign, name)) {
            return Arc::clone(&known.ledger);
        }
        let ledger = Arc::new(Ledger::new(capacity));
        all.push(Entry { campaign: Arc::downgrade(campaign), name: name.to_owned(), ledger: Arc::clone(&ledger) });
        ledger
    }

    /// The ledger of this name in a campaign, if anybody records in it.
    pub(crate) fn find(&self, campaign: &Arc<AtomicBool>, name: &str) -> Option<Arc<Ledger>> {
        locked(&self.all).iter().find(|entry| entry.is(campaign, name)).map(|entry| Arc::clone(&entry.ledger))
    }
}

impl Entry {
    fn is(&self, campaign: &Arc<AtomicBool>, name: &str) -> bool {
        self.name == name && std::ptr::eq(self.campaign.as_ptr(), Arc::as_ptr(campaign))
    }
}

/// A ledger of one campaign.
#[derive(Debug)]
pub(crate) struct Ledger {
    parts: Vec<Mutex<FxHashMap<Box<str>, Vec<Json>>>>,
    /// Keys of each part, at most.
    capacity: usize,
}

impl Ledger {
    /// For about so many keys.
    pub(crate) fn new(capacity: u64) -> Self {
        let capacity = usize::try_from(capacity.div_ceil(PARTS as u64)).unwrap_or(usize::MAX);
        Self { parts: (0..PARTS).map(|_| Mutex::default()).collect(), capacity }
    }

    /// Keeps a key, and what belongs to it. Whether there was room.
    pub(crate) fn record(&self, key: String, value: Option<Json>) -> bool {
        let Some(mut part) = self.part(&key) else { return false };
        if part.len() >= self.capacity && !part.contains_key(key.as_str()) {
            return false;
        }
        let values = part.entry(key.into_boxed_str()).or_default();
        if let Some(value) = value.filter(|value| !values.contains(value)) {
            if values.len() >= VALUES {
                values.remove(0);
            }
            values.push(value);
        }
        true
    }

    /// What belongs to a key; none if it was not acknowledged.
    pub(crate) fn values(&self, key: &str) -> Option<Vec<Json>> {
        self.part(key)?.get(key).cloned()
    }

    /// Looks at each key.
    pub(crate) fn each_key(&self, mut look: impl FnMut(&str)) {
        for part in &self.parts {
            locked(part).keys().for_each(|key| look(key));
        }
    }

    fn part(&self, key: &str) -> Option<MutexGuard<'_, FxHashMap<Box<str>, Vec<Json>>>> {
        let hash = FxBuildHasher.hash_one(key) >> 16;
        let index = usize::try_from(hash % PARTS as u64).ok()?;
        self.parts.get(index).map(locked)
    }
}

/// Nobody panics while holding it.
fn locked<T>(part: &Mutex<T>) -> MutexGuard<'_, T> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_ledger_takes_known_keys_only() {
        let ledger = Ledger::new(PARTS as u64);
        let kept = (0..1_000).filter(|key| ledger.record(format!("o-{key}"), None)).count();
        assert!((40..=PARTS).contains(&kept), "one for each part: {kept}");
        let mut keys = Vec::new();
        ledger.each_key(|key| keys.push(key.to_owned()));
        assert_eq!(keys.len(), kept);
        assert!(ledger.record(keys[0].clone(), Some(Json::from(5))));
        assert_eq!(ledger.values(&keys[0]), Some(vec![Json::from(5)]));
    }

    #[test]
    fn workers_of_one_campaign_share_a_ledger() {
        let (ledgers, one, other) = (Ledgers::default(), Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let first = ledgers.get_or_make(&one, "orders", 10);
        // Another worker has a flag of the same campaign.
        assert!(Arc::ptr_eq(&first, &ledgers.clone().get_or_make(&Arc::clone(&one), "orders", 10)));
        assert!(!Arc::ptr_eq(&first, &ledgers.get_or_make(&other, "orders", 10)));
        assert!(ledgers.find(&one, "orders").is_some() && ledgers.find(&one, "refunds").is_none());
        drop(one);
        ledgers.get_or_make(&other, "refunds", 10);
        assert_eq!(locked(&ledgers.all).len(), 2, "those of the first campaign are gone");
    }
}
