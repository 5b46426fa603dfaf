//! `throng validate`: all that is wrong with files, or that nothing is.

use throng_measure::humane::plural;

use crate::arguments::ValidateArguments;
use crate::engine::{load, print, registry, sandbox};
use crate::exit::{Exit, Failure};

/// Checks every file; what is wrong with all of them is one error.
pub(crate) fn validate(arguments: &ValidateArguments) -> Result<Exit, Failure> {
    let registry = registry();
    let sandbox = sandbox()?;
    let limits = arguments.limits.limits();
    let mut faults = Vec::new();
    for file in &arguments.files {
        match load(file, &registry, &sandbox, &limits) {
            Err(failure) => faults.push(failure.message),
            Ok(loaded) => {
                for scenario in &loaded.scenarios {
                    let steps = scenario.graph.steps.len();
                    let steps = plural(steps as u64, "step");
                    let minions = plural(scenario.minions, "minion");
                    print(&format!("{}: valid, {steps}, {minions}, {}\n", scenario.name, scenario.profile));
                }
            }
        }
    }
    if faults.is_empty() { Ok(Exit::Good) } else { Err(Failure::bad_input(faults.join("\n"))) }
}
