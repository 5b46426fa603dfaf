//! Those on this worker who wait for an answer.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Poll, Waker};

use rustc_hash::FxHashMap;

use super::peers::Answer;
use crate::activity::{Activity, Change};

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
    /// For a wait of the load whose answer may never come.
    doubt: Option<Change>,
    /// For a wait that is in doubt when nothing new begins any more.
    activity: Option<Rc<Activity>>,
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
    /// Begins a wait, in doubt or not.
    pub(crate) fn open(&self, doubt: Option<Change>) -> u64 {
        self.insert(Slot { doubt, ..Slot::default() })
    }

    /// Begins a wait that is in doubt from a soft stop on.
    pub(crate) fn open_until_stop(&self, activity: Option<Rc<Activity>>) -> u64 {
        self.insert(Slot { activity, ..Slot::default() })
    }

    /// From now on nothing is sure.
    pub(crate) fn doubt_all(&self) {
        for slot in self.slots.borrow_mut().values_mut().filter(|slot| slot.answer.is_none() && slot.doubt.is_none()) {
            slot.doubt = slot.activity.as_ref().map(Activity::doubt);
        }
    }

    fn insert(&self, slot: Slot) -> u64 {
        let number = self.next.get();
        self.next.set(number + 1);
        self.slots.borrow_mut().insert(number, slot);
        number
    }

    /// Answers a wait. An answer that nobody waits for any more comes back.
    pub(crate) fn answer(&self, number: u64, answer: Answer) -> Option<Answer> {
        let mut slots = self.slots.borrow_mut();
        let Some(slot) = slots.get_mut(&number).filter(|slot| slot.answer.is_none()) else { return Some(answer) };
        slot.answer = Some(answer);
        slot.doubt = None;
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
            Some(slot) => slot.answer.map_or(Left::Unanswered, Left::Answered),
        }
    }

    /// Tells all that wait in doubt that nothing will come.
    pub(crate) fn starve(&self) {
        let doubtful: Vec<u64> = self.slots.borrow().iter().filter(|(_, slot)| slot.doubt.is_some()).map(|(number, _)| *number).collect();
        for number in doubtful {
            self.answer(number, Answer::Starved);
        }
    }
}
