//! The shop's orders and the feed of their shipments. Nothing runs by itself: what is due is shipped when somebody looks.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use throng_measure::Moment;

use crate::ShopOptions;
use crate::counts::OrderCounts;
use crate::draws::{Draws, Purpose};

/// Entries in one answer of the feed.
const PAGE: usize = 1000;

/// All orders that are remembered.
#[derive(Debug)]
pub(crate) struct Orders {
    options: ShopOptions,
    draws: Draws,
    capacity: usize,
    /// When each of the newest orders ships; none for the lost.
    fates: VecDeque<Option<Moment>>,
    waiting: BinaryHeap<Reverse<Waiting>>,
    feed: VecDeque<Shipment>,
    counts: OrderCounts,
}

/// What will be on the feed. Ordered by time, then by order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Waiting {
    at: Moment,
    order: u64,
    time: Time,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Time {
    First,
    Second,
}

/// An entry of the feed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Shipment {
    /// From 1, without gaps.
    pub(crate) sequence: u64,
    /// The order's number.
    pub(crate) order: u64,
    /// When it was due.
    pub(crate) at: Moment,
}

/// Where an order is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Status {
    Accepted,
    Shipped,
}

/// Too many orders wait for their shipment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Full;

impl Orders {
    /// An empty shop that remembers `capacity` orders, as many that wait, and as many shipments; the oldest are forgotten.
    pub(crate) fn new(options: ShopOptions, draws: Draws, capacity: usize) -> Self {
        Self {
            options,
            draws,
            capacity,
            fates: VecDeque::new(),
            waiting: BinaryHeap::new(),
            feed: VecDeque::new(),
            counts: OrderCounts::default(),
        }
    }

    /// Accepts an order; its number, from 1.
    pub(crate) fn accept(&mut self, now: Moment) -> Result<u64, Full> {
        self.ship(now);
        if self.waiting.len() + 2 > self.capacity {
            self.counts.refused += 1;
            return Err(Full);
        }
        self.counts.accepted += 1;
        let order = self.counts.accepted;
        let (lost, doubled) = self.fate(order);
        let delay = |purpose| self.draws.around(self.options.ship_delay, self.options.ship_delay_jitter, purpose, order);
        let first = now + delay(Purpose::ShipJitter);
        let second = first.max(now + delay(Purpose::SecondShipJitter));
        if lost {
            self.counts.lost += 1;
        } else {
            self.waiting.push(Reverse(Waiting { at: first, order, time: Time::First }));
        }
        if doubled {
            self.waiting.push(Reverse(Waiting { at: second, order, time: Time::Second }));
        }
        push_bounded(&mut self.fates, (!lost).then_some(first), self.capacity);
        Ok(order)
    }

    /// The oldest shipments after a sequence number, as many as an answer holds.
    pub(crate) fn shipments(&mut self, now: Moment, after: u64) -> Vec<Shipment> {
        self.ship(now);
        let forgotten = self.counts.shipments - self.feed.len() as u64;
        let skip = usize::try_from(after.saturating_sub(forgotten)).unwrap_or(usize::MAX).min(self.feed.len());
        self.feed.range(skip..).take(PAGE).copied().collect()
    }

    /// Where an order is; none when it never was or is forgotten.
    pub(crate) fn status(&self, now: Moment, order: u64) -> Option<Status> {
        let forgotten = self.counts.accepted - self.fates.len() as u64;
        let index = order.checked_sub(forgotten)?.checked_sub(1)?;
        let fate = self.fates.get(usize::try_from(index).ok()?)?;
        Some(if fate.is_some_and(|at| at <= now) { Status::Shipped } else { Status::Accepted })
    }

    pub(crate) fn counts(&mut self, now: Moment) -> OrderCounts {
        self.ship(now);
        let OrderCounts { accepted, shipped, lost, .. } = self.counts;
        OrderCounts { waiting: accepted - shipped - lost, ..self.counts }
    }

    /// Lost and doubled, from one draw, so that no order is both.
    fn fate(&self, order: u64) -> (bool, bool) {
        let draw = u128::from(self.draws.number(Purpose::Fate, order));
        let lost = self.options.lose.threshold();
        (draw < lost, (lost..lost + self.options.double.threshold()).contains(&draw))
    }

    fn ship(&mut self, now: Moment) {
        while let Some(Reverse(Waiting { at, order, time })) = self.waiting.peek().copied().filter(|Reverse(next)| next.at <= now) {
            self.waiting.pop();
            match time {
                Time::First => self.counts.shipped += 1,
                Time::Second => self.counts.doubled += 1,
            }
            self.counts.shipments += 1;
            push_bounded(&mut self.feed, Shipment { sequence: self.counts.shipments, order, at }, self.capacity);
        }
    }
}

fn push_bounded<T>(queue: &mut VecDeque<T>, item: T, capacity: usize) {
    if queue.len() >= capacity {
        queue.pop_front();
    }
    queue.push_back(item);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;

    fn at(milliseconds: u64) -> Moment {
        Moment::from_nanos(milliseconds * 1_000_000)
    }

    fn orders(lose: &str, double: &str, jitter: u64, capacity: usize) -> Orders {
        let options = ShopOptions {
            ship_delay: Duration::from_millis(200),
            ship_delay_jitter: Duration::from_millis(jitter),
            lose: lose.parse().expect("a share"),
            double: double.parse().expect("a share"),
        };
        Orders::new(options, Draws::new(1), capacity)
    }

    #[test]
    fn an_order_is_on_the_feed_when_its_delay_is_over() {
        let mut shop = orders("0%", "0%", 0, 10);
        assert_eq!(shop.accept(at(0)), Ok(1));
        assert_eq!(shop.accept(at(50)), Ok(2));
        assert_eq!(shop.shipments(at(199), 0), []);
        assert_eq!(shop.status(at(199), 1), Some(Status::Accepted));
        let first = Shipment { sequence: 1, order: 1, at: at(200) };
        assert_eq!(shop.shipments(at(200), 0), [first]);
        assert_eq!(shop.status(at(200), 1), Some(Status::Shipped));
        let second = Shipment { sequence: 2, order: 2, at: at(250) };
        assert_eq!(shop.shipments(at(900), 0), [first, second]);
        assert_eq!(shop.shipments(at(900), 1), [second]);
        assert_eq!(shop.shipments(at(900), u64::MAX), []);
        assert_eq!((shop.status(at(900), 0), shop.status(at(900), 3)), (None, None));
    }

    #[test]
    fn every_order_is_lost_or_on_the_feed_once_or_twice() {
        let mut shop = orders("10%", "5%", 150, 20_000);
        for order in 1..=10_000 {
            assert_eq!(shop.accept(at(order / 10)), Ok(order));
        }
        let early = shop.counts(at(1100));
        assert_eq!(early.accepted, early.waiting + early.shipped + early.lost);
        assert_eq!(early.shipments, early.shipped + early.doubled);
        assert!(early.waiting > 0 && early.shipped > 0);

        let (mut times, mut last) = (BTreeMap::<u64, u64>::new(), Shipment { sequence: 0, order: 0, at: at(0) });
        loop {
            let page = shop.shipments(at(60_000), last.sequence);
            assert!(page.len() <= PAGE);
            for shipment in &page {
                assert_eq!(shipment.sequence, last.sequence + 1);
                assert!(shipment.at >= last.at, "the feed is in the order of time");
                *times.entry(shipment.order).or_default() += 1;
                last = *shipment;
            }
            if page.is_empty() {
                break;
            }
        }
        let counts = shop.counts(at(60_000));
        let doubled = times.values().filter(|times| **times == 2).count() as u64;
        let expected = OrderCounts {
            accepted: 10_000,
            waiting: 0,
            shipped: times.len() as u64,
            lost: 10_000 - times.len() as u64,
            doubled,
            shipments: last.sequence,
            refused: 0,
        };
        assert_eq!(counts, expected);
        assert!(times.values().all(|times| (1..=2).contains(times)));
        // Four standard deviations: 1 000 ± 30 and 500 ± 21.8.
        assert!(counts.lost.abs_diff(1000) <= 120 && counts.doubled.abs_diff(500) <= 88, "{counts:?}");
    }

    #[test]
    fn a_lost_order_stays_accepted() {
        let mut shop = orders("100%", "0%", 0, 10);
        assert_eq!(shop.accept(at(0)), Ok(1));
        assert_eq!(shop.shipments(at(10_000), 0), []);
        assert_eq!(shop.status(at(10_000), 1), Some(Status::Accepted));
        assert_eq!(shop.counts(at(10_000)), OrderCounts { accepted: 1, lost: 1, ..OrderCounts::default() });
    }

    #[test]
    fn the_oldest_are_forgotten_and_too_many_waiting_are_refused() {
        let mut shop = orders("0%", "0%", 0, 4);
        let accepted: Vec<_> = (0..4).map(|_| shop.accept(at(0))).collect();
        assert_eq!(accepted, [Ok(1), Ok(2), Ok(3), Err(Full)]);
        let later: Vec<_> = (0..3).map(|_| shop.accept(at(300))).collect();
        assert_eq!(later, [Ok(4), Ok(5), Ok(6)]);
        let sequences: Vec<_> = shop.shipments(at(900), 0).iter().map(|shipment| shipment.sequence).collect();
        assert_eq!(sequences, [3, 4, 5, 6]);
        assert_eq!(shop.shipments(at(900), 4).len(), 2);
        assert_eq!(shop.status(at(900), 2), None);
        assert_eq!(shop.status(at(900), 3), Some(Status::Shipped));
        assert_eq!(shop.counts(at(900)).refused, 1);
    }
}
