//! Rules over a campaign: fed with what workers tell, looked at each second, judged at the end.

mod figure;
mod look;
mod phases;
mod reading;
mod report;
mod track;
mod window;

use throng_model::{Rule, RuleAction, RuleError, RuleScope};

pub use figure::{RuleFigure, RuleUnit};
pub use phases::PhaseTimes;
pub use report::{CountedFailures, RuleBreach, RuleDecision, RuleExample, RuleReport, StepPlace};

use crate::{ScenarioDelta, Snapshot};
use look::{Look, Source};
use reading::{Held, Reading};
use report::Findings;
use track::Track;
use window::Window;

const SECOND: u64 = 1_000_000_000;

/// A rule, and whose it is.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedRule {
    /// As written.
    pub written: String,
    /// What it says.
    pub rule: Rule,
    /// The position of the scenario that it is a rule of; none for the campaign's.
    pub scenario: Option<usize>,
}

impl PlacedRule {
    /// Reads a rule.
    ///
    /// # Errors
    /// The text is no rule.
    pub fn parse(written: &str, scenario: Option<usize>) -> Result<Self, RuleError> {
        Ok(Self { written: written.trim().to_owned(), rule: written.parse()?, scenario })
    }
}

/// There are more rules than can be kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("there are {0} rules, and at most {limit} can be kept; leave some out", limit = RuleBook::LIMIT)]
pub struct TooManyRules(pub usize);

/// How a rule stands while its campaign goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleStanding<'a> {
    /// As written.
    pub rule: &'a str,
    /// The last figure; none so far.
    pub value: Option<RuleFigure>,
    /// Whether it is kept so far; none if there is no saying yet.
    pub holds: Option<bool>,
}

/// All rules of a campaign.
///
/// What a rule with `over` needs is kept here, in slots of a second: two histograms for each different window, and its seconds packed, at
/// most 600. All others read the [`Snapshot`]. Time is in nanoseconds since the campaign's start.
#[derive(Debug)]
pub struct RuleBook {
    kept: Vec<Kept>,
    windows: Vec<Window>,
    scenarios: Vec<ScenarioTimes>,
    /// The second that goes on.
    second: u64,
    stop: Option<String>,
}

#[derive(Debug)]
struct Kept {
    placed: PlacedRule,
    look: Look,
    window: Option<usize>,
    /// Of gauges, all that was heard.
    heights: Held,
    track: Track,
    unfit: Option<String>,
}

#[derive(Clone, Copy, Debug, Default)]
struct ScenarioTimes {
    phases: PhaseTimes,
    /// Starts that the plan wants by now, and wanted by the end of the last closed second.
    intended: Option<u64>,
    intended_before: u64,
}

/// Whether time goes on behind a look.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Occasion {
    Second,
    End,
}

impl RuleBook {
    /// Rules at most.
    pub const LIMIT: usize = 256;

    /// A book of rules whose names were checked; scenarios and steps have the positions of the scope, as in the snapshot.
    ///
    /// # Errors
    /// There are more than [`RuleBook::LIMIT`].
    pub fn new(rules: Vec<PlacedRule>, scope: &RuleScope) -> Result<Self, TooManyRules> {
        if rules.len() > Self::LIMIT {
            return Err(TooManyRules(rules.len()));
        }
        let mut windows: Vec<Window> = Vec::new();
        let kept = rules.into_iter().map(|placed| {
            let look = Look::new(&placed.rule, scope, placed.scenario);
            let window = placed.rule.window.over.map(|over| {
                let length = usize::try_from(over.as_secs()).unwrap_or(usize::MAX);
                let known = windows.iter().position(|window| window.length() == length && window.look == look);
                known.unwrap_or_else(|| {
                    windows.push(Window::new(look.clone(), length));
                    windows.len() - 1
                })
            });
            Kept { placed, look, window, heights: Held::Nothing, track: Track::default(), unfit: None }
        });
        let kept = kept.collect();
        Ok(Self { kept, windows, scenarios: vec![ScenarioTimes::default(); scope.scenarios.len()], second: 0, stop: None })
    }

    /// Tells when a scenario's phases are, as far as is known: at the start, and again when its load stops.
    pub fn set_phases(&mut self, scenario: usize, phases: PhaseTimes) {
        if let Some(times) = self.scenarios.get_mut(scenario) {
            times.phases = phases;
        }
    }

    /// Takes a worker's period, before the snapshot does.
    pub fn observe(&mut self, snapshot: &Snapshot, scenario: usize, delta: &ScenarioDelta, at: u64) {
        self.advance(snapshot, at);
        for window in &mut self.windows {
            let (look, open) = window.open();
            for step in &delta.steps {
                if let Some(place) = look.place(scenario, step.step) {
                    open.add_step(look, place, &step.figures);
                }
            }
            if look.is_of_runs() && look.scenarios.contains(&scenario) {
                open.add_run(look, &delta.run, Some(0));
            }
        }
        for Kept { look, heights, .. } in self.kept.iter_mut().filter(|kept| kept.window.is_none()) {
            let Source::Named(name) = &look.source else { continue };
            for step in &delta.steps {
                if let Some(place) = look.place(scenario, step.step) {
                    heights.add(&reading::heights(name, place, &step.figures));
                }
            }
        }
    }

    /// Tells the time; each second that is over is looked at.
    pub fn advance(&mut self, snapshot: &Snapshot, at: u64) {
        self.note_intended(snapshot);
        // Once all windows are empty, nothing changes until somebody tells something.
        let mut steps = Rule::LONGEST_WINDOW.as_secs() + 1;
        while let Some(boundary) = (self.second + 1).checked_mul(SECOND).filter(|boundary| *boundary < at) {
            self.close(SECOND);
            self.second += 1;
            self.look(snapshot, boundary, Occasion::Second);
            steps -= 1;
            if steps == 0 {
                self.second = self.second.max((at - 1) / SECOND);
            }
            steps = steps.max(1);
        }
    }

    /// Why a rule wants the campaign to be stopped softly; none while none does. The first reason stays.
    pub fn stop_requested(&self) -> Option<&str> {
        self.stop.as_deref()
    }

    /// How the rules stand, in their order.
    pub fn standings(&self) -> impl Iterator<Item = RuleStanding<'_>> {
        self.kept.iter().map(|kept| {
            let value = kept.track.last.map(|number| RuleFigure::new(number, RuleUnit::of(&kept.placed.rule)));
            let holds = if kept.unfit.is_some() { Some(false) } else { value.as_ref().map(|_| kept.track.breach.is_none()) };
            RuleStanding { rule: &kept.placed.written, value, holds }
        })
    }

    /// Judges all rules at the campaign's end, in their order. To be called once.
    pub fn judge(&mut self, snapshot: &Snapshot, at: u64) -> Vec<RuleReport> {
        self.advance(snapshot, at);
        self.close(at.saturating_sub(self.second.saturating_mul(SECOND)));
        self.look(snapshot, at, Occasion::End);
        let reports = self.kept.iter().map(|kept| {
            let steps: Vec<_> = kept.look.steps.iter().map(|place| StepPlace { scenario: place.scenario, step: place.step }).collect();
            let seen = self.whole(kept, snapshot).seen;
            let home = kept.placed.scenario.and_then(|home| snapshot.scenarios().get(home));
            let findings =
                Findings { rule: &kept.placed.rule, track: &kept.track, seen, unfit: kept.unfit.as_deref(), steps: &steps, snapshot };
            findings.report(&kept.placed.written, home.map(|home| home.shape.name.to_string()))
        });
        reports.collect()
    }

    /// The plan goes on when the load has stopped, but wants no more starts.
    fn note_intended(&mut self, snapshot: &Snapshot) {
        for (times, scenario) in self.scenarios.iter_mut().zip(snapshot.scenarios()) {
            if times.phases.load_stop.is_none() || times.intended.is_none() {
                times.intended = scenario.due;
            }
        }
    }

    /// Ends the second that goes on, after so much of it.
    fn close(&mut self, nanoseconds: u64) {
        for window in &mut self.windows {
            let (look, open) = window.open();
            if matches!(look.source, Source::Starts) {
                let scenarios = || look.scenarios.iter().filter_map(|number| self.scenarios.get(*number));
                let known = scenarios().all(|times| times.intended.is_some());
                let wanted = scenarios().map(|times| times.intended.unwrap_or(0).saturating_sub(times.intended_before)).sum();
                open.held.add(&Held::Started { started: 0, intended: Some(wanted) });
                if let (Held::Started { intended, .. }, false) = (&mut open.held, known) {
                    *intended = None;
                }
            }
            window.close(nanoseconds);
        }
        for times in &mut self.scenarios {
            times.intended_before = times.intended.unwrap_or(times.intended_before);
        }
    }

    fn look(&mut self, snapshot: &Snapshot, at: u64, occasion: Occasion) {
        for number in 0..self.kept.len() {
            let found = self.kept.get(number).and_then(|kept| self.number(kept, snapshot, at, occasion));
            let Some(kept) = self.kept.get_mut(number) else { continue };
            match found {
                None => kept.track.skip(at),
                Some(Ok(number)) => kept.track.look(&kept.placed.rule, number, at),
                Some(Err(figure::Unfit(why))) => drop(kept.unfit.get_or_insert(why)),
            }
            if occasion == Occasion::Second && kept.placed.rule.action == RuleAction::Stop && kept.track.breach.is_some() {
                self.stop.get_or_insert_with(|| format!("the rule `{}` was broken", kept.placed.written));
            }
        }
    }

    /// The number that a rule compares now; none if it is not to be looked at.
    fn number(&self, kept: &Kept, snapshot: &Snapshot, at: u64, occasion: Occasion) -> Option<Result<Option<f64>, figure::Unfit>> {
        let rule = &kept.placed.rule;
        if rule.window.after.is_some_and(|after| u128::from(at) < after.as_nanos()) {
            return None;
        }
        let span = self.span(&kept.look, at);
        let Some(window) = kept.window.and_then(|window| self.windows.get(window)) else {
            return Some(figure::figure(rule, &self.whole(kept, snapshot), span.end.saturating_sub(span.start)));
        };
        let begin = at.saturating_sub(window.nanoseconds());
        let is_first = kept.track.last.is_none();
        if !window.is_full() && !(occasion == Occasion::End && is_first) {
            return None;
        }
        // A quantity of a time that is not wholly under the load says nothing, unless there is no other.
        let is_within = span.start <= begin && at <= span.end;
        if kept.look.is_quantity() && !is_within && !(occasion == Occasion::End && is_first) {
            return None;
        }
        let nanoseconds = span.end.min(at).saturating_sub(span.start.max(begin));
        Some(figure::figure(rule, window.total(), nanoseconds))
    }

    /// When the phases are that count: of all selected scenarios, from the first to the last.
    fn span(&self, look: &Look, now: u64) -> std::ops::Range<u64> {
        let selected = look.scenarios.iter().filter_map(|number| self.scenarios.get(*number));
        let spans: Vec<_> = match (&look.source, look.phases) {
            // These are not kept by phase.
            (Source::Named(_), _) => selected.map(|times| times.phases.span([true, true, true, false], now)).collect(),
            (Source::Starts, _) => selected.map(|times| times.phases.span([true, true, true, false], now)).collect(),
            (_, phases) => selected.map(|times| times.phases.span(phases, now)).collect(),
        };
        let start = spans.iter().map(|span| span.start).min().unwrap_or(0);
        start..spans.iter().map(|span| span.end).max().unwrap_or(now)
    }

    fn whole(&self, kept: &Kept, snapshot: &Snapshot) -> Reading {
        let look = &kept.look;
        let mut reading = Reading::default();
        let scenarios = snapshot.scenarios();
        for place in &look.steps {
            if let Some(step) = scenarios.get(place.scenario).and_then(|scenario| scenario.steps.get(place.step)) {
                reading.add_step(look, place, step);
            }
        }
        if let (Held::Heights(_), Held::Heights(_)) = (&reading.held, &kept.heights) {
            reading.held = kept.heights.clone();
        }
        for number in look.scenarios.iter().filter(|_| look.is_of_runs()) {
            if let (Some(scenario), Some(times)) = (scenarios.get(*number), self.scenarios.get(*number)) {
                reading.add_run(look, &scenario.run, times.intended);
            }
        }
        reading
    }
}

#[cfg(test)]
mod tests;
