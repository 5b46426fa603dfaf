//! Those on this worker who wait for an answer.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Poll, Waker};

use rustc_hash::FxHashMap;

use super::peers::Answer;
use crate::activity::Activity;

/// Waits by number. Bounded by what runs on this worker.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    slots: RefCell<FxHashMap<u64, Slot>>,
    next: Cell<u64>,
}

#[derive(Debug, Default)]
struct Slot {
    answer: Option<Answer>,
    waker: Option<Waker>,
    /// Whose wait it is, if its answer may never come.
    parked: Option<Rc<Activity>>,
    /// Whose wait it is, if its answer is sure only as long as the load goes on.
    while_load: Option<Rc<Activity>>,
}

/// What was left of a wait that is over.
#[derive(Debug)]
pub(crate) enum Left {
    Nothing,
    /// Nobody has answered yet.
    Unanswered,
    /// An answer that nobody took.
    Answered(Answer),
}

impl Waits {
    /// Begins a wait; `parked` is whose it is, if the answer may never come.
    pub(crate) fn open(&self, parked: Option<&Rc<Activity>>) -> u64 {
        let number = self.next.get();
        self.next.set(number + 1);
        self.slots.borrow_mut().insert(number, Slot { parked: parked.cloned(), ..Slot::default() });
        if let Some(activity) = parked {
            activity.park();
        }
        number
    }

    /// Begins a wait whose answer is sure only as long as the load goes on.
    pub(crate) fn open_while_load(&self, activity: &Rc<Activity>) -> u64 {
        let number = self.open(None);
        if let Some(slot) = self.slots.borrow_mut().get_mut(&number) {
            slot.while_load = Some(Rc::clone(activity));
        }
        number
    }

    /// The load stops: what was sure is in doubt.
    pub(crate) fn doubt_all(&self) {
        for slot in self.slots.borrow_mut().values_mut().filter(|slot| slot.answer.is_none() && slot.parked.is_none()) {
            slot.parked = slot.while_load.take();
            slot.parked.iter().for_each(|activity| activity.park());
        }
    }

    /// Answers a wait. An answer that nobody waits for any more comes back.
    pub(crate) fn answer(&self, number: u64, answer: Answer) -> Option<Answer> {
        let mut slots = self.slots.borrow_mut();
        let Some(slot) = slots.get_mut(&number).filter(|slot| slot.answer.is_none()) else { return Some(answer) };
        slot.answer = Some(answer);
        slot.unpark();
        if let Some(waker) = slot.waker.take() {
            waker.wake();
        }
        None
    }

    /// Polls a wait.
    pub(crate) fn poll(&self, number: u64, waker: &Waker) -> Poll<Answer> {
        let mut slots = self.slots.borrow_mut();
        let Some(slot) = slots.get_mut(&number) else { return Poll::Pending };
        match slot.answer.take() {
            Some(answer) => {
                slots.remove(&number);
                Poll::Ready(answer)
            }
            None => {
                slot.waker = Some(waker.clone());
                Poll::Pending
            }
        }
    }

    /// Ends a wait, answered or not.
    pub(crate) fn close(&self, number: u64) -> Left {
        match self.slots.borrow_mut().remove(&number) {
            None => Left::Nothing,
            Some(mut slot) => {
                slot.unpark();
                slot.answer.map_or(Left::Unanswered, Left::Answered)
            }
        }
    }

    /// Tells all of them that nothing will come.
    pub(crate) fn starve(&self) {
        let parked: Vec<u64> = self.slots.borrow().iter().filter(|(_, slot)| slot.parked.is_some()).map(|(number, _)| *number).collect();
        for number in parked {
            self.answer(number, Answer::Starved);
        }
    }
}

impl Slot {
    fn unpark(&mut self) {
        if let Some(activity) = self.parked.take() {
            activity.unpark();
        }
    }
}
