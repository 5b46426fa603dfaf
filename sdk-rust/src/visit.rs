//! Which visit of a step the current call belongs to.

use std::cell::Cell;

use crate::platform;

/// An error that the step context carries.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// The step that failed.
    pub step: String,
    /// The failure's code.
    pub code: String,
    /// The failure's message.
    pub message: String,
}

/// One visit of a step by a minion: what closures get as `cx`. Where a closure gets only its value, [`Context::current`] has it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Context {
    minion: u32,
    iteration: u32,
    attempt: u32,
}

thread_local! {
    static CURRENT: Cell<Context> = const { Cell::new(Context::at(0, 0, 0)) };
}

impl Context {
    /// The visit with these numbers; what tests and adapters hand in.
    pub const fn at(minion: u32, iteration: u32, attempt: u32) -> Self {
        Self { minion, iteration, attempt }
    }

    /// The visit that the running closure was called for.
    pub fn current() -> Self {
        CURRENT.get()
    }

    pub(crate) fn enter(self) {
        CURRENT.set(self);
    }

    /// The minion's number: unique in the campaign's scenario, from 0, whatever the number of workers and factories.
    pub fn minion(&self) -> u32 {
        self.minion
    }

    /// Of the innermost iterated step or stage, from 0.
    pub fn iteration(&self) -> u32 {
        self.iteration
    }

    /// From 0; above 0 in a retry.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The scenario's name.
    pub fn scenario(&self) -> String {
        platform::scenario()
    }

    /// The step's name.
    pub fn step(&self) -> String {
        platform::step()
    }

    /// The step that emitted the input; none at the root.
    pub fn previous_step(&self) -> Option<String> {
        platform::previous_step()
    }

    /// The zone of the factory that runs this.
    pub fn zone(&self) -> Option<String> {
        platform::zone()
    }

    /// Whether an error used up its retries before this step.
    pub fn exhausted(&self) -> bool {
        platform::exhausted()
    }

    /// The errors that the context carries, oldest first.
    pub fn errors(&self) -> Vec<Fault> {
        platform::errors()
    }

    /// The next draw of this visit. The same seed, scenario, minion, step, iteration and attempt give the same draws.
    pub fn random(&self) -> u64 {
        platform::random()
    }

    /// A draw from 0 to `below`, without `below`; 0 when that is 0. Every number is equally likely but for one part in 2⁶⁴ ÷ `below`.
    pub fn random_below(&self, below: u64) -> u64 {
        // The high half of a product spreads evenly, without the bias that a remainder has towards low numbers.
        ((u128::from(self.random()) * u128::from(below)) >> 64) as u64
    }

    /// Nanoseconds since the start of the campaign.
    pub fn now(&self) -> u64 {
        platform::now()
    }

    /// Wall clock, nanoseconds since the Unix epoch.
    pub fn unix_time(&self) -> u64 {
        platform::unix_time()
    }
}
