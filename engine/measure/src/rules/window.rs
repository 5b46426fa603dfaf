//! The last seconds of what rules look at.

use std::collections::VecDeque;

use super::look::Look;
use super::reading::{Held, Numbers, Reading};
use crate::Histogram;
use crate::histogram::Packed;

/// A sliding window in slots of a second. It holds two histograms, and its seconds packed: 260 KiB each at most, and a few KiB.
#[derive(Debug)]
pub(super) struct Window {
    pub look: Look,
    length: usize,
    slots: VecDeque<Slot>,
    open: Reading,
    total: Reading,
}

/// A second that is over. Its histogram is taken out of the window's when it leaves.
#[derive(Debug)]
struct Slot {
    nanoseconds: u64,
    seen: u64,
    times: Packed,
    /// Everything but the histogram.
    rest: Held,
}

impl Window {
    pub(super) fn new(look: Look, length: usize) -> Self {
        Self { look, length: length.max(1), slots: VecDeque::new(), open: Reading::default(), total: Reading::default() }
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// What goes on is added here.
    pub(super) fn open(&mut self) -> (&Look, &mut Reading) {
        (&self.look, &mut self.open)
    }

    /// Ends the second that goes on, after so much of it.
    pub(super) fn close(&mut self, nanoseconds: u64) {
        while self.slots.len() >= self.length {
            let Some(left) = self.slots.pop_front() else { break };
            if let (Held::Times(sum) | Held::Summary(sum, _), Ok(leaving)) = (&mut self.total.held, left.times.unpack()) {
                sum.subtract(&leaving);
            }
        }
        let Reading { seen, held } = std::mem::take(&mut self.open);
        let (times, rest) = match held {
            Held::Times(times) => (times, Held::Nothing),
            Held::Summary(times, numbers) => (times, Held::Summary(Histogram::default(), numbers)),
            rest => (Histogram::default(), rest),
        };
        let packed = Packed::new(&times).unwrap_or_default();
        self.slots.push_back(Slot { nanoseconds, seen, times: packed, rest });
        self.sum_up(times);
    }

    /// Sums without histograms are made anew, so that no rounding adds up; the histogram is added to.
    fn sum_up(&mut self, newest: Histogram) {
        let (mut samples, is_summary) = match std::mem::take(&mut self.total.held) {
            Held::Times(samples) => (samples, false),
            Held::Summary(samples, _) => (samples, true),
            _ => (Histogram::default(), false),
        };
        samples.merge(&newest);
        let limits = self.slots.iter().filter_map(|slot| slot.times.limits());
        samples.limit(limits.reduce(|(least, greatest), (min, max)| (least.min(min), greatest.max(max))));
        let mut rest = Held::Nothing;
        self.slots.iter().for_each(|slot| rest.add(&slot.rest));
        self.total.seen = self.slots.iter().map(|slot| slot.seen).sum();
        self.total.held = match rest {
            Held::Summary(_, numbers) => Held::Summary(samples, numbers),
            Held::Nothing if is_summary => Held::Summary(samples, Numbers::default()),
            Held::Nothing if samples.is_allocated() => Held::Times(samples),
            rest => rest,
        };
    }

    pub(super) fn is_full(&self) -> bool {
        self.slots.len() == self.length
    }

    /// The seconds that are over, together.
    pub(super) fn total(&self) -> &Reading {
        &self.total
    }

    /// How long they are together.
    pub(super) fn nanoseconds(&self) -> u64 {
        self.slots.iter().map(|slot| slot.nanoseconds).sum()
    }
}
