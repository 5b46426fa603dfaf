//! What a rule looks at, found once by name and then by number.

use std::collections::BTreeMap;

use throng_model::{Meter, Rule, RulePhase, RuleScope, RuleSubject, RuleValue, Statistic, Tally};

/// Where figures come from. Rules with equal ones over the same window share its memory.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Look {
    pub source: Source,
    /// Which phases count, where figures are kept by phase.
    pub phases: [bool; 4],
    pub scenarios: Vec<usize>,
    pub steps: Vec<LookedAt>,
    /// Whether it is how much there was in a time.
    pub is_quantity: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct LookedAt {
    pub scenario: usize,
    pub step: usize,
    /// Tags that a scenario's own meter must have: those that its step has not.
    pub tags: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    /// Samples of one of the engine's timers.
    Times(Meter),
    /// Only how many there are.
    Samples(Meter),
    Starts,
    Tally(Tally),
    Named(String),
}

impl LookedAt {
    /// Whether a scenario's own meter with these tags is meant.
    pub(super) fn has_tags_of(&self, tags: &[(String, String)]) -> bool {
        self.tags.iter().all(|(key, value)| tags.iter().any(|(known, of)| known == key && of == value))
    }
}

impl Look {
    pub(super) fn new(rule: &Rule, scope: &RuleScope, home: Option<usize>) -> Self {
        let source = match &rule.subject {
            RuleSubject::Tally(tally) => Source::Tally(*tally),
            RuleSubject::Meter(_, Meter::Starts) => Source::Starts,
            RuleSubject::Meter(_, Meter::Named(name)) => Source::Named(name.clone()),
            RuleSubject::Meter(Statistic::Count | Statistic::Rate, meter) => Source::Samples(meter.clone()),
            RuleSubject::Meter(_, meter) => Source::Times(meter.clone()),
        };
        let phases = match rule.window.phase {
            None => [false, true, true, false],
            Some(RulePhase::WarmUp) => [true, false, false, false],
            Some(RulePhase::Ramp) => [false, true, false, false],
            Some(RulePhase::Steady) => [false, false, true, false],
            Some(RulePhase::Drain) => [false, false, false, true],
        };
        let selection = rule.select(scope, home);
        let looked_at = |(scenario, step): (usize, usize)| {
            let has = |key: &str, value: &str| {
                let shape = scope.scenarios.get(scenario).and_then(|scenario| scenario.steps.get(step));
                shape.and_then(|shape| shape.tags.get(key)).is_some_and(|known| known == value)
            };
            let tags = rule.selector.tags.iter().filter(|(key, value)| !has(key, value));
            LookedAt { scenario, step, tags: tags.map(|(key, value)| (key.clone(), value.clone())).collect() }
        };
        let steps = selection.steps.into_iter().map(looked_at).collect();
        let is_counted = matches!(&rule.subject, RuleSubject::Meter(Statistic::Count | Statistic::Rate, _));
        let is_quantity = is_counted && !matches!(rule.condition.value(), RuleValue::PercentOfIntended(_));
        Self { source, phases, scenarios: selection.scenarios, steps, is_quantity }
    }

    /// Whether it is of whole runs, not of steps.
    pub(super) fn is_of_runs(&self) -> bool {
        matches!(&self.source, Source::Starts)
            || matches!(&self.source, Source::Times(meter) | Source::Samples(meter) if meter.is_of_scenarios())
    }

    /// Where a step's figures go.
    pub(super) fn place(&self, scenario: usize, step: u32) -> Option<&LookedAt> {
        self.steps.iter().find(|place| place.scenario == scenario && place.step == step as usize)
    }
}
