//! What every step can have. The methods act on the last step.

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use crate::Flow;
use crate::draft::Config;
use crate::duration::written;

/// When and how often a failed attempt is made again.
///
/// ```
/// use throng::{millis, retries};
///
/// retries(3).delay(millis(100)).multiplier(2.0).max_delay(millis(500)); // waits 100, 200, 400 ms
/// ```
#[derive(Clone, Debug)]
pub struct Retry(Map<String, Json>);

/// Attempts = `count` + 1, with a second between them.
pub fn retries(count: u32) -> Retry {
    Retry(Map::from_iter([("retries".to_owned(), count.into())]))
}

impl Retry {
    fn with(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// The wait before the first retry.
    #[must_use]
    pub fn delay(self, delay: Duration) -> Self {
        self.with("delay", written(delay))
    }

    /// Each wait is this many times the one before.
    #[must_use]
    pub fn multiplier(self, multiplier: f64) -> Self {
        self.with("multiplier", multiplier)
    }

    /// The cap on every wait.
    #[must_use]
    pub fn max_delay(self, delay: Duration) -> Self {
        self.with("max-delay", written(delay))
    }

    /// 0 to 1: each wait is lengthened or shortened by up to this share, drawn from the seed.
    #[must_use]
    pub fn jitter(self, share: f64) -> Self {
        self.with("jitter", share)
    }

    pub(crate) fn document(self) -> Json {
        Json::Object(self.0)
    }
}

/// The same input worked on several times.
#[derive(Clone, Debug)]
pub struct Iterate(Map<String, Json>);

/// So many times, each as soon as the one before has ended.
pub fn iterations(count: u64) -> Iterate {
    Iterate(Map::from_iter([("iterations".to_owned(), count.into())]))
}

/// Again and again, until this much time has passed.
pub fn lasting(duration: Duration) -> Iterate {
    Iterate(Map::from_iter([("for".to_owned(), written(duration).into())]))
}

/// So many times by all minions together, shared evenly.
pub fn iterations_in_total(count: u64) -> Iterate {
    Iterate(Map::from_iter([("total".to_owned(), count.into())]))
}

impl Iterate {
    /// The planned distance of starts.
    #[must_use]
    pub fn period(mut self, period: Duration) -> Self {
        self.0.insert("period".into(), written(period).into());
        self
    }

    /// The first failure ends the loop and exhausts the context; otherwise failures are counted and the loop goes on.
    #[must_use]
    pub fn stop_on_error(mut self) -> Self {
        self.0.insert("stop-on-error".into(), true.into());
        self
    }
}

/// What is measured of a step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Monitoring {
    /// Nothing.
    Off,
    /// Meters: the default.
    Meters,
    /// Meters and events.
    MetersAndEvents,
}

impl<T: 'static, At> Flow<T, At> {
    fn option(self, name: &str, value: impl Into<Json>) -> Self {
        self.on_last_step(name, |options| drop(options.insert(name.into(), value.into())))
    }

    pub(crate) fn on_last_step(self, option: &str, change: impl FnOnce(&mut Map<String, Json>)) -> Self {
        match &self.last {
            Some(step) => change(&mut step.borrow_mut().options),
            None => self.fault(no_step(option)),
        }
        self
    }

    /// Changes what stands under the key of the last step's kind, if it is one of these kinds.
    pub(crate) fn on_config(self, option: &str, kinds: &[&str], change: impl FnOnce(&mut Config)) -> Self {
        match &self.last {
            Some(step) if kinds.contains(&step.borrow().kind) => change(&mut step.borrow_mut().config),
            _ => return self.misplaced(option, kinds),
        }
        self
    }

    pub(crate) fn misplaced(self, option: &str, kinds: &[&str]) -> Self {
        let fault = match &self.last {
            None => no_step(option),
            Some(step) => {
                let kinds: Vec<_> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
                format!("`{option}` belongs to {}, and stands after `{}`", kinds.join(", "), step.borrow().called())
            }
        };
        self.fault(fault);
        self
    }

    pub(crate) fn last_kind(&self) -> Option<&'static str> {
        self.last.as_ref().map(|step| step.borrow().kind)
    }

    /// Names the last step; names that start with `_` are hidden in reports.
    pub fn named(self, name: impl Into<String>) -> Self {
        match &self.last {
            Some(step) => step.borrow_mut().name = Some(name.into()),
            None => self.fault(no_step("named")),
        }
        self
    }

    /// How long one attempt of one iteration may take. Of a join, how long a left waits for its right.
    pub fn timeout(self, limit: Duration) -> Self {
        match self.last_kind() {
            Some("inner-join" | "left-join") => {
                self.on_config("timeout", &["inner-join", "left-join"], |config| config.set("timeout", written(limit).into()))
            }
            _ => self.option("timeout", written(limit)),
        }
    }

    /// How many of the values that the step emits are handled behind it at a time; 1 unless told otherwise, so that their order is kept.
    pub fn concurrency(self, values: u32) -> Self {
        self.option("concurrency", values)
    }

    /// When a failed attempt is made again, instead of the scenario's default.
    pub fn retry(self, retry: Retry) -> Self {
        self.option("retry", retry.document())
    }

    /// No retry, whatever the scenario's default.
    pub fn no_retry(self) -> Self {
        self.option("retry", "none")
    }

    /// Works on the same input several times.
    pub fn iterate(self, iterate: Iterate) -> Self {
        self.option("iterate", iterate.0)
    }

    /// Failures of the step leave the scenario's verdict alone.
    pub fn tolerate(self) -> Self {
        self.option("tolerate", true)
    }

    /// Failures of the step don't show their cause in the report.
    pub fn unreported(self) -> Self {
        self.option("report", false)
    }

    /// What is measured of the step.
    pub fn monitoring(self, monitoring: Monitoring) -> Self {
        let (meters, events) = (monitoring != Monitoring::Off, monitoring == Monitoring::MetersAndEvents);
        self.option("monitoring", json!({"meters": meters, "events": events}))
    }

    /// Carried by the step's meters and events.
    pub fn tag(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.on_last_step("tag", |options| {
            if let Some(tags) = options.entry("tags").or_insert_with(|| json!({})).as_object_mut() {
                tags.insert(name.into(), value.into().into());
            }
        })
    }

    /// Adds a rule to the scenario's verdict: `p99(response, step:order) < 250ms`.
    pub fn rule(self, rule: impl Into<String>) -> Self {
        self.draft.borrow_mut().rules.push(rule.into());
        self
    }
}

fn no_step(option: &str) -> String {
    format!("`{option}` belongs to a step, and there is none before it")
}
