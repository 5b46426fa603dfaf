//! What is known of a step, and of a scenario's runs, over a span of time. A worker's period and the whole campaign have the same form.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::AddAssign;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Events, Failures, GuestStalls, Histogram, Messages, MeterName, MeterValue, Outcome, Phase, Shortages};

/// An execution that has ended.
#[derive(Clone, Copy, Debug)]
pub struct Execution {
    /// How.
    pub outcome: Outcome,
    /// How many attempts it took.
    pub attempts: u32,
    /// Of the intended start.
    pub phase: Phase,
    /// Nanoseconds from the intended start to the end of the last attempt.
    pub response: u64,
    /// Nanoseconds of the last attempt alone; none if it never came to that.
    pub service: Option<u64>,
}

/// Response and service times, by phase.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Times {
    /// From the intended start, in nanoseconds.
    pub response: [Histogram; 4],
    /// From the actual start, in nanoseconds.
    pub service: [Histogram; 4],
}

impl Times {
    #[inline]
    pub(crate) fn record(&mut self, phase: Phase, response: u64, service: Option<u64>) {
        if let Some(timer) = self.response.get_mut(phase.index()) {
            timer.record(response);
        }
        if let (Some(timer), Some(service)) = (self.service.get_mut(phase.index()), service) {
            timer.record(service);
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (timer, more) in self.histograms().zip(other.response.iter().chain(&other.service)) {
            timer.merge(more);
        }
    }

    /// Hands out the samples and keeps the memory, or takes a spare for it.
    pub(crate) fn take(&mut self, spares: &mut Vec<Histogram>) -> Self {
        Self {
            response: self.response.each_mut().map(|timer| timer.take(spares)),
            service: self.service.each_mut().map(|timer| timer.take(spares)),
        }
    }

    pub(crate) fn histograms(&mut self) -> impl Iterator<Item = &mut Histogram> {
        self.response.iter_mut().chain(&mut self.service)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.response.iter().chain(&self.service).all(Histogram::is_empty)
    }
}

/// The times of ramp and steady load together: what summaries and rules go by.
pub fn under_load(phases: &[Histogram; 4]) -> Histogram {
    let [_, ramp, steady, _] = phases;
    let mut whole = ramp.clone();
    whole.merge(steady);
    whole
}

/// A meter that a plugin adds to its steps. Of all phases.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PluginMeter {
    /// Nanoseconds.
    Timer(Histogram),
    /// A count.
    Counter(u64),
}

impl PluginMeter {
    pub(crate) fn merge(&mut self, other: &Self) {
        match (self, other) {
            (Self::Timer(timer), Self::Timer(more)) => timer.merge(more),
            (Self::Counter(count), Self::Counter(more)) => *count = count.saturating_add(*more),
            // A plugin registers a name once, as one or the other.
            _ => {}
        }
    }
}

/// One step.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct StepFigures {
    /// Ended executions by phase and, within, by outcome.
    pub outcomes: [[u64; 5]; 4],
    /// Executions that were bypassed, whenever.
    pub skipped: u64,
    /// Attempts of all ended executions.
    pub attempts: u64,
    /// Executions that go on; in a period, how many more than before.
    pub in_flight: i64,
    /// Visits that ended because what they waited for will never come.
    pub starved: u64,
    /// Values that came to a pace later than planned.
    pub slipped: u64,
    /// How long they took.
    pub times: Times,
    /// What the plugin adds, by name.
    pub plugin: BTreeMap<Cow<'static, str>, PluginMeter>,
    /// What the scenario adds.
    #[serde(with = "crate::guest_meters::pairs")]
    pub guest: BTreeMap<MeterName, MeterValue>,
    /// Why it failed.
    pub failures: Failures,
}

impl StepFigures {
    /// Executions with this outcome, of all phases.
    pub fn count(&self, outcome: Outcome) -> u64 {
        let bypassed = if outcome == Outcome::Skipped { self.skipped } else { 0 };
        bypassed + self.outcomes.iter().filter_map(|phase| phase.get(outcome.index())).sum::<u64>()
    }

    /// Executions that were made, of all phases: all but the skipped.
    pub fn executions(&self) -> u64 {
        self.count(Outcome::Success) + self.failed()
    }

    /// Executions that ended in a failure, an error or a time-out.
    pub fn failed(&self) -> u64 {
        self.count(Outcome::Failure) + self.count(Outcome::Error) + self.count(Outcome::Timeout)
    }

    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.outcomes == [[0; 5]; 4]
            && self.skipped == 0
            && self.in_flight == 0
            && self.starved == 0
            && self.slipped == 0
            && self.times.is_empty()
            && self.plugin.is_empty()
            && self.guest.is_empty()
            && self.failures.is_empty()
    }

    /// Adds what another worker, or the next period, has recorded, except the scenario's own meters: their number is limited from outside.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (count, more) in self.outcomes.iter_mut().flatten().zip(other.outcomes.iter().flatten()) {
            *count += more;
        }
        self.skipped += other.skipped;
        self.attempts += other.attempts;
        self.in_flight += other.in_flight;
        self.starved += other.starved;
        self.slipped += other.slipped;
        self.times.merge(&other.times);
        self.failures.merge(&other.failures);
        for (name, more) in &other.plugin {
            match self.plugin.get_mut(name) {
                Some(meter) => meter.merge(more),
                None => drop(self.plugin.insert(name.clone(), more.clone())),
            }
        }
    }
}

/// Minions of one scenario.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct MinionCounts {
    /// Runs that began.
    pub started: u64,
    /// Runs that came to their end.
    pub completed: u64,
    /// Runs that a hard stop ended.
    pub cancelled: u64,
    /// Runs that ended because what they waited for will never come.
    pub starved: u64,
    /// Starts that had to wait, for the cap on minions in flight.
    pub queued: u64,
    /// Starts that were left out, for the cap on minions in flight.
    pub dropped: u64,
}

impl MinionCounts {
    /// Runs that go on.
    pub fn running(&self) -> u64 {
        self.started.saturating_sub(self.completed + self.cancelled + self.starved)
    }
}

impl AddAssign for MinionCounts {
    fn add_assign(&mut self, more: Self) {
        self.started += more.started;
        self.completed += more.completed;
        self.cancelled += more.cancelled;
        self.starved += more.starved;
        self.queued += more.queued;
        self.dropped += more.dropped;
    }
}

/// Calls into a scenario's guest.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct GuestStatistics {
    /// How many.
    pub calls: u64,
    /// Time inside them, in nanoseconds.
    pub nanos: u64,
    /// Those that trapped.
    pub traps: u64,
    /// Those that ran over their deadline.
    pub deadlines: u64,
    /// Those that asked for more memory than they may have.
    pub memory_refusals: u64,
}

impl AddAssign for GuestStatistics {
    fn add_assign(&mut self, more: Self) {
        self.calls += more.calls;
        self.nanos = self.nanos.saturating_add(more.nanos);
        self.traps += more.traps;
        self.deadlines += more.deadlines;
        self.memory_refusals += more.memory_refusals;
    }
}

/// The runs of one scenario, apart from its steps.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct RunFigures {
    /// How many runs began and ended.
    pub minions: MinionCounts,
    /// Actual − intended start, in nanoseconds.
    pub start_lag: Histogram,
    /// From the planned (response) and the actual (service) start of a run to its end.
    pub journey: Times,
    /// For the report.
    pub messages: Messages,
    /// What guests emitted, and events that exporters have asked for.
    pub events: Events,
    /// Calls into the guest.
    pub guest: GuestStatistics,
    /// Recordings in guest meters that their kind does not know.
    pub refused_recordings: u64,
    /// Times that somebody had to wait for room in a mailbox between workers.
    pub mailbox_waits: u64,
    /// Calls into the guest that held the worker up.
    #[serde(default)]
    pub guest_stalls: GuestStalls,
    /// What steps needed and the machine did not have.
    #[serde(default)]
    pub shortages: Shortages,
}

impl RunFigures {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.minions += other.minions;
        self.start_lag.merge(&other.start_lag);
        self.journey.merge(&other.journey);
        self.messages.merge(&other.messages);
        self.events.merge(&other.events);
        self.guest += other.guest;
        self.refused_recordings += other.refused_recordings;
        self.mailbox_waits += other.mailbox_waits;
        self.guest_stalls.merge(&other.guest_stalls);
        self.shortages.merge(&other.shortages);
    }
}
