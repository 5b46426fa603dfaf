//! Turns at what there is little of, such as connections.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// The right to use something, for so many at a time on one worker. Who comes first is served first.
///
/// Those who wait stand in a queue of their own, and not linked with each other as in the runtime's semaphore: of a hundred thousand that
/// wait, nobody's memory is touched but theirs whose turn it is.
#[derive(Debug)]
pub struct Turns {
    /// Turns that nobody has. If there are any, nobody waits.
    free: Cell<usize>,
    queue: RefCell<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    /// Who waits, by tickets in a row; none for one who has gone away.
    waiting: VecDeque<Option<Waker>>,
    /// The first one's ticket. Tickets below have been called: their turn was handed to them, or they had gone.
    first: u64,
}

impl Turns {
    /// So many at a time.
    pub fn new(free: usize) -> Self {
        Self { free: Cell::new(free), queue: RefCell::default() }
    }

    /// How many could be had at once.
    pub fn free(&self) -> usize {
        self.free.get()
    }

    /// A turn, if nobody has to be waited for.
    pub fn try_turn(&self) -> Option<Turn<'_>> {
        self.free.set(self.free.get().checked_sub(1)?);
        Some(Turn { turns: self })
    }

    /// A turn, after all who wait already.
    pub fn turn(&self) -> WaitForTurn<'_> {
        WaitForTurn { turns: self, ticket: None }
    }

    /// Hands a turn to the first who waits.
    fn give_back(&self) {
        let next = {
            let mut queue = self.queue.borrow_mut();
            loop {
                let Some(waiting) = queue.waiting.pop_front() else { break None };
                queue.first += 1;
                if waiting.is_some() {
                    break waiting;
                }
            }
        };
        match next {
            Some(waker) => waker.wake(),
            None => self.free.set(self.free.get() + 1),
        }
    }
}

/// A turn; it ends when this is dropped.
#[derive(Debug)]
pub struct Turn<'a> {
    turns: &'a Turns,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.turns.give_back();
    }
}

/// Waits for a turn. Dropped, it leaves the queue.
#[derive(Debug)]
#[must_use = "nobody waits before this is polled"]
pub struct WaitForTurn<'a> {
    turns: &'a Turns,
    /// Its place, from the first look on until it has its turn.
    ticket: Option<u64>,
}

impl<'a> Future for WaitForTurn<'a> {
    type Output = Turn<'a>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Turn<'a>> {
        let turns = self.turns;
        let Some(ticket) = self.ticket else {
            if let Some(turn) = turns.try_turn() {
                return Poll::Ready(turn);
            }
            let mut queue = turns.queue.borrow_mut();
            self.ticket = Some(queue.first + queue.waiting.len() as u64);
            queue.waiting.push_back(Some(context.waker().clone()));
            return Poll::Pending;
        };
        if let Some(place) = turns.queue.borrow_mut().place(ticket) {
            place.get_or_insert_with(|| context.waker().clone()).clone_from(context.waker());
            return Poll::Pending;
        }
        self.ticket = None;
        Poll::Ready(Turn { turns })
    }
}

impl Queue {
    /// Where a ticket's owner waits; none if it has been called.
    fn place(&mut self, ticket: u64) -> Option<&mut Option<Waker>> {
        let place = ticket.checked_sub(self.first)?;
        self.waiting.get_mut(place as usize)
    }
}

impl Drop for WaitForTurn<'_> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let left = self.turns.queue.borrow_mut().place(ticket).map(Option::take);
        if left.is_none() {
            // It was called and never came.
            self.turns.give_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Calls(AtomicU32);

    impl Wake for Calls {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// One who waits, and how often it was called.
    struct Someone<'a> {
        wait: Pin<Box<WaitForTurn<'a>>>,
        calls: Arc<Calls>,
    }

    impl<'a> Someone<'a> {
        fn at(turns: &'a Turns) -> Self {
            let mut someone = Self { wait: Box::pin(turns.turn()), calls: Arc::default() };
            assert!(someone.look().is_none(), "nothing is free");
            someone
        }

        fn look(&mut self) -> Option<Turn<'a>> {
            let waker = Waker::from(Arc::clone(&self.calls));
            match self.wait.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(turn) => Some(turn),
                Poll::Pending => None,
            }
        }

        fn calls(&self) -> u32 {
            self.calls.0.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn who_comes_first_is_served_first() {
        let turns = Turns::new(2);
        let (one, two) = (turns.try_turn().expect("free"), turns.try_turn().expect("free"));
        assert!(turns.try_turn().is_none());
        let (mut first, mut second) = (Someone::at(&turns), Someone::at(&turns));
        drop(one);
        assert_eq!((first.calls(), second.calls(), turns.free()), (1, 0, 0));
        assert!(turns.try_turn().is_none(), "a turn that was handed on is nobody else's");
        assert!(second.look().is_none(), "nor is it for the second");
        let turn = first.look().expect("its turn");
        drop(two);
        assert_eq!(second.calls(), 1);
        drop((turn, second.look().expect("its turn")));
        assert_eq!(turns.free(), 2);
    }

    #[test]
    fn who_has_gone_is_passed_over() {
        let turns = Turns::new(1);
        let taken = turns.try_turn().expect("free");
        let (gone, called, mut last) = (Someone::at(&turns), Someone::at(&turns), Someone::at(&turns));
        drop(gone);
        drop(taken);
        assert_eq!((called.calls(), last.calls()), (1, 0));
        drop(called);
        assert_eq!(last.calls(), 1, "the turn of one who was called and went goes on");
        drop(last.look().expect("its turn"));
        assert_eq!(turns.free(), 1);
    }
}
