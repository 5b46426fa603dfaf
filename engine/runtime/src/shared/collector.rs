//! Values of all minions on their way into a list. Pure: time comes in.

use std::time::Duration;

use throng_measure::Moment;
use throng_model::Collect;
use throng_protocols::Value;

/// The list that is being filled, at its one owner.
#[derive(Debug)]
pub(crate) struct Collector {
    timeout: Option<Duration>,
    batch: usize,
    values: Vec<Value>,
    due: Option<Moment>,
}

impl Collector {
    pub(crate) fn new(collect: &Collect) -> Self {
        let batch = collect.batch.map_or(usize::MAX, |batch| usize::try_from(batch).unwrap_or(usize::MAX));
        Self { timeout: collect.timeout, batch: batch.max(1), values: Vec::new(), due: None }
    }

    /// Takes a value; gives the list when it is full.
    pub(crate) fn add(&mut self, value: Value, now: Moment) -> Option<Vec<Value>> {
        if self.values.is_empty() {
            self.due = self.timeout.map(|timeout| now + timeout);
        }
        self.values.push(value);
        if self.values.len() >= self.batch { self.release() } else { None }
    }

    /// How many values it holds.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// When the list is to be released though it is not full.
    pub(crate) fn due(&self) -> Option<Moment> {
        self.due
    }

    /// Gives the list, if its time has come.
    pub(crate) fn take_due(&mut self, now: Moment) -> Option<Vec<Value>> {
        if self.due.is_some_and(|due| due <= now) { self.release() } else { None }
    }

    /// Gives the list as it is, if there is anything in it.
    pub(crate) fn release(&mut self) -> Option<Vec<Value>> {
        self.due = None;
        let values = std::mem::take(&mut self.values);
        (!values.is_empty()).then_some(values)
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_released_when_full_or_due() {
        let at = |seconds: u64| Moment::from_nanos(seconds * 1_000_000_000);
        let mut collector = Collector::new(&Collect { timeout: Some(Duration::from_secs(5)), batch: Some(3) });
        assert!(collector.add(Value::Integer(1), at(0)).is_none() && collector.add(Value::Integer(2), at(4)).is_none());
        assert_eq!(collector.due(), Some(at(5)));
        assert!(collector.take_due(at(4)).is_none());
        assert_eq!(collector.take_due(at(5)).map(|list| list.len()), Some(2));
        assert!(collector.is_empty() && collector.due().is_none());
        collector.add(Value::Integer(3), at(6));
        collector.add(Value::Integer(4), at(6));
        assert_eq!(collector.add(Value::Integer(5), at(6)).map(|list| list.len()), Some(3));
        assert!(collector.release().is_none());
    }
}
