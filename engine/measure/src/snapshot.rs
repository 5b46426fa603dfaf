//! The campaign as merged from all workers: the one thing that the live view, exporters and reports read.

use std::collections::VecDeque;

use crate::rules::RuleStanding;
use crate::{
    Generator, HealthLimits, Histogram, MachineSample, MeterName, Outcome, Pace, PluginMeter, RunFigures, ScenarioDelta, ScenarioShape,
    StepFigures, StepShape, Timeline, Times, WorkerSample,
};

/// All that is known of a campaign so far.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    scenarios: Vec<ScenarioSnapshot>,
    timeline: Timeline,
    generator: Generator,
    rules: Vec<RuleStanding>,
    pace: Pace,
    at: u64,
}

/// All that is known of a scenario so far.
#[derive(Clone, Debug)]
pub struct ScenarioSnapshot {
    /// What there is to measure.
    pub shape: ScenarioShape,
    /// By step.
    pub steps: Vec<StepFigures>,
    /// Apart from its steps.
    pub run: RunFigures,
    /// How many runs the plan has started by now; none while nobody has said so.
    pub due: Option<u64>,
    /// How many runs should have begun before the load was stopped; none if it came to its own end.
    pub expected: Option<u64>,
    /// Since when starts were late enough to warn, and to void; nanoseconds since the campaign's start.
    pub late_since: [Option<u64>; 2],
    /// Why it was ended before its time.
    pub aborted: Option<String>,
    guest_meters: usize,
    recent: Vec<Recent>,
}

/// Executions of one step within the last seconds, as `(at, how many)`.
#[derive(Clone, Debug, Default)]
struct Recent(VecDeque<(u64, u64)>);

impl Recent {
    /// What a rate looks back on, in nanoseconds.
    const SPAN: u64 = 5_000_000_000;
    /// Entries at most; those of equal time are one.
    const LIMIT: usize = 256;

    fn add(&mut self, at: u64, executions: u64) {
        match self.0.back_mut() {
            Some((last, count)) if *last == at => *count += executions,
            _ => self.0.push_back((at, executions)),
        }
        while self.0.len() > Self::LIMIT || self.0.front().is_some_and(|(first, _)| first.saturating_add(Self::SPAN) < at) {
            self.0.pop_front();
        }
    }

    fn per_second(&self, now: u64) -> f64 {
        let since = now.saturating_sub(Self::SPAN);
        let executions: u64 = self.0.iter().filter(|(at, _)| *at > since).map(|(_, count)| count).sum();
        executions as f64 * 1e9 / (now - since).max(1) as f64
    }
}

impl Snapshot {
    /// A campaign in which nothing has happened.
    pub fn new(scenarios: Vec<ScenarioShape>) -> Self {
        let scenarios = scenarios.into_iter().map(ScenarioSnapshot::new).collect();
        Self { scenarios, ..Self::default() }
    }

    /// The same, with limits for the generator's health.
    #[must_use]
    pub fn with_health(self, limits: HealthLimits) -> Self {
        Self { generator: Generator::new(limits), ..self }
    }

    /// Adds a worker's period; `at` is its end, in nanoseconds since the campaign's start. A scenario without a shape is ignored.
    pub fn merge(&mut self, scenario: usize, delta: &ScenarioDelta, at: u64) {
        self.advance(at);
        let Some(scenario) = self.scenarios.get_mut(scenario) else { return };
        scenario.merge(delta, at);
        scenario.note_lag(&delta.run, self.generator.limits(), at);
        // The end of a period belongs to the slot that it closes.
        let mut heard = self.timeline.hear(at.saturating_sub(1));
        for step in &delta.steps {
            if scenario.talks_to_a_target(step.step as usize) {
                heard.step(&step.figures);
            }
        }
        delta.starts.iter().for_each(|(second, starts)| self.timeline.starts(*second, *starts));
    }

    /// Tells the time, in nanoseconds since the campaign's start; it never goes back.
    pub fn advance(&mut self, at: u64) {
        self.at = self.at.max(at);
    }

    /// Tells how many runs of a scenario the plan has started by now.
    pub fn set_due(&mut self, scenario: usize, starts: u64) {
        if let Some(scenario) = self.scenarios.get_mut(scenario) {
            scenario.due = Some(starts);
        }
    }

    /// Tells how many runs of a scenario should have begun before its load was stopped.
    pub fn set_expected(&mut self, scenario: usize, starts: u64) {
        if let Some(scenario) = self.scenarios.get_mut(scenario) {
            scenario.expected = Some(starts);
        }
    }

    /// A worker says how it has been since it last did; `at` is in nanoseconds since the campaign's start.
    pub fn hear_worker(&mut self, worker: usize, sample: &WorkerSample, at: u64) {
        self.generator.hear(worker, sample, at);
    }

    /// The machine says how this process is; `at` is in nanoseconds since the campaign's start.
    pub fn look_at_machine(&mut self, sample: &MachineSample, at: u64) {
        self.generator.look(sample, at);
    }

    /// How much memory its histograms hold, in bytes.
    pub fn histogram_bytes(&self) -> u64 {
        let of_times = |times: &Times| times.response.iter().chain(&times.service).map(Histogram::bytes).sum::<u64>();
        let of_plugin = |meter: &PluginMeter| match meter {
            PluginMeter::Timer(timer) => timer.bytes(),
            PluginMeter::Counter(_) => 0,
        };
        let of_step = |step: &StepFigures| of_times(&step.times) + step.plugin.values().map(of_plugin).sum::<u64>();
        let of_scenario = |scenario: &ScenarioSnapshot| {
            let run = scenario.run.start_lag.bytes() + of_times(&scenario.run.journey);
            run + scenario.steps.iter().map(of_step).sum::<u64>()
        };
        self.scenarios.iter().map(of_scenario).sum()
    }

    /// How fit the generator is.
    pub fn generator(&self) -> &Generator {
        &self.generator
    }

    /// Marks a scenario as ended before its time; the first reason stays.
    pub fn abort(&mut self, scenario: usize, reason: impl Into<String>) {
        if let Some(scenario) = self.scenarios.get_mut(scenario) {
            scenario.aborted.get_or_insert_with(|| reason.into());
        }
    }

    /// Nanoseconds since the campaign's start, as far as anything was heard.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// All scenarios, in the campaign's order.
    pub fn scenarios(&self) -> &[ScenarioSnapshot] {
        &self.scenarios
    }

    /// The campaign over time.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// Tells how the plan goes by from now on.
    pub fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    /// How the plan goes by.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Tells how the rules stand.
    pub fn set_rules(&mut self, rules: impl IntoIterator<Item = RuleStanding>) {
        self.rules.clear();
        self.rules.extend(rules);
    }

    /// How all rules stand, in their order; none while nobody has said so.
    pub fn rules(&self) -> &[RuleStanding] {
        &self.rules
    }

    /// Executions of a step per second, over the last five seconds.
    pub fn rate(&self, scenario: usize, step: usize) -> f64 {
        let recent = self.scenarios.get(scenario).and_then(|scenario| scenario.recent.get(step));
        recent.map_or(0.0, |recent| recent.per_second(self.at))
    }
}

impl ScenarioSnapshot {
    pub(crate) fn new(shape: ScenarioShape) -> Self {
        let steps = vec![StepFigures::default(); shape.steps.len()];
        let recent = vec![Recent::default(); shape.steps.len()];
        Self {
            shape,
            steps,
            run: RunFigures::default(),
            due: None,
            expected: None,
            late_since: [None; 2],
            aborted: None,
            guest_meters: 0,
            recent,
        }
    }

    /// Each step's shape with its figures.
    pub fn steps(&self) -> impl Iterator<Item = (&StepShape, &StepFigures)> {
        self.shape.steps.iter().zip(&self.steps)
    }

    /// Steps that reports show: named ones, and hidden ones that failed.
    pub fn shown_steps(&self) -> impl Iterator<Item = (usize, &StepShape, &StepFigures)> {
        let steps = self.steps().enumerate().map(|(number, (shape, figures))| (number, shape, figures));
        steps.filter(|(_, shape, figures)| !shape.hidden || figures.failed() > 0)
    }

    /// Executions that did not succeed, of all steps.
    pub fn failed(&self) -> u64 {
        self.steps.iter().map(StepFigures::failed).sum()
    }

    fn note_lag(&mut self, run: &RunFigures, limits: &HealthLimits, at: u64) {
        let Some(worst) = run.start_lag.max() else { return };
        for (since, limit) in self.late_since.iter_mut().zip([limits.start_lag_warns, limits.start_lag_voids]) {
            if worst > limit {
                since.get_or_insert(at);
            }
        }
    }

    /// Whether a step does work that takes its time elsewhere; where no step does, all that take time count.
    fn talks_to_a_target(&self, step: usize) -> bool {
        let takes_time = |figures: &StepFigures| figures.times.service.iter().any(|phase| !phase.is_empty());
        let is_plugins = |shape: &StepShape| !throng_model::is_operator(&shape.kind);
        let counts = self.shape.steps.get(step).is_some_and(is_plugins) || !self.shape.steps.iter().any(is_plugins);
        counts && self.steps.get(step).is_some_and(takes_time)
    }

    pub(crate) fn merge(&mut self, delta: &ScenarioDelta, at: u64) {
        self.run.merge(&delta.run);
        for step in &delta.steps {
            self.merge_step(step.step as usize, &step.figures, at);
        }
    }

    fn merge_step(&mut self, number: usize, more: &StepFigures, at: u64) {
        let Some(step) = self.steps.get_mut(number) else { return };
        step.merge(more);
        for (name, value) in &more.guest {
            if let Some(known) = step.guest.get_mut(name) {
                known.merge(value);
            } else if self.guest_meters < MeterName::LIMIT {
                self.guest_meters += 1;
                step.guest.insert(name.clone(), value.clone());
            } else {
                match step.guest.get_mut(&MeterName::other(name.kind)) {
                    Some(other) => other.merge(value),
                    None => drop(step.guest.insert(MeterName::other(name.kind), value.clone())),
                }
            }
        }
        if let Some(recent) = self.recent.get_mut(number) {
            recent.add(at, more.executions());
        }
    }
}

impl StepFigures {
    /// A counter that a plugin, or a join, keeps; 0 while it has counted nothing.
    pub fn counter(&self, name: &str) -> u64 {
        match self.plugin.get(name) {
            Some(PluginMeter::Counter(count)) => *count,
            _ => 0,
        }
    }

    /// Executions by outcome, of all phases, in the order of [`Outcome::ALL`].
    pub fn counts(&self) -> [u64; 5] {
        Outcome::ALL.map(|outcome| self.count(outcome))
    }
}

#[cfg(test)]
mod tests;
