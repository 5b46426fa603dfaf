//! A scenario's own rules: whether they are rules, and select what there is.

use crate::{Fault, FaultPlace, Rule, RuleScope, Scenario, ScenarioScope};

/// Checks the rules of all scenarios of a document; `pointer` is where a scenario's are.
pub(super) fn check(scenarios: &[Scenario], faults: &mut Vec<Fault>) {
    let scope = RuleScope { scenarios: scenarios.iter().map(ScenarioScope::from).collect(), zone: None };
    for (home, scenario) in scenarios.iter().enumerate() {
        for (index, written) in scenario.rules.iter().enumerate() {
            let place = FaultPlace { scenario: Some(scenario.name.clone()), step: None, pointer: format!("/rules/{index}") };
            match written.parse::<Rule>() {
                Err(error) => faults.push(Fault { place, message: error.to_string(), hint: None }),
                Ok(rule) => faults.extend(rule.check_names(&scope, Some(home)).into_iter().map(|unknown| Fault {
                    place: place.clone(),
                    message: format!("the rule `{}`: {}", unknown.rule, unknown.message),
                    hint: unknown.hint,
                })),
            }
        }
    }
}
