//! From a document to scenarios that can be trusted, or to everything that is wrong with it.

mod assemble;
mod callbacks;
mod cycles;
mod edges;
mod findings;
mod flow;
mod kinds;
mod layout;
mod names;
mod operators;
mod options;
mod rules;
mod scenario;
mod settings;
mod side_trees;
mod steps;
#[cfg(test)]
mod tests;
mod topics;

use std::collections::BTreeSet;

use crate::document::{DOCUMENT_VERSION, Document};
use crate::{Catalog, Fault, Faults, Scenario, Targets};

pub(crate) use operators::operators;

/// Whether a step kind is the engine's own, and not a plugin's.
pub fn is_operator(kind: &str) -> bool {
    operators().any(|operator| operator.name == kind)
}

/// Steps of a scenario, at most.
pub const MAX_STEPS: usize = 1000;

/// Checks a document as a whole and makes its scenarios.
///
/// # Errors
/// All faults, in the order of the document.
pub fn validate(document: &Document, catalog: &dyn Catalog) -> Result<Vec<Scenario>, Faults> {
    let mut faults = Vec::new();
    if document.throng != DOCUMENT_VERSION {
        let hint = Some(format!("write `\"throng\": \"{DOCUMENT_VERSION}\"`"));
        faults.push(Fault::new("/throng", format!("this engine does not know version `{}` of the format", document.throng), hint));
    }
    let targets = targets(document, &mut faults);
    callbacks::check_declarations(document, catalog, &mut faults);
    if document.scenarios.is_empty() {
        faults.push(Fault::new("/scenarios", "the document has no scenario", Some("describe at least one".to_owned())));
    }
    let mut names = BTreeSet::new();
    let mut scenarios = Vec::new();
    for (index, scenario) in document.scenarios.iter().enumerate() {
        if !names.insert(scenario.name.as_str()) {
            let message = format!("there are two scenarios `{}`", scenario.name);
            faults.push(Fault::new(format!("/scenarios/{index}/name"), message, Some("give each a name of its own".to_owned())));
        }
        scenarios.extend(scenario::validate(document, scenario, &targets, catalog, &mut faults));
    }
    if faults.is_empty() {
        rules::check(&scenarios, &mut faults);
    }
    Faults::unless(faults, scenarios)
}

/// Those that can be understood, so that one bad target does not make all that talk to it faults as well.
fn targets(document: &Document, faults: &mut Vec<Fault>) -> Targets {
    let mut targets = Targets::default();
    for (index, url) in document.targets.iter().enumerate() {
        match Targets::parse(&[url]) {
            Ok(target) => targets.extend(&target),
            Err(errors) => faults.extend(errors.iter().map(|error| Fault::new(format!("/targets/{index}"), error.to_string(), None))),
        }
    }
    targets
}
