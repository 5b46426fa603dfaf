//! The latest value of a step, for all that ask. Pure.

use throng_protocols::Value;

/// What `zip-last` pairs with; only before the first value anybody waits.
#[derive(Debug)]
pub(crate) struct Latest<T> {
    value: Option<Value>,
    waiting: Vec<T>,
}

impl<T> Latest<T> {
    pub(crate) fn new() -> Self {
        Self { value: None, waiting: Vec::new() }
    }

    /// A newer value; says who waited for the first.
    pub(crate) fn replace(&mut self, value: Value) -> Vec<T> {
        self.value = Some(value);
        std::mem::take(&mut self.waiting)
    }

    /// The latest value, or a place among those who wait.
    pub(crate) fn ask(&mut self, who: T) -> Option<Value> {
        if self.value.is_none() {
            self.waiting.push(who);
        }
        self.value.clone()
    }

    /// Who waited has gone away.
    pub(crate) fn cancel(&mut self, is: impl Fn(&T) -> bool) {
        self.waiting.retain(|who| !is(who));
    }
}
