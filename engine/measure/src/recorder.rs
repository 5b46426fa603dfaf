//! Records what happens on one worker in one scenario: no locks, no messages, nothing kept per sample.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use throng_model::Secrets;
use throng_protocols::{EventBody, EventRecord, GuestMeter, MeterOperation, Severity};

use crate::{
    EngineEvent, EngineEvents, Event, EventInterest, Execution, FailureSample, GuestStatistics, Histogram, MeterName, MeterValue, Moment,
    Phase, PluginMeter, RunFigures, ScenarioDelta, Shortage, Spares, StepDelta, StepFigures, StepShape,
};

/// The meters of one scenario on one worker.
///
/// Recording all meters of a step costs tens of nanoseconds and does not allocate, except when a time is longer than all before it.
/// Steps are numbered as in the shapes; a number without a shape is ignored.
#[derive(Debug)]
pub struct Recorder {
    steps: Vec<Recorded>,
    meters: Vec<Registered>,
    run: RunFigures,
    starts: Vec<(u64, u64)>,
    guest_meters: usize,
    spares: Vec<Histogram>,
    interest: EventInterest,
    wanted: EngineEvents,
    secrets: Secrets,
}

/// One step. The guest's meters are told apart by the very meter, so that looking one up copies no text.
#[derive(Debug)]
struct Recorded {
    meters: bool,
    figures: StepFigures,
    guest: FxHashMap<Arc<GuestMeter>, MeterValue>,
}

/// A plugin's meter.
#[derive(Debug)]
struct Registered {
    step: u32,
    name: &'static str,
    value: PluginMeter,
}

impl Recorder {
    /// Spare histograms that are kept; more are dropped.
    const SPARES: usize = 256;

    /// A recorder for these steps.
    pub fn new(steps: Vec<StepShape>) -> Self {
        let recorded = |step: StepShape| Recorded { meters: step.meters, figures: StepFigures::default(), guest: FxHashMap::default() };
        Self {
            steps: steps.into_iter().map(recorded).collect(),
            meters: Vec::new(),
            run: RunFigures::default(),
            starts: Vec::new(),
            guest_meters: 0,
            spares: Vec::new(),
            interest: EventInterest::default(),
            wanted: EngineEvents::default(),
            secrets: Secrets::default(),
        }
    }

    /// The same, which holds the events that somebody wants.
    #[must_use]
    pub fn with_events(self, interest: EventInterest) -> Self {
        Self { wanted: EngineEvents::wanted(&interest), interest, ..self }
    }

    /// The same, which takes these out of every text that it is told, so that no report, view or exporter ever has them.
    #[must_use]
    pub fn without_secrets(self, secrets: Secrets) -> Self {
        Self { secrets, ..self }
    }

    /// Registers a plugin's timer of a step; the same name again is the same meter. Returns its number.
    pub fn timer(&mut self, step: u32, name: &'static str) -> u32 {
        self.register(step, name, PluginMeter::Timer(Histogram::default()))
    }

    /// Registers a plugin's counter of a step; the same name again is the same meter. Returns its number.
    pub fn counter(&mut self, step: u32, name: &'static str) -> u32 {
        self.register(step, name, PluginMeter::Counter(0))
    }

    /// Records nanoseconds in a timer, or adds to a counter. Steps whose meters are off record nothing.
    #[inline]
    pub fn record(&mut self, meter: u32, amount: u64) {
        if let Some(meter) = self.meters.get_mut(meter as usize)
            && self.steps.get(meter.step as usize).is_some_and(|step| step.meters)
        {
            match &mut meter.value {
                PluginMeter::Timer(timer) => timer.record(amount),
                PluginMeter::Counter(count) => *count = count.saturating_add(amount),
            }
        }
    }

    /// An execution has begun.
    #[inline]
    pub fn step_started(&mut self, step: u32) {
        if let Some(step) = self.steps.get_mut(step as usize) {
            step.figures.in_flight += 1;
        }
    }

    /// An execution has ended, after its retries.
    #[inline]
    pub fn step_ended(&mut self, step: u32, execution: &Execution) {
        let Some(step) = self.steps.get_mut(step as usize) else { return };
        let figures = &mut step.figures;
        figures.in_flight -= 1;
        figures.attempts += u64::from(execution.attempts);
        let counts = figures.outcomes.get_mut(execution.phase.index());
        if let Some(count) = counts.and_then(|phase| phase.get_mut(execution.outcome.index())) {
            *count += 1;
        }
        if step.meters {
            figures.times.record(execution.phase, execution.response, execution.service);
        }
    }

    /// A hard stop has ended an execution: it goes down in no figure but the number in flight.
    pub fn step_cancelled(&mut self, step: u32) {
        if let Some(step) = self.steps.get_mut(step as usize) {
            step.figures.in_flight -= 1;
        }
    }

    /// A step was bypassed, because an earlier one had failed. It was never started.
    #[inline]
    pub fn skipped(&mut self, step: u32) {
        if let Some(step) = self.steps.get_mut(step as usize) {
            step.figures.skipped += 1;
        }
    }

    /// Why an execution failed.
    pub fn failure(&mut self, step: u32, failure: &FailureSample<'_>) {
        if let Some(step) = self.steps.get_mut(step as usize) {
            let (code, message) = (self.secrets.hide(failure.code), self.secrets.hide(failure.message));
            step.figures.failures.add(&FailureSample { code: &code, message: &message, ..*failure });
        }
    }

    /// A guest has recorded in a meter of its own.
    pub fn guest_meter(&mut self, step: u32, meter: &Arc<GuestMeter>, operation: MeterOperation) {
        let Some(step) = self.steps.get_mut(step as usize) else { return };
        let recorded = match step.guest.get_mut(meter) {
            Some(value) => value.apply(operation),
            None if self.guest_meters < MeterName::LIMIT => {
                self.guest_meters += 1;
                step.guest.entry(Arc::clone(meter)).or_insert_with(|| MeterValue::new(meter.kind)).apply(operation)
            }
            None => {
                let other = step.figures.guest.entry(MeterName::other(meter.kind)).or_insert_with(|| MeterValue::new(meter.kind));
                other.apply(operation)
            }
        };
        self.run.refused_recordings += u64::from(!recorded);
    }

    /// A line for the report.
    pub fn message(&mut self, step: Option<u32>, severity: Severity, text: String) {
        self.run.messages.add(step, severity, &self.secrets.hide(&text));
    }

    /// Whether somebody wants an event of the engine's own.
    #[inline]
    pub fn wants(&self, event: EngineEvent) -> bool {
        self.wanted.contains(event)
    }

    /// An event of the engine's own, which somebody wants.
    pub fn event(&mut self, event: Event) {
        self.run.events.hold(Event { value: self.hidden(event.value), ..event });
    }

    /// An event that a guest has emitted for a minion: counted in any case, and held if somebody wants it.
    pub fn guest_event(&mut self, step: u32, minion: Option<u32>, iteration: u32, at: Moment, event: EventRecord) {
        let EventRecord { name, level, tags, body } = event;
        let (name, body) = (self.secrets.hide_in(name), self.hidden(body));
        let tags = tags.into_iter().map(|(key, value)| (key, self.secrets.hide_in(value))).collect();
        self.run.events.count(&name);
        if self.interest.wants(&name, level) {
            let (step, iteration) = (Some(step), minion.map(|_| iteration));
            self.run.events.hold(Event { name: Cow::Owned(name), level, at, step, minion, iteration, tags, value: body });
        }
    }

    /// A run has begun, `at` nanoseconds since the campaign's start, and `lag` nanoseconds after it was meant to.
    #[inline]
    pub fn minion_started(&mut self, at: u64, lag: u64) {
        self.minion_started_again(at);
        self.run.start_lag.record(lag);
    }

    /// A minion that was done runs once more, from `at` nanoseconds since the campaign's start.
    #[inline]
    pub fn minion_started_again(&mut self, at: u64) {
        self.run.minions.started += 1;
        let second = at / 1_000_000_000;
        match self.starts.last_mut() {
            Some((last, starts)) if *last == second => *starts += 1,
            _ => self.starts.push((second, 1)),
        }
    }

    /// A run has come to its end; nanoseconds from its planned and from its actual start. The phase is that of its planned start.
    #[inline]
    pub fn minion_completed(&mut self, phase: Phase, response: u64, service: u64) {
        self.run.minions.completed += 1;
        self.run.journey.record(phase, response, Some(service));
    }

    /// A run has ended because what it waited for will never come.
    pub fn minion_starved(&mut self) {
        self.run.minions.starved += 1;
    }

    /// A start had to wait, for the cap on minions in flight.
    pub fn minion_queued(&mut self) {
        self.run.minions.queued += 1;
    }

    /// A start was left out, for the cap on minions in flight.
    pub fn minion_dropped(&mut self) {
        self.run.minions.dropped += 1;
    }

    /// A visit has ended because what it waited for will never come; its execution was cancelled.
    pub fn starved(&mut self, step: u32) {
        if let Some(step) = self.steps.get_mut(step as usize) {
            step.figures.starved += 1;
        }
    }

    /// A value came to its pace later than planned.
    pub fn slipped(&mut self, step: u32) {
        if let Some(step) = self.steps.get_mut(step as usize) {
            step.figures.slipped += 1;
        }
    }

    /// Times that somebody had to wait for room in a mailbox between workers.
    pub fn mailbox_waits(&mut self, times: u64) {
        self.run.mailbox_waits += times;
    }

    /// A call of a step's callback took so many nanoseconds that it held the worker up.
    pub fn guest_stall(&mut self, step: u32, nanos: u64) {
        self.run.guest_stalls.add(step, nanos);
    }

    /// The machine did not have what a step needed, at nanoseconds since the campaign's start.
    pub fn short_of(&mut self, shortage: Shortage, at: u64) {
        self.run.shortages.add(shortage, at);
    }

    /// A hard stop has ended a run.
    pub fn minion_cancelled(&mut self) {
        self.run.minions.cancelled += 1;
    }

    /// Calls into the guest since this was last told.
    pub fn guest_calls(&mut self, statistics: GuestStatistics) {
        self.run.guest += statistics;
    }

    /// Hands out what has changed since the last time and starts a new period.
    pub fn take(&mut self) -> ScenarioDelta {
        let mut deltas: Vec<StepDelta> = Vec::new();
        for (number, step) in (0_u32..).zip(&mut self.steps) {
            let guest = step.guest.drain().map(|(meter, value)| (MeterName::from(&*meter), value));
            step.figures.guest.extend(guest);
            if !step.figures.is_empty() {
                deltas.push(StepDelta { step: number, figures: take_step(&mut step.figures, &mut self.spares) });
            }
        }
        self.guest_meters = 0;
        for meter in &mut self.meters {
            let Some(value) = take_meter(&mut meter.value, &mut self.spares) else { continue };
            let index = deltas.binary_search_by_key(&meter.step, |delta| delta.step).unwrap_or_else(|index| {
                deltas.insert(index, StepDelta { step: meter.step, figures: StepFigures::default() });
                index
            });
            if let Some(delta) = deltas.get_mut(index) {
                delta.figures.plugin.insert(Cow::Borrowed(meter.name), value);
            }
        }
        ScenarioDelta { steps: deltas, run: take_run(&mut self.run, &mut self.spares), starts: std::mem::take(&mut self.starts) }
    }

    /// Gives back the histograms of a delta that was merged: with them, [`Recorder::take`] only swaps.
    pub fn reuse(&mut self, spares: Spares) {
        let room = Self::SPARES.saturating_sub(self.spares.len());
        self.spares.extend(spares.0.into_iter().take(room));
    }

    fn hidden(&self, value: EventBody) -> EventBody {
        match value {
            EventBody::Text(text) => EventBody::Text(self.secrets.hide_in(text)),
            EventBody::Error { code, message } => EventBody::Error { code, message: self.secrets.hide_in(message) },
            other => other,
        }
    }

    fn register(&mut self, step: u32, name: &'static str, value: PluginMeter) -> u32 {
        let known = self.meters.iter().position(|meter| meter.step == step && meter.name == name);
        let index = known.unwrap_or_else(|| {
            self.meters.push(Registered { step, name, value });
            self.meters.len() - 1
        });
        u32::try_from(index).unwrap_or(u32::MAX)
    }
}

fn take_step(figures: &mut StepFigures, spares: &mut Vec<Histogram>) -> StepFigures {
    let times = figures.times.take(spares);
    let kept = StepFigures { times: std::mem::take(&mut figures.times), ..StepFigures::default() };
    StepFigures { times, ..std::mem::replace(figures, kept) }
}

fn take_run(run: &mut RunFigures, spares: &mut Vec<Histogram>) -> RunFigures {
    let (start_lag, journey) = (run.start_lag.take(spares), run.journey.take(spares));
    let (next_lag, next_journey) = (std::mem::take(&mut run.start_lag), std::mem::take(&mut run.journey));
    let kept = RunFigures { start_lag: next_lag, journey: next_journey, ..RunFigures::default() };
    RunFigures { start_lag, journey, ..std::mem::replace(run, kept) }
}

fn take_meter(value: &mut PluginMeter, spares: &mut Vec<Histogram>) -> Option<PluginMeter> {
    match value {
        PluginMeter::Timer(timer) if !timer.is_empty() => Some(PluginMeter::Timer(timer.take(spares))),
        PluginMeter::Counter(count) if *count > 0 => Some(PluginMeter::Counter(std::mem::take(count))),
        PluginMeter::Timer(_) | PluginMeter::Counter(_) => None,
    }
}

#[cfg(test)]
mod tests;
