//! What a rule selects of a campaign's scenarios and steps, and which of its names are unknown there.

use std::collections::BTreeMap;
use std::fmt;

use super::{Meter, Rule, RuleSelector, RuleSubject, Tally};
use crate::graph::Extract;
use crate::nearest::name_hint;
use crate::{MeterStep, Operator, Scenario, Step, StepKind, TURN_WAITS};

/// All that the rules of a campaign can select.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleScope {
    /// In the campaign's order.
    pub scenarios: Vec<ScenarioScope>,
    /// The label of where the engine runs; none without one.
    pub zone: Option<String>,
}

/// A scenario that can be selected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScenarioScope {
    /// Its name.
    pub name: String,
    /// In the graph's order.
    pub steps: Vec<StepScope>,
}

/// A step that can be selected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepScope {
    /// Its name.
    pub name: String,
    /// `http`, `inner-join` …
    pub kind: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Whether its meters are on.
    pub meters: bool,
    /// All meters that it can have beside those of every step and every join; none if that is not known.
    pub own_meters: Option<Vec<String>>,
}

/// What a rule selects. Scenarios and steps are numbered by their positions in the scope.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RuleSelection {
    /// Scenarios.
    pub scenarios: Vec<usize>,
    /// Steps of these scenarios that have what the rule looks at, as (scenario, step); none for what is of whole runs.
    pub steps: Vec<(usize, usize)>,
}

/// A name in a rule that selects nothing.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub struct UnknownName {
    /// The rule.
    pub rule: String,
    /// What is wrong with it.
    pub message: String,
    /// What to write instead; none if there is no saying.
    pub hint: Option<String>,
}

impl fmt::Display for UnknownName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the rule `{}`: {}", self.rule, self.message)?;
        match &self.hint {
            Some(hint) => write!(formatter, "; {hint}"),
            None => Ok(()),
        }
    }
}

impl From<&Scenario> for ScenarioScope {
    fn from(scenario: &Scenario) -> Self {
        Self { name: scenario.name.clone(), steps: scenario.graph.steps.iter().map(StepScope::from).collect() }
    }
}

impl From<&Step> for StepScope {
    fn from(step: &Step) -> Self {
        Self {
            name: step.name.clone(),
            kind: step.kind.name().to_owned(),
            tags: step.tags.clone(),
            meters: step.monitoring.meters,
            own_meters: own_meters(&step.kind),
        }
    }
}

/// A plugin adds meters, and a callback can record in any.
fn own_meters(kind: &StepKind) -> Option<Vec<String>> {
    use Operator::{BlackHole, Collect, Delay, FilterNotNone, Flatten, LogErrors, Pipe, Split};
    match kind {
        StepKind::Operator(Operator::Meter(MeterStep { value: Some(Extract::Callback(_)), .. })) => None,
        StepKind::Operator(Operator::Meter(meter)) => Some(vec![meter.name.clone()]),
        StepKind::Operator(
            Pipe | Split | BlackHole | Flatten | FilterNotNone | LogErrors | Delay(_) | Collect(_) | Operator::Assert(_),
        ) => Some(vec![]),
        StepKind::Operator(_) | StepKind::Plugin { .. } => None,
    }
}

impl StepScope {
    fn is_join(&self) -> bool {
        matches!(self.kind.as_str(), "inner-join" | "left-join")
    }

    fn has(&self, subject: &RuleSubject) -> bool {
        match subject {
            RuleSubject::Tally(tally) => !tally.is_of_joins() || self.is_join(),
            RuleSubject::Meter(_, Meter::TimeToOutcome | Meter::Lateness) => self.is_join(),
            RuleSubject::Meter(_, Meter::Named(name)) => {
                name == TURN_WAITS || self.own_meters.as_ref().is_none_or(|meters| meters.contains(name))
            }
            RuleSubject::Meter(..) => true,
        }
    }

    /// Whether the step is to be counted when its meters are off.
    fn records(&self, subject: &RuleSubject) -> bool {
        // Classes of joins are a plugin's counters, which are off with the rest; a scenario's own meters are not.
        match subject {
            RuleSubject::Tally(tally) => self.meters || !tally.is_of_joins(),
            RuleSubject::Meter(_, Meter::Named(_)) => true,
            RuleSubject::Meter(..) => self.meters,
        }
    }
}

impl RuleSelector {
    /// A scenario's own meters carry tags beside those of their step.
    fn selects(&self, step: &StepScope, subject: &RuleSubject) -> bool {
        let tagged = matches!(subject, RuleSubject::Meter(_, Meter::Named(_)))
            || self.tags.iter().all(|(key, value)| step.tags.get(key) == Some(value));
        tagged && self.step.as_ref().is_none_or(|name| *name == step.name)
    }
}

impl Rule {
    /// What it selects; `home` is the scenario that it is a rule of, none for the campaign's.
    pub fn select(&self, scope: &RuleScope, home: Option<usize>) -> RuleSelection {
        if self.selector.zone.is_some() && self.selector.zone != scope.zone {
            return RuleSelection::default();
        }
        let named = |scenario: &ScenarioScope| self.selector.scenario.as_ref().is_none_or(|name| *name == scenario.name);
        let all = scope.scenarios.iter().enumerate().filter(|(number, _)| home.is_none_or(|home| home == *number));
        let mut selection = RuleSelection::default();
        for (number, scenario) in all.filter(|(_, scenario)| named(scenario)) {
            selection.scenarios.push(number);
            if !matches!(&self.subject, RuleSubject::Meter(_, meter) if meter.is_of_scenarios()) {
                let steps = scenario.steps.iter().enumerate();
                let steps = steps.filter(|(_, step)| self.selector.selects(step, &self.subject) && step.has(&self.subject));
                selection.steps.extend(steps.map(|(step, _)| (number, step)));
            }
        }
        selection
    }

    /// The names in it that select nothing, with the nearest that do; `home` as in [`Rule::select`]. Empty if all is well: a plugin's or
    /// a scenario's own meter is believed to exist where nobody can know.
    pub fn check_names(&self, scope: &RuleScope, home: Option<usize>) -> Vec<UnknownName> {
        let unknown = |message: String, hint: Option<String>| vec![UnknownName { rule: self.to_string(), message, hint }];
        if let Some(zone) = self.selector.zone.as_ref().filter(|zone| scope.zone.as_ref() != Some(zone)) {
            let hint = match &scope.zone {
                Some(known) => name_hint(zone, [known.as_str()]),
                None => Some("leave `zone:` out, or run the campaign in a zone".to_owned()),
            };
            return unknown(format!("there is no zone `{zone}`"), hint);
        }
        let own = |number: usize| home.is_none_or(|home| home == number);
        let known: Vec<_> = scope.scenarios.iter().enumerate().filter(|(number, _)| own(*number)).map(|(_, scenario)| scenario).collect();
        let named = |scenario: &&ScenarioScope| self.selector.scenario.as_ref().is_none_or(|name| *name == scenario.name);
        let scenarios: Vec<_> = known.iter().copied().filter(named).collect();
        if let Some(name) = self.selector.scenario.as_ref().filter(|_| scenarios.is_empty()) {
            let elsewhere = scope.scenarios.iter().any(|scenario| scenario.name == *name);
            if elsewhere {
                let hint = Some("give the rule to that scenario, or to the campaign".to_owned());
                return unknown(format!("a scenario's rule cannot select another scenario, `{name}`"), hint);
            }
            let names: Vec<_> = known.iter().map(|scenario| scenario.name.as_str()).collect();
            return unknown(format!("there is no scenario `{name}`"), name_hint(name, names));
        }
        if matches!(&self.subject, RuleSubject::Meter(_, meter) if meter.is_of_scenarios()) {
            return Vec::new();
        }
        let steps: Vec<_> = scenarios.iter().flat_map(|scenario| &scenario.steps).collect();
        self.unknown_steps(&steps).map_or_else(Vec::new, |(message, hint)| unknown(message, hint))
    }

    fn unknown_steps(&self, steps: &[&StepScope]) -> Option<(String, Option<String>)> {
        if let Some(name) = self.selector.step.as_ref().filter(|name| !steps.iter().any(|step| step.name == **name)) {
            let names: Vec<_> = steps.iter().filter(|step| step.has(&self.subject)).map(|step| step.name.as_str()).collect();
            return Some((format!("there is no step `{name}`"), name_hint(name, names)));
        }
        let selected: Vec<_> = steps.iter().filter(|step| self.selector.selects(step, &self.subject)).collect();
        if selected.is_empty() {
            return Some(self.unknown_tag(steps));
        }
        let having: Vec<_> = selected.iter().filter(|step| step.has(&self.subject)).collect();
        if having.is_empty() {
            return Some(self.unknown_subject(&selected, steps));
        }
        if !having.iter().any(|step| step.records(&self.subject)) {
            let names = having.iter().map(|step| format!("`{}`", step.name)).collect::<Vec<_>>().join(", ");
            return Some((format!("the meters of {names} are off"), Some("set `monitoring: {\"meters\": true}`".to_owned())));
        }
        None
    }

    fn unknown_tag(&self, steps: &[&StepScope]) -> (String, Option<String>) {
        let tags: Vec<_> = self.selector.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let mut known: Vec<_> = steps.iter().flat_map(|step| &step.tags).map(|(key, value)| format!("{key}={value}")).collect();
        known.sort();
        known.dedup();
        match &tags[..] {
            [] => ("there are no steps".to_owned(), None),
            [tag] => (format!("no step has the tag `{tag}`"), name_hint(tag, known.iter().map(String::as_str).collect::<Vec<_>>())),
            several => (format!("no step has the tags `{}` together", several.join("`, `")), None),
        }
    }

    /// No selected step has what the rule looks at.
    fn unknown_subject(&self, selected: &[&&StepScope], steps: &[&StepScope]) -> (String, Option<String>) {
        let joins = || steps.iter().filter(|step| step.is_join()).map(|step| step.name.as_str()).collect::<Vec<_>>();
        let of_joins = |what: &str| {
            let message = match &self.selector.step {
                Some(step) => format!("the step `{step}` is no join, and only joins have `{what}`"),
                None => format!("there is no join, and only joins have `{what}`"),
            };
            let joins = joins();
            let hint = (!joins.is_empty()).then(|| format!("these are joins: `{}`", joins.join("`, `")));
            (message, hint)
        };
        match &self.subject {
            RuleSubject::Meter(_, Meter::Named(name)) => {
                let meters: Vec<_> = selected.iter().filter_map(|step| step.own_meters.as_ref()).flatten().map(String::as_str).collect();
                let known: Vec<_> = Meter::NAMES.iter().map(|(name, _)| *name).chain(meters).collect();
                (format!("there is no meter `{name}`"), name_hint(name, known))
            }
            RuleSubject::Meter(_, meter) => of_joins(&meter.to_string()),
            RuleSubject::Tally(tally) => of_joins(Tally::name(*tally)),
        }
    }
}
