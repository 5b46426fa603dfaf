//! One execution of a stage: what its steps emit, and what went wrong inside.

use std::cell::RefCell;
use std::rc::Rc;

use throng_model::StepNumber;
use throng_protocols::{Failure, Output, Value};

/// The inside of a stage for one minion.
#[derive(Debug)]
pub(crate) struct Frame {
    /// The step whose values are the stage's.
    pub(crate) output: StepNumber,
    values: RefCell<Vec<Value>>,
    failure: RefCell<Option<Rc<Failure>>>,
}

impl Frame {
    pub(crate) fn new(output: StepNumber) -> Self {
        Self { output, values: RefCell::default(), failure: RefCell::default() }
    }

    /// A value of the stage.
    pub(crate) fn keep(&self, value: Value) {
        self.values.borrow_mut().push(value);
    }

    /// An error that nothing inside has mended; the last one counts.
    pub(crate) fn fail(&self, failure: &Rc<Failure>) {
        self.failure.replace(Some(Rc::clone(failure)));
    }

    /// What the execution came to. A failure inside may be gone the next time, whatever it was.
    pub(crate) fn result(self) -> Result<Output, Failure> {
        if let Some(failure) = self.failure.into_inner() {
            return Err(Failure { retryable: true, ..(*failure).clone() });
        }
        let mut values = self.values.into_inner();
        Ok(match values.len() {
            0 => Output::Nothing,
            1 => values.pop().map_or(Output::Nothing, Output::One),
            _ => Output::Many(values),
        })
    }
}
