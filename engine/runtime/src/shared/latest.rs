//! The latest value of a step, for all that ask. Pure.

use throng_protocols::Value;

/// What `zip-last` pairs with; only before the first value anybody waits.
#[derive(Debug)]
pub(crate) struct Latest<T> {
    value: Option<Value>,
    waiting: Vec<T>,
    ended: bool,
}

/// What who asks is given.
#[derive(Debug)]
pub(crate) enum Asked {
    Value(Value),
    /// It waits for the first.
    Waits,
    /// There was none, and none will come.
    Ended,
}

impl<T> Latest<T> {
    pub(crate) fn new() -> Self {
        Self { value: None, waiting: Vec::new(), ended: false }
    }

    /// A newer value; says who waited for the first.
    pub(crate) fn replace(&mut self, value: Value) -> Vec<T> {
        self.value = Some(value);
        std::mem::take(&mut self.waiting)
    }

    /// The latest value, or a place among those who wait.
    pub(crate) fn ask(&mut self, who: T) -> Asked {
        match &self.value {
            Some(value) => Asked::Value(value.clone()),
            None if self.ended => Asked::Ended,
            None => {
                self.waiting.push(who);
                Asked::Waits
            }
        }
    }

    /// No more values come; says who waits in vain.
    pub(crate) fn end(&mut self) -> Vec<T> {
        self.ended = true;
        std::mem::take(&mut self.waiting)
    }

    /// Who waited has gone away.
    pub(crate) fn cancel(&mut self, is: impl Fn(&T) -> bool) {
        self.waiting.retain(|who| !is(who));
    }
}
