//! The campaign over time, in a bounded number of slots: a second each at first, wider when there are too many.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::histogram::Packed;
use crate::{Histogram, Quantile, StepFigures};

const SECOND: u64 = 1_000_000_000;

/// What was heard of in one slot.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Slot {
    /// Runs that began.
    pub starts: u64,
    /// Executions that ended, of the steps that the timeline follows.
    pub executions: u64,
    /// Those of them that did not succeed.
    pub failed: u64,
    /// Their response times; none without executions.
    pub response: Option<SlotTimes>,
}

/// Response times of a slot, in nanoseconds.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct SlotTimes {
    /// The median.
    pub p50: u64,
    /// 95 % took no longer.
    pub p95: u64,
    /// 99 % took no longer.
    pub p99: u64,
    /// The longest.
    pub max: u64,
}

/// Throughput and response times over the whole campaign.
///
/// It follows the steps that talk to a target, known by their service times. When [`Timeline::LIMIT`] slots are full, two become one.
#[derive(Clone, Debug)]
pub struct Timeline {
    width: u64,
    closed: Vec<(Slot, Packed)>,
    open: Slot,
    times: Histogram,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { width: SECOND, closed: Vec::new(), open: Slot::default(), times: Histogram::default() }
    }
}

impl Timeline {
    /// Slots at most.
    pub const LIMIT: usize = 256;

    /// Nanoseconds that a slot is wide.
    pub fn width(&self) -> u64 {
        self.width
    }

    /// The slots that are over, from the campaign's start on.
    pub fn closed(&self) -> impl ExactSizeIterator<Item = &Slot> {
        self.closed.iter().map(|(slot, _)| slot)
    }

    /// The slot that goes on.
    pub fn open(&self) -> Slot {
        Slot { response: SlotTimes::of(&self.times), ..self.open }
    }

    /// A quantity of a slot, per second.
    pub fn per_second(&self, quantity: u64) -> f64 {
        quantity as f64 * SECOND as f64 / self.width as f64
    }

    /// Opens the slot at nanoseconds since the campaign's start; what comes late counts in the slot that goes on.
    pub(crate) fn hear(&mut self, at: u64) -> Heard<'_> {
        while at / self.width >= Self::LIMIT as u64 {
            self.widen();
        }
        while (self.closed.len() as u64) < at / self.width {
            self.close();
        }
        Heard(self)
    }

    fn close(&mut self) {
        let slot = self.open();
        let times = Packed::new(&self.times).unwrap_or_default();
        self.closed.push((slot, times));
        self.open = Slot::default();
        self.times.clear();
    }

    fn widen(&mut self) {
        self.width = self.width.saturating_mul(2);
        // Each narrow slot is let go as soon as it is in a wide one, and one histogram serves for all: nothing is held twice over.
        let mut narrow = std::mem::take(&mut self.closed).into_iter();
        let mut times = Histogram::default();
        while let Some((mut whole, first)) = narrow.next() {
            let first = first.unpack().unwrap_or_default();
            let Some((second, more)) = narrow.next() else {
                // An odd one out is the first half of the slot that goes on.
                self.open.add(&whole);
                self.times.merge(&first);
                break;
            };
            times.merge(&first);
            drop(first);
            times.merge(&more.unpack().unwrap_or_default());
            whole.add(&second);
            whole.response = SlotTimes::of(&times);
            self.closed.push((whole, Packed::new(&times).unwrap_or_default()));
            times.clear();
        }
    }
}

/// The open slot of a timeline.
pub(crate) struct Heard<'a>(&'a mut Timeline);

impl Heard<'_> {
    pub(crate) fn starts(&mut self, starts: u64) {
        self.0.open.starts += starts;
    }

    pub(crate) fn step(&mut self, figures: &StepFigures) {
        self.0.open.executions += figures.executions();
        self.0.open.failed += figures.failed();
        figures.times.response.iter().for_each(|phase| self.0.times.merge(phase));
    }
}

impl Slot {
    fn add(&mut self, other: &Self) {
        self.starts += other.starts;
        self.executions += other.executions;
        self.failed += other.failed;
    }
}

impl SlotTimes {
    fn of(times: &Histogram) -> Option<Self> {
        let value = |quantile| times.percentile(quantile).map(|percentile| percentile.value);
        Some(Self { p50: value(Quantile::P50)?, p95: value(Quantile::P95)?, p99: value(Quantile::P99)?, max: times.max()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_widen_and_lose_nothing() {
        let mut timeline = Timeline::default();
        for second in 0..1_001 {
            let mut heard = timeline.hear(second * SECOND);
            heard.starts(1);
            let mut figures = StepFigures::default();
            figures.times.response[2].record(second);
            heard.step(&figures);
        }
        assert_eq!((timeline.width(), timeline.closed().len()), (4 * SECOND, 250));
        assert!(timeline.closed().all(|slot| slot.starts == 4));
        assert_eq!(timeline.closed().nth(1).and_then(|slot| slot.response), Some(SlotTimes { p50: 5, p95: 7, p99: 7, max: 7 }));
        assert_eq!(timeline.open().starts, 1);
        assert_eq!(timeline.per_second(4), 1.0);
    }

    #[test]
    fn an_odd_slot_goes_on_in_the_wider_one() {
        let mut timeline = Timeline::default();
        timeline.hear(0).starts(1);
        timeline.hear(2 * SECOND).starts(1);
        timeline.hear(300 * SECOND).starts(1);
        let starts: Vec<_> = timeline.closed().map(|slot| slot.starts).collect();
        assert_eq!(starts.iter().sum::<u64>() + timeline.open().starts, 3);
        assert_eq!((starts[0], starts[1], starts.len()), (1, 1, 150));
    }

    #[test]
    fn the_end_of_time_is_a_slot_too() {
        let mut timeline = Timeline::default();
        timeline.hear(u64::MAX).starts(1);
        assert!(timeline.closed().len() <= Timeline::LIMIT);
        timeline.hear(0).starts(1);
        assert_eq!(timeline.open().starts, 2);
    }
}
