//! Rules over a campaign: fed with what workers tell, looked at each second, judged at the end.

mod figure;
mod look;
mod phases;
mod plan;
mod reading;
mod report;
mod track;
mod window;

use throng_model::{Rule, RuleAction, RuleError, RuleScope};

pub use figure::{RuleFigure, RuleUnit};
pub use phases::PhaseTimes;
pub use report::{CountedFailures, RuleBreach, RuleDecision, RuleExample, RuleReport, StepPlace};

use crate::{ScenarioDelta, Snapshot, Verdict};
use look::{Look, Source};
use plan::Keeping;
use reading::{Held, Plan, Reading};
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
pub struct RuleStanding {
    /// As written.
    pub rule: String,
    /// The position of the scenario that it is a rule of; none for the campaign's.
    pub scenario: Option<usize>,
    /// What it calls for when it is broken.
    pub verdict: Verdict,
    /// The last figure; none so far.
    pub value: Option<RuleFigure>,
    /// Whether it is kept so far; none while there is no saying yet, because what it selects has not happened.
    pub holds: Option<bool>,
    /// Since when it has been broken, and by what.
    pub breach: Option<RuleBreach>,
    /// What happened, for people: `was 312 ms, 62 ms above the limit`; empty unless it is broken.
    pub told: String,
}

/// All rules of a campaign.
///
/// What a rule with `over` needs is kept here, in slots of a second: two histograms for each different window, and its seconds packed, at
/// most 600. All others read the [`Snapshot`]. Time is in nanoseconds since the campaign's start.
#[derive(Debug)]
pub struct RuleBook {
    kept: Vec<Kept>,
    windows: Vec<Window>,
    phases: Vec<PhaseTimes>,
    plans: Vec<Keeping>,
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
    /// Whether what it selects has happened.
    seen: bool,
}

impl Kept {
    fn standing(&self) -> RuleStanding {
        let Self { placed, track, unfit, .. } = self;
        let unit = RuleUnit::of(&placed.rule);
        let holds = match (unfit, track.breach) {
            (Some(_), _) | (None, Some(_)) => Some(false),
            (None, None) => (self.seen && track.last.is_some()).then_some(true),
        };
        RuleStanding {
            rule: placed.written.clone(),
            scenario: placed.scenario,
            verdict: report::called_for(&placed.rule),
            value: track.last.filter(|_| self.seen).map(|number| RuleFigure::new(number, unit)),
            holds,
            breach: track.breach.map(|(at, number)| RuleBreach { at, value: RuleFigure::new(number, unit) }),
            told: unfit.as_deref().map(report::unfit).or_else(|| report::was(&placed.rule, track)).unwrap_or_default(),
        }
    }
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
            Kept { placed, look, window, heights: Held::Nothing, track: Track::default(), unfit: None, seen: false }
        });
        let kept = kept.collect();
        let scenarios = scope.scenarios.len();
        Ok(Self {
            kept,
            windows,
            phases: vec![PhaseTimes::default(); scenarios],
            plans: vec![Keeping::default(); scenarios],
            second: 0,
            stop: None,
        })
    }

    /// Tells when a scenario's phases are, as far as is known: at the start, and again when its load stops.
    pub fn set_phases(&mut self, scenario: usize, phases: PhaseTimes) {
        if let Some(known) = self.phases.get_mut(scenario) {
            *known = phases;
        }
    }

    /// Takes a worker's period, before the snapshot does; `at` is its end. The snapshot knows what is [due](Snapshot::set_due) by then.
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
                open.add_run(look, &delta.run, Some(Plan::default()));
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
        // Once all windows are empty, nothing changes until somebody tells something.
        let mut steps = Rule::LONGEST_WINDOW.as_secs() + 1;
        while let Some(boundary) = (self.second + 1).checked_mul(SECOND).filter(|boundary| *boundary < at) {
            self.close(snapshot, SECOND);
            self.second += 1;
            self.look(snapshot, boundary, Occasion::Second);
            self.plans.iter_mut().for_each(Keeping::go_on);
            steps -= 1;
            if steps == 0 {
                self.second = self.second.max((at - 1) / SECOND);
            }
            steps = steps.max(1);
        }
        // The plan does not stop when the load does, but then wants no more starts.
        for ((plan, phases), scenario) in self.plans.iter_mut().zip(&self.phases).zip(snapshot.scenarios()) {
            if phases.load_stop.is_none() {
                plan.note(scenario.due, at);
            }
        }
    }

    /// Why a rule wants the campaign to be stopped softly; none while none does. The first reason stays.
    pub fn stop_requested(&self) -> Option<&str> {
        self.stop.as_deref()
    }

    /// How the rules stand, in their order.
    pub fn standings(&self) -> impl Iterator<Item = RuleStanding> {
        self.kept.iter().map(Kept::standing)
    }

    /// Judges all rules at the campaign's end, in their order. To be called once.
    pub fn judge(&mut self, snapshot: &Snapshot, at: u64) -> Vec<RuleReport> {
        self.advance(snapshot, at);
        self.close(snapshot, at.saturating_sub(self.second.saturating_mul(SECOND)));
        self.look(snapshot, at, Occasion::End);
        let reports = self.kept.iter().map(|kept| {
            let steps: Vec<_> = kept.look.steps.iter().map(|place| StepPlace { scenario: place.scenario, step: place.step }).collect();
            let seen = self.whole(kept, snapshot, Occasion::End).seen;
            let home = kept.placed.scenario.and_then(|home| snapshot.scenarios().get(home));
            let findings =
                Findings { rule: &kept.placed.rule, track: &kept.track, seen, unfit: kept.unfit.as_deref(), steps: &steps, snapshot };
            findings.report(&kept.placed.written, home.map(|home| home.shape.name.to_string()))
        });
        reports.collect()
    }

    /// Ends the second that goes on, after so much of it.
    fn close(&mut self, snapshot: &Snapshot, nanoseconds: u64) {
        let started = snapshot.scenarios().iter().map(|scenario| scenario.run.minions.started);
        let kept: Vec<_> = self.plans.iter_mut().zip(started).map(|(plan, started)| plan.close(started)).collect();
        for window in &mut self.windows {
            let (look, open) = window.open();
            if matches!(look.source, Source::Starts) {
                for number in &look.scenarios {
                    open.held.add(&Held::Started { started: 0, plan: kept.get(*number).copied().flatten() });
                }
            }
            window.close(nanoseconds);
        }
    }

    fn look(&mut self, snapshot: &Snapshot, at: u64, occasion: Occasion) {
        for number in 0..self.kept.len() {
            let found = self.kept.get(number).and_then(|kept| self.number(kept, snapshot, at, occasion));
            let seen = self.kept.get(number).is_some_and(|kept| kept.seen || self.whole(kept, snapshot, occasion).seen > 0);
            let Some(kept) = self.kept.get_mut(number) else { continue };
            kept.seen = seen;
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
        let whole = || figure::figure(rule, &self.whole(kept, snapshot, occasion), span.end.saturating_sub(span.start));
        let Some(window) = kept.window.and_then(|window| self.windows.get(window)) else {
            return Some(whole());
        };
        // If there is no better, the window is what there is.
        let is_last_resort = occasion == Occasion::End && kept.track.last.is_none();
        if !window.is_full() {
            return is_last_resort.then(whole);
        }
        let begin = at.saturating_sub(window.nanoseconds());
        // A quantity of a second that was cut short, or is not wholly under the load, says nothing.
        let is_cut_short = window.nanoseconds() < SECOND.saturating_mul(window.length() as u64);
        let is_under_load = span.start <= begin && at <= span.end;
        let says_nothing = match kept.look.source {
            _ if kept.look.is_quantity => is_cut_short || !is_under_load,
            Source::Starts => is_cut_short,
            _ => false,
        };
        if says_nothing && !is_last_resort {
            return None;
        }
        let nanoseconds = span.end.min(at).saturating_sub(span.start.max(begin));
        Some(figure::figure(rule, window.total(), nanoseconds))
    }

    /// When the phases are that count: of all selected scenarios, from the first to the last.
    fn span(&self, look: &Look, now: u64) -> std::ops::Range<u64> {
        // What is not kept by phase belongs to the load and what comes before.
        let phases = if matches!(look.source, Source::Named(_) | Source::Starts) { [true, true, true, false] } else { look.phases };
        let selected = look.scenarios.iter().filter_map(|number| self.phases.get(*number));
        let spans: Vec<_> = selected.map(|times| times.span(phases, now)).filter(|span| !span.is_empty()).collect();
        let start = spans.iter().map(|span| span.start).min().unwrap_or(0);
        start..spans.iter().map(|span| span.end).max().unwrap_or(now)
    }

    fn whole(&self, kept: &Kept, snapshot: &Snapshot, occasion: Occasion) -> Reading {
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
            if let (Some(scenario), Some(plan)) = (scenarios.get(*number), self.plans.get(*number)) {
                let started = scenario.run.minions.started;
                let plan = if occasion == Occasion::End { plan.whole(started) } else { plan.so_far(started) };
                reading.add_run(look, &scenario.run, plan);
            }
        }
        reading
    }
}

#[cfg(test)]
mod tests;
