//! The campaign over time, in a bounded number of slots: a second each at first, wider when there are too many.

mod spread;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::spread::Spread;
use crate::{Histogram, Quantile, StepFigures};

const SECOND: u64 = 1_000_000_000;

/// What was heard of in one slot.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Slot {
    /// Runs that began in it.
    pub starts: u64,
    /// Executions that ended, of the steps that the timeline follows.
    pub executions: u64,
    /// Those of them that did not succeed.
    pub failed: u64,
    /// Their response times; none without executions.
    pub response: Option<SlotTimes>,
}

/// Response times of a slot, in nanoseconds. Those of a slot that was made of several are off by 0.8 % at most; the longest is exact.
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
/// A slot's starts are those that really were in it. Executions are in the slot in which their worker's period ended, four times a second.
#[derive(Clone, Debug)]
pub struct Timeline {
    width: u64,
    closed: Vec<Slot>,
    /// The response times of closed slots, of which two may become one.
    spread: Spread,
    open: Slot,
    times: Histogram,
    /// Runs that began in the slot behind the open one.
    ahead: u64,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { width: SECOND, closed: Vec::new(), spread: Spread::default(), open: Slot::default(), times: Histogram::default(), ahead: 0 }
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
        self.closed.iter()
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
            self.close_before(Self::LIMIT as u64);
            self.widen();
        }
        self.close_before(at / self.width);
        Heard(self)
    }

    /// Runs that began in a second, counted from the campaign's start: also in a slot that is over. One that is about to begin stays closed:
    /// others may still have something to tell of the one before.
    pub(crate) fn starts(&mut self, second: u64, starts: u64) {
        let at = second.saturating_mul(SECOND);
        let open = self.closed.len() as u64;
        if at / self.width == open + 1 {
            self.ahead += starts;
            return;
        }
        self.hear(at);
        let slot = usize::try_from(at / self.width).ok().and_then(|slot| self.closed.get_mut(slot));
        slot.unwrap_or(&mut self.open).starts += starts;
    }

    fn close_before(&mut self, slot: u64) {
        while (self.closed.len() as u64) < slot {
            let slot = self.open();
            if self.closed.capacity() == 0 {
                self.closed.reserve_exact(Self::LIMIT);
            }
            self.spread.add(self.closed.len(), &self.times);
            self.closed.push(slot);
            self.open = Slot { starts: std::mem::take(&mut self.ahead), ..Slot::default() };
            self.times.clear();
        }
    }

    /// Makes one slot of each two, of [`Timeline::LIMIT`] that are over.
    fn widen(&mut self) {
        self.width = self.width.saturating_mul(2);
        self.spread.halve();
        let half = self.closed.len() / 2;
        for slot in 0..half {
            let pair = [self.closed.get(2 * slot), self.closed.get(2 * slot + 1)].map(|slot| slot.copied().unwrap_or_default());
            if let Some(whole) = self.closed.get_mut(slot) {
                *whole = Slot::whole(pair, &self.spread, slot);
            }
        }
        self.closed.truncate(half);
    }
}

/// The open slot of a timeline.
pub(crate) struct Heard<'a>(&'a mut Timeline);

impl Heard<'_> {
    pub(crate) fn step(&mut self, figures: &StepFigures) {
        self.0.open.executions += figures.executions();
        self.0.open.failed += figures.failed();
        figures.times.response.iter().for_each(|phase| self.0.times.merge(phase));
    }
}

impl Slot {
    /// Two slots as one, of which the spread knows the times.
    fn whole([first, second]: [Self; 2], spread: &Spread, slot: usize) -> Self {
        let response = match (first.response, second.response) {
            (Some(first), Some(second)) => spread.times(slot, first.max.max(second.max)),
            (first, second) => first.or(second),
        };
        Self {
            starts: first.starts + second.starts,
            executions: first.executions + second.executions,
            failed: first.failed + second.failed,
            response,
        }
    }
}

impl SlotTimes {
    fn of(times: &Histogram) -> Option<Self> {
        let value = |quantile| times.percentile(quantile).map(|percentile| percentile.value);
        Some(Self { p50: value(Quantile::P50)?, p95: value(Quantile::P95)?, p99: value(Quantile::P99)?, max: times.max()? })
    }
}

#[cfg(test)]
mod tests;
