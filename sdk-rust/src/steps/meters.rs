//! Steps that record a number of each value, which goes on. A step's meter is called as the step is.
//!
//! Closures record in meters of their own by [`counter`](crate::counter) and its like.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::Pick;
use crate::draft::Config;
use crate::duration::nanoseconds;
use crate::{Context, Failure, Flow, MeterKind, Output, Value};

impl<T: 'static, At> Flow<T, At> {
    /// Counts the values.
    pub fn count(self, name: impl Into<String>) -> Self {
        self.then_meter("counter", name.into(), None)
    }

    /// Counts up by the number that `of` answers with.
    pub fn count_of<N: Number>(self, name: impl Into<String>, of: impl Fn(&T) -> N + 'static) -> Self {
        self.then_number("counter", name.into(), move |value| of(value).into_number())
    }

    /// Sets a gauge to the number that `of` answers with.
    pub fn gauge_of<N: Number>(self, name: impl Into<String>, of: impl Fn(&T) -> N + 'static) -> Self {
        self.then_number("gauge", name.into(), move |value| of(value).into_number())
    }

    /// Records the duration that `of` answers with.
    pub fn timer_of(self, name: impl Into<String>, of: impl Fn(&T) -> Duration + 'static) -> Self {
        self.then_number("timer", name.into(), move |value| nanoseconds(of(value)).into_number())
    }

    /// Records the number that `of` answers with in a distribution.
    pub fn summary_of<N: Number>(self, name: impl Into<String>, of: impl Fn(&T) -> N + 'static) -> Self {
        self.then_number("summary", name.into(), move |value| of(value).into_number())
    }

    /// Adds the quantity that `of` answers with, to be told per unit of time.
    pub fn throughput_of<N: Number>(self, name: impl Into<String>, of: impl Fn(&T) -> N + 'static) -> Self {
        self.then_number("throughput", name.into(), move |value| of(value).into_number())
    }

    /// Adds to both sides of benchmark ÷ total: `rate_of("in-stock", |r| (if r.status() == 200 { 1 } else { 0 }, 1))`.
    pub fn rate_of<B: Number, N: Number>(self, name: impl Into<String>, of: impl Fn(&T) -> (B, N) + 'static) -> Self {
        let read = self.read.clone();
        let run = Box::new(move |_: &Context, value| {
            let (benchmark, total) = of(&read.value(value)?);
            Ok(Output::Many(vec![benchmark.into_number()?, total.into_number()?]))
        });
        self.then_meter("rate", name.into(), Some(Config::Callback("rate", run)))
    }

    /// Records a number that the engine finds in the value, without a closure: `measure("queued", MeterKind::Gauge, Pick::json("/depth"))`.
    /// Timers take nanoseconds. A rate, which has two numbers, is [`rate_of`](Flow::rate_of).
    pub fn measure(self, name: impl Into<String>, kind: MeterKind, pick: Pick) -> Self {
        let kind = match kind {
            MeterKind::Counter => "counter",
            MeterKind::Gauge => "gauge",
            MeterKind::Timer => "timer",
            MeterKind::Summary => "summary",
            MeterKind::Throughput => "throughput",
            MeterKind::Rate => {
                self.fault("`measure` records one number, and a rate has two; use `rate_of`");
                "rate"
            }
        };
        self.then_meter(kind, name.into(), Some(Config::Constant(pick.0)))
    }

    /// What must hold of the meter of the last step in the end: `count("orders").should("count >= 5")`. Several must all hold.
    pub fn should(self, rule: impl Into<String>) -> Self {
        const METERS: &[&str] = &["counter", "gauge", "timer", "summary", "throughput", "rate"];
        self.on_config("should", METERS, |config| config.push("should", Json::String(rule.into())))
    }

    fn then_number(self, kind: &'static str, name: String, of: impl Fn(&T) -> Result<Value, Failure> + 'static) -> Self {
        let read = self.read.clone();
        let run = Box::new(move |_: &Context, value| of(&read.value(value)?).map(Output::One));
        self.then_meter(kind, name, Some(Config::Callback("number", run)))
    }

    fn then_meter(self, kind: &'static str, name: String, value: Option<Config>) -> Self {
        let mut fields = vec![("name".to_owned(), Config::Constant(json!(name)))];
        fields.extend(value.map(|value| ("value".to_owned(), value)));
        self.then_same(Some(name), kind, Config::Object(fields))
    }
}

/// What a closure that measures may answer: a number, or `Result<number, Failure>`.
#[diagnostic::on_unimplemented(message = "`{Self}` is no number", label = "neither a number nor `Result<number, Failure>`")]
pub trait Number {
    /// For the engine.
    ///
    /// # Errors
    /// The closure's own.
    fn into_number(self) -> Result<Value, Failure>;
}

macro_rules! numbers {
    ($($integer:ty),+) => {$(
        impl Number for $integer {
            #[allow(clippy::cast_precision_loss, reason = "what no integer of the engine holds is past 2⁶³, where every meter rounds")]
            fn into_number(self) -> Result<Value, Failure> {
                Ok(i64::try_from(self).map_or(Value::Number(self as f64), Value::Integer))
            }
        }
    )+};
}

numbers!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

impl Number for f64 {
    fn into_number(self) -> Result<Value, Failure> {
        Ok(Value::Number(self))
    }
}

impl Number for f32 {
    fn into_number(self) -> Result<Value, Failure> {
        Ok(Value::Number(self.into()))
    }
}

impl<N: Number> Number for Result<N, Failure> {
    fn into_number(self) -> Result<Value, Failure> {
        self.and_then(Number::into_number)
    }
}
