//! What a minion keeps on its way: named values, and where it is in its paces. Most minions keep nothing.

use throng_measure::Moment;
use throng_model::StepNumber;
use throng_protocols::Value;

/// Few entries each, so that lists beat maps.
#[derive(Debug, Default)]
pub(crate) struct Keep {
    shelf: Vec<Shelved>,
    paces: Vec<(StepNumber, Paced)>,
}

#[derive(Debug)]
struct Shelved {
    name: String,
    value: Value,
    until: Option<Moment>,
}

/// The last value that left a pace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paced {
    pub(crate) planned: Moment,
    /// In nanoseconds.
    pub(crate) period: u64,
}

impl Keep {
    /// Keeps a value in place of the last of its name.
    pub(crate) fn shelve(&mut self, name: &str, value: Value, until: Option<Moment>) {
        match self.shelf.iter_mut().find(|shelved| shelved.name == name) {
            Some(shelved) => (shelved.value, shelved.until) = (value, until),
            None => self.shelf.push(Shelved { name: name.to_owned(), value, until }),
        }
    }

    /// A kept value, if its time is not over.
    pub(crate) fn shelved(&self, name: &str, now: Moment) -> Option<Value> {
        let found = self.shelf.iter().find(|shelved| shelved.name == name && shelved.until.is_none_or(|until| now < until));
        found.map(|shelved| shelved.value.clone())
    }

    /// Forgets a value.
    pub(crate) fn forget(&mut self, name: &str) {
        self.shelf.retain(|shelved| shelved.name != name);
    }

    /// The last value that left a step.
    pub(crate) fn paced(&self, step: StepNumber) -> Option<Paced> {
        self.paces.iter().find(|(paced, _)| *paced == step).map(|(_, paced)| *paced)
    }

    /// A value is planned to leave a step.
    pub(crate) fn pace(&mut self, step: StepNumber, paced: Paced) {
        match self.paces.iter_mut().find(|(known, _)| *known == step) {
            Some((_, known)) => *known = paced,
            None => self.paces.push((step, paced)),
        }
    }
}
