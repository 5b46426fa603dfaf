//! The figures that a rule needs, gathered alike from a worker's period and from the whole campaign.

use throng_model::{Meter, Tally};

use super::look::{Look, LookedAt, Source};
use crate::{Histogram, MeterValue, Outcome, PluginMeter, RunFigures, StepFigures, Times};

/// What was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    /// Executions, visits or runs of what is looked at; nothing was seen without any.
    pub seen: u64,
    pub held: Held,
}

/// By kind of meter.
#[derive(Clone, Debug, Default)]
pub(super) enum Held {
    #[default]
    Nothing,
    /// Nanoseconds.
    Times(Histogram),
    /// Thousandths, and the exact numbers.
    Summary(Histogram, Numbers),
    /// So many of so many.
    Share { part: u64, whole: u64 },
    /// Runs; and what became of the plan, where that is known.
    Started { started: u64, plan: Option<Plan> },
    /// A sum.
    Amount(f64),
    /// Benchmark and total.
    Quotient(f64, f64),
    /// Of a gauge: what was heard.
    Heights(Numbers),
}

/// Starts that the plan wanted, and those of them that were made.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Plan {
    pub wanted: u64,
    pub made: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Numbers {
    pub count: u64,
    pub sum: f64,
    pub min: f64,
    pub max: f64,
}

impl Default for Numbers {
    fn default() -> Self {
        Self { count: 0, sum: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY }
    }
}

impl Numbers {
    fn add(&mut self, more: &Self) {
        self.count += more.count;
        self.sum += more.sum;
        self.min = self.min.min(more.min);
        self.max = self.max.max(more.max);
    }
}

impl Held {
    /// Meters of one name and different kinds do not add up: the first one's kind counts.
    pub(super) fn add(&mut self, more: &Self) {
        match (&mut *self, more) {
            (_, Self::Nothing) => {}
            (Self::Nothing, more) => self.clone_from(more),
            (Self::Times(times), Self::Times(more)) => times.merge(more),
            (Self::Summary(summary, numbers), Self::Summary(more, more_numbers)) => {
                summary.merge(more);
                numbers.add(more_numbers);
            }
            (Self::Share { part, whole }, Self::Share { part: more, whole: more_whole }) => {
                *part += more;
                *whole += more_whole;
            }
            (Self::Started { started, plan }, Self::Started { started: more, plan: more_plan }) => {
                *started += more;
                let both = plan.zip(*more_plan);
                *plan = both.map(|(one, other)| Plan { wanted: one.wanted + other.wanted, made: one.made + other.made });
            }
            (Self::Amount(sum), Self::Amount(more)) => *sum += more,
            (Self::Quotient(benchmark, total), Self::Quotient(part, whole)) => {
                *benchmark += part;
                *total += whole;
            }
            (Self::Heights(heights), Self::Heights(more)) => heights.add(more),
            _ => {}
        }
    }

    fn add_times(&mut self, times: &Histogram) {
        match self {
            Self::Times(known) => known.merge(times),
            Self::Nothing => *self = Self::Times(times.clone()),
            _ => {}
        }
    }
}

impl Reading {
    /// Adds a step's figures.
    pub(super) fn add_step(&mut self, look: &Look, at: &LookedAt, step: &StepFigures) {
        match &look.source {
            Source::Times(Meter::Response) | Source::Samples(Meter::Response) => {
                self.seen += executions(look, step);
                self.add_timers(look, &step.times.response);
            }
            Source::Times(Meter::Service) | Source::Samples(Meter::Service) => {
                self.seen += executions(look, step);
                self.add_timers(look, &step.times.service);
            }
            Source::Times(meter) | Source::Samples(meter) => {
                self.seen += step.executions();
                if let Some(PluginMeter::Timer(timer)) = step.plugin.get(meter.to_string().as_str()) {
                    self.add_timer(look, timer);
                }
            }
            Source::Tally(tally) => self.add_tally(look, *tally, step),
            Source::Named(name) => {
                self.seen += step.executions();
                self.add_named(name, at, step);
            }
            Source::Starts => {}
        }
    }

    /// Adds a scenario's runs.
    pub(super) fn add_run(&mut self, look: &Look, run: &RunFigures, plan: Option<Plan>) {
        match &look.source {
            Source::Starts => {
                self.seen += run.minions.started;
                self.held.add(&Held::Started { started: run.minions.started, plan });
            }
            Source::Times(Meter::Journey) | Source::Samples(Meter::Journey) => {
                let Times { response, .. } = &run.journey;
                self.seen += response.iter().zip(look.phases).filter(|(_, counts)| *counts).map(|(phase, _)| phase.count()).sum::<u64>();
                self.add_timers(look, response);
            }
            _ => {}
        }
    }

    fn add_timers(&mut self, look: &Look, phases: &[Histogram; 4]) {
        for (timer, _) in phases.iter().zip(look.phases).filter(|(_, counts)| *counts) {
            self.add_timer(look, timer);
        }
    }

    fn add_timer(&mut self, look: &Look, timer: &Histogram) {
        match look.source {
            Source::Samples(_) => self.held.add(&Held::Amount(timer.count() as f64)),
            _ => self.held.add_times(timer),
        }
    }

    fn add_tally(&mut self, look: &Look, tally: Tally, step: &StepFigures) {
        let outcome = |outcome: Outcome| {
            let phases = step.outcomes.iter().zip(look.phases).filter(|(_, counts)| *counts);
            phases.filter_map(|(phase, _)| phase.get(outcome.index())).sum::<u64>()
        };
        let (failures, timeouts) = (outcome(Outcome::Failure), outcome(Outcome::Timeout));
        let skipped = step.count(Outcome::Skipped);
        let class = |tally: Tally| match step.plugin.get(tally.name()) {
            Some(PluginMeter::Counter(count)) => *count,
            _ => 0,
        };
        let lefts = || class(Tally::Matched) + class(Tally::Missing);
        let rights = || [Tally::Used, Tally::Late, Tally::Duplicate, Tally::Orphan, Tally::Unkeyed].map(class).into_iter().sum::<u64>();
        let (part, whole) = match tally {
            Tally::Errors => (failures + timeouts + outcome(Outcome::Error), executions(look, step)),
            Tally::Failures => (failures, executions(look, step)),
            Tally::Timeouts => (timeouts, executions(look, step)),
            Tally::Skipped => (skipped, step.executions() + skipped),
            Tally::Starved => (step.starved, step.executions()),
            Tally::Slipped => (step.slipped, step.executions()),
            Tally::Matched | Tally::Missing => (class(tally), lefts()),
            Tally::Early => (class(tally), class(Tally::Matched)),
            Tally::Used | Tally::Late | Tally::Duplicate | Tally::Orphan | Tally::Unkeyed => (class(tally), rights()),
        };
        self.seen += match tally {
            Tally::Errors | Tally::Failures | Tally::Timeouts => whole,
            Tally::Skipped | Tally::Starved | Tally::Slipped => step.executions() + part,
            _ => step.executions() + lefts() + rights(),
        };
        self.held.add(&Held::Share { part, whole });
    }

    fn add_named(&mut self, name: &str, at: &LookedAt, step: &StepFigures) {
        // A plugin's meters have the tags of their step alone.
        if let Some(meter) = step.plugin.get(name).filter(|_| at.tags.is_empty()) {
            match meter {
                PluginMeter::Timer(timer) => self.held.add_times(timer),
                PluginMeter::Counter(count) => self.held.add(&Held::Amount(*count as f64)),
            }
            self.seen += 1;
        }
        for (_, value) in step.guest.iter().filter(|(meter, _)| meter.name == name && at.has_tags_of(&meter.tags)) {
            self.held.add(&of_guest(value));
            self.seen += 1;
        }
    }
}

/// What was heard of a gauge: its figures keep no more than the last height.
pub(super) fn heights(name: &str, at: &LookedAt, step: &StepFigures) -> Held {
    let mut held = Held::Nothing;
    let gauges = step
        .guest
        .iter()
        .filter(|(meter, value)| meter.name == name && matches!(value, MeterValue::Gauge(_)) && at.has_tags_of(&meter.tags));
    gauges.for_each(|(_, value)| held.add(&of_guest(value)));
    held
}

fn of_guest(value: &MeterValue) -> Held {
    match value {
        MeterValue::Counter(count) => Held::Amount(*count as f64),
        MeterValue::Throughput(sum) => Held::Amount(*sum),
        MeterValue::Gauge(None) => Held::Nothing,
        MeterValue::Gauge(Some(height)) => Held::Heights(Numbers { count: 1, sum: *height, min: *height, max: *height }),
        MeterValue::Timer(timer) => Held::Times(timer.clone()),
        MeterValue::Summary(summary) => {
            let samples = summary.thousandths();
            let numbers = match samples.count() {
                0 => Numbers::default(),
                count => Numbers { count, sum: summary.sum(), min: summary.min(), max: summary.max() },
            };
            Held::Summary(samples.clone(), numbers)
        }
        MeterValue::Rate { benchmark, total } => Held::Quotient(*benchmark, *total),
    }
}

/// Executions in the phases that count.
fn executions(look: &Look, step: &StepFigures) -> u64 {
    let phases = step.outcomes.iter().zip(look.phases).filter(|(_, counts)| *counts);
    phases.map(|([success, failure, error, timeout, _], _)| success + failure + error + timeout).sum()
}
