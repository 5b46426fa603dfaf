//! A scenario's own meters. Campaign, scenario, step and zone are tagged by the engine.
//!
//! Made once, outside of the closures, a meter asks the engine for its handle when it is first used; made in place, each time.
//!
//! ```
//! use throng::counter;
//!
//! let refused = counter("orders-refused").tag("cause", "stock");
//! refused.add(1);
//! ```

use std::time::Duration;

use crate::duration::nanoseconds;
use crate::platform;

/// What identifies a meter: its type, its name and its own tags.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Meter {
    /// What it records.
    pub kind: MeterKind,
    /// Its name.
    pub name: String,
    /// Its own tags, as given.
    pub tags: Vec<(String, String)>,
}

/// The types of meters.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum MeterKind {
    /// Counts up.
    Counter,
    /// The last value set.
    Gauge,
    /// Durations.
    Timer,
    /// A distribution of numbers.
    Summary,
    /// Benchmark ÷ total.
    Rate,
    /// A quantity per unit of time.
    Throughput,
}

/// One recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operation {
    /// Counter.
    Count(u64),
    /// Gauge.
    Set(f64),
    /// Timer, in nanoseconds.
    Time(u64),
    /// Summary.
    Observe(f64),
    /// Rate.
    Rate {
        /// The part.
        benchmark: f64,
        /// The whole.
        total: f64,
    },
    /// Throughput.
    Throughput(f64),
}

macro_rules! meter {
    ($function:ident, $type:ident, $what:literal, $(#[$doc:meta])* $method:ident($($argument:ident: $of:ty),+) => $operation:expr) => {
        #[doc = concat!("A meter: ", $what, ".")]
        #[derive(Clone, Debug)]
        pub struct $type {
            meter: Meter,
            handle: platform::MeterHandle,
        }

        #[doc = concat!("The meter of this name: ", $what, ". The same name and tags are the same meter.")]
        pub fn $function(name: impl Into<String>) -> $type {
            $type { meter: Meter { kind: MeterKind::$type, name: name.into(), tags: Vec::new() }, handle: Default::default() }
        }

        impl $type {
            /// The same name with one more tag is a meter of its own.
            #[must_use]
            pub fn tag(self, name: impl Into<String>, value: impl Into<String>) -> Self {
                let mut meter = self.meter;
                meter.tags.push((name.into(), value.into()));
                Self { meter, handle: Default::default() }
            }

            $(#[$doc])*
            pub fn $method(&self, $($argument: $of),+) {
                platform::record(&self.meter, &self.handle, $operation);
            }
        }
    };
}

meter!(counter, Counter, "counts up", /// Counts up.
    add(by: u64) => Operation::Count(by));
meter!(gauge, Gauge, "the last value set", /// Sets the value.
    set(to: f64) => Operation::Set(to));
meter!(timer, Timer, "a distribution of durations", /// Records a duration.
    observe(duration: Duration) => Operation::Time(nanoseconds(duration)));
meter!(summary, Summary, "a distribution of numbers", /// Records a number.
    observe(value: f64) => Operation::Observe(value));
meter!(rate_meter, Rate, "benchmark ÷ total", /// Adds to both sides.
    add(benchmark: f64, total: f64) => Operation::Rate { benchmark, total });
meter!(throughput, Throughput, "a quantity per unit of time", /// Adds a quantity.
    add(quantity: f64) => Operation::Throughput(quantity));
