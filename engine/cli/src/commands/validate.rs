//! `throng validate`: all that is wrong with files, or that nothing is.

use crate::arguments::ValidateArguments;
use crate::engine::{load, print, registry, sandbox};
use crate::exit::{Exit, Failure};

/// Checks every file; what is wrong with all of them is one error.
pub(crate) fn validate(arguments: &ValidateArguments) -> Result<Exit, Failure> {
    let registry = registry();
    let sandbox = sandbox()?;
    let mut faults = Vec::new();
    for file in &arguments.files {
        match load(file, &registry, &sandbox) {
            Err(failure) => faults.push(failure.message),
            Ok(loaded) => {
                for scenario in &loaded.scenarios {
                    let steps = scenario.graph.steps.len();
                    let plural = if steps == 1 { "step" } else { "steps" };
                    print(&format!("{}: valid, {steps} {plural}, {} minions, {}\n", scenario.name, scenario.minions, scenario.profile));
                }
            }
        }
    }
    if faults.is_empty() { Ok(Exit::Good) } else { Err(Failure::bad_input(faults.join("\n"))) }
}
