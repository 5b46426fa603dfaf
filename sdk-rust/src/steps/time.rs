//! When a value goes on.

use std::time::Duration;

use serde_json::json;

use crate::carry::{Carry, wrong_value};
use crate::draft::Config;
use crate::duration::{nanoseconds, written};
use crate::{Context, Flow, Output, Value};

impl<T: 'static, At> Flow<T, At> {
    /// Waits, then goes on with the same value.
    pub fn delay(self, delay: Duration) -> Self {
        self.then_constant("delay", written(delay).into())
    }

    /// The minion's next value leaves no earlier than `period` after its last one. What comes later than planned is counted as `slipped`;
    /// nothing is caught up.
    pub fn constant_pace(self, period: Duration) -> Self {
        self.then_constant("constant-pace", written(period).into())
    }

    /// The same with a period that is divided by `accelerator` each time, from `start` down to `min`.
    pub fn accelerating_pace(self, start: Duration, accelerator: f64, min: Duration) -> Self {
        let config = json!({"start": written(start), "accelerator": accelerator, "min": written(min)});
        self.then_constant("accelerating-pace", config)
    }

    /// The same with a period that `next` makes from the last one, which is zero the first time.
    pub fn pace(self, next: impl Fn(Duration) -> Duration + 'static) -> Self {
        let run = Box::new(move |_: &Context, value| {
            let last = Duration::from_nanos(u64::from_value(value)?);
            let period = nanoseconds(next(last));
            let period = i64::try_from(period).map_err(|_| wrong_value(format!("a period of {period} ns is longer than 292 years")))?;
            Ok(Output::One(Value::Integer(period)))
        });
        self.then_same(None, "pace", Config::Callback("pace", run))
    }
}
