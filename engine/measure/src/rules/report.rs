//! What the report says of a rule.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use throng_model::{Rule, RuleAction, RuleSubject, Tally};

use super::figure::{RuleFigure, RuleUnit, distance};
use super::track::{Track, is_final};
use crate::{FailureGroup, Outcome, Snapshot, Verdict, humane};

/// A rule and what came of it.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RuleReport {
    /// As written.
    pub rule: String,
    /// The scenario that it is a rule of; none for the campaign's.
    pub scenario: Option<String>,
    /// What it calls for.
    pub verdict: Verdict,
    /// Whether it was kept.
    pub holds: bool,
    /// The last figure; none if there was never one.
    pub value: Option<RuleFigure>,
    /// What the figure had to be: `< 250ms`.
    pub limit: String,
    /// When it was first broken; of a rule that can recover, since when it was broken at the end.
    pub first_breach: Option<RuleBreach>,
    /// How long it was broken in all, in nanoseconds; of a rule that can recover, how long at the end.
    pub broken_for: u64,
    /// One case of what it counts.
    pub example: Option<RuleExample>,
    /// Whether what it selects never happened.
    pub saw_nothing: bool,
    /// What happened, for people; empty if it was kept.
    pub told: String,
    /// The failures that it decides about, which do not fail their scenario by themselves.
    pub decides: Option<RuleDecision>,
}

/// When a rule was broken.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RuleBreach {
    /// Nanoseconds since the campaign's start.
    pub at: u64,
    /// The figure then.
    pub value: RuleFigure,
}

/// One case of what a rule counts.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RuleExample {
    /// The scenario's name.
    pub scenario: String,
    /// The step's name.
    pub step: String,
    /// Whose.
    pub minion: u32,
    /// Nanoseconds since the campaign's start.
    pub at: u64,
    /// The failure's code.
    pub code: String,
    /// The failure's message.
    pub message: String,
}

/// Failures about which a rule decides.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RuleDecision {
    /// Those that it counts.
    pub counts: CountedFailures,
    /// The steps on which some execution failed.
    pub steps: Vec<StepPlace>,
}

/// Failures that a rule counts.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CountedFailures {
    /// All.
    Errors,
    /// Assertions that did not hold.
    Failures,
    /// Lefts of a join without their right.
    Missing,
}

/// A step of a campaign, by position.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StepPlace {
    /// In the campaign.
    pub scenario: usize,
    /// In the scenario.
    pub step: usize,
}

/// What a report is made of.
pub(super) struct Findings<'a> {
    pub rule: &'a Rule,
    pub track: &'a Track,
    pub seen: u64,
    /// Why the meter cannot have such a figure.
    pub unfit: Option<&'a str>,
    pub steps: &'a [StepPlace],
    pub snapshot: &'a Snapshot,
}

/// What a rule calls for when it is broken.
pub(super) fn called_for(rule: &Rule) -> Verdict {
    match rule.action {
        RuleAction::Warn => Verdict::Warning,
        RuleAction::Fail | RuleAction::Stop => Verdict::Failed,
    }
}

/// Why a rule cannot be judged, for people.
pub(super) fn unfit(why: &str) -> String {
    format!("cannot be judged: {why}")
}

/// What broke a rule, and how far it was from the limit; none unless it is broken.
pub(super) fn was(rule: &Rule, track: &Track) -> Option<String> {
    let (_, number) = track.breach?;
    // What cannot recover may hold again by now.
    let number = if is_final(rule) { number } else { track.last.unwrap_or(number) };
    Some(format!("was {}, {}", RuleFigure::new(number, RuleUnit::of(rule)).text, distance(rule, number)))
}

impl Findings<'_> {
    pub(super) fn report(&self, written: &str, scenario: Option<String>) -> RuleReport {
        let Findings { rule, track, .. } = self;
        let unit = RuleUnit::of(rule);
        let saw_nothing = self.unfit.is_none() && (self.seen == 0 || track.last.is_none());
        let broken = track.breach.is_some();
        let holds = !broken && !saw_nothing && self.unfit.is_none();
        let example = if holds { None } else { self.example() };
        let told = match (holds, self.unfit) {
            (true, _) => String::new(),
            (_, Some(why)) => unfit(why),
            _ if !broken => self.nothing().to_owned(),
            _ => self.broken(example.as_ref()),
        };
        RuleReport {
            rule: written.to_owned(),
            scenario,
            verdict: if holds { Verdict::Successful } else { called_for(rule) },
            holds,
            value: track.last.map(|number| RuleFigure::new(number, unit)),
            limit: rule.condition.to_string(),
            first_breach: track.breach.map(|(at, number)| RuleBreach { at, value: RuleFigure::new(number, unit) }),
            broken_for: track.broken_for,
            example,
            saw_nothing,
            told,
            decides: self.decides(),
        }
    }

    fn nothing(&self) -> &'static str {
        match self.seen {
            0 => "saw nothing: what it selects was never executed",
            _ if self.rule.window.after.is_some() => "saw nothing: there were no figures after its time had come",
            _ => "saw nothing: there were executions, but no figures of this kind",
        }
    }

    fn broken(&self, example: Option<&RuleExample>) -> String {
        let (Some((at, _)), Some(was)) = (self.track.breach, was(self.rule, self.track)) else { return String::new() };
        let since = if at == 0 { "the start".to_owned() } else { humane::duration(at) };
        let when = format!("since {since}, for {} in all", humane::duration(self.track.broken_for));
        let example = example.map(|example| format!("; e.g. {}: {}", humane::minion(example.minion), example.message)).unwrap_or_default();
        format!("{was}, {when}{example}")
    }

    /// The first failure of the kind that the rule counts.
    fn example(&self) -> Option<RuleExample> {
        let RuleSubject::Tally(tally) = self.rule.subject else { return None };
        let counts = |code: &str, group: &FailureGroup| match tally {
            Tally::Errors => true,
            Tally::Failures => group.outcome == Outcome::Failure,
            Tally::Timeouts => group.outcome == Outcome::Timeout,
            Tally::Missing => code == "missing",
            _ => false,
        };
        let scenarios = self.snapshot.scenarios();
        let groups = self.steps.iter().filter_map(|place| {
            let scenario = scenarios.get(place.scenario)?;
            let (shape, figures) = scenario.shape.steps.get(place.step).zip(scenario.steps.get(place.step))?;
            let groups = figures.failures.groups().filter(move |(code, group)| counts(code, group));
            Some(groups.map(move |(code, group)| (scenario, shape, code, group)))
        });
        let (scenario, shape, code, group) = groups.flatten().min_by_key(|(.., group)| (group.first, group.minion))?;
        Some(RuleExample {
            scenario: scenario.shape.name.to_string(),
            step: shape.name.to_string(),
            minion: group.minion,
            at: group.first,
            code: code.to_owned(),
            message: group.message.clone(),
        })
    }

    fn decides(&self) -> Option<RuleDecision> {
        let counts = match self.rule.subject {
            RuleSubject::Tally(Tally::Errors) => CountedFailures::Errors,
            RuleSubject::Tally(Tally::Failures) => CountedFailures::Failures,
            RuleSubject::Tally(Tally::Missing) => CountedFailures::Missing,
            _ => return None,
        };
        let scenarios = self.snapshot.scenarios();
        let failed = |place: &&StepPlace| {
            let figures = scenarios.get(place.scenario).and_then(|scenario| scenario.steps.get(place.step));
            figures.is_some_and(|figures| figures.failed() > 0)
        };
        self.rule.decides_failures().then(|| RuleDecision { counts, steps: self.steps.iter().filter(failed).copied().collect() })
    }
}
