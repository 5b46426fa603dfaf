//! The rules of a campaign: its scenarios' own, and those that it adds.

use throng_measure::rules::{PlacedRule, RuleBook};
use throng_model::{RuleScope, ScenarioScope};

use crate::plan::{Plan, PlannedScenario};

/// What is wrong with a rule of the campaign.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct RuleFault {
    /// Its position in [`Plan::rules`].
    pub position: usize,
    /// What is wrong, and what to do.
    pub message: String,
}

/// Checks the rules that a campaign adds; those of scenarios were checked with them.
///
/// # Errors
/// All that are no rules, or select what there is not.
pub fn check_rules(plan: &Plan) -> Result<(), Vec<RuleFault>> {
    let scope = scope(&plan.scenarios, plan.zone.as_deref());
    let mut faults = Vec::new();
    for (position, written) in plan.rules.iter().enumerate() {
        let fault = |message: String| RuleFault { position, message };
        match PlacedRule::parse(written, None) {
            Err(error) => faults.push(fault(error.to_string())),
            Ok(placed) => faults.extend(placed.rule.check_names(&scope, None).iter().map(|unknown| fault(unknown.to_string()))),
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// The book of all rules, or why there is none.
pub(crate) fn book(plan: &Plan) -> Result<RuleBook, String> {
    let own = plan.scenarios.iter().enumerate();
    let own = own.flat_map(|(home, planned)| planned.scenario.rules.iter().map(move |written| (written, Some(home))));
    let rules = own.chain(plan.rules.iter().map(|written| (written, None)));
    let placed: Result<Vec<_>, _> = rules.map(|(written, home)| PlacedRule::parse(written, home)).collect();
    let placed = placed.map_err(|error| error.to_string())?;
    RuleBook::new(placed, &scope(&plan.scenarios, plan.zone.as_deref())).map_err(|error| error.to_string())
}

fn scope(scenarios: &[PlannedScenario], zone: Option<&str>) -> RuleScope {
    let scenarios = scenarios.iter().map(|planned| ScenarioScope::from(&planned.scenario)).collect();
    RuleScope { scenarios, zone: zone.map(str::to_owned) }
}
