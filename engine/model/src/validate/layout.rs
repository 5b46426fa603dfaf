//! Where steps stand in a document: in the scenario's own list, inside of stages, and in place of right sides; here they are one list.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::ConfigFault;
use crate::document::{ScenarioDocument, StepDocument};
use crate::nearest::unknown_name_hint;

/// A step of the document.
pub(super) struct Site<'a> {
    pub(super) step: Cow<'a, StepDocument>,
    pub(super) list: List,
    /// The step before it in its list.
    pub(super) before: Option<usize>,
}

/// Which list a step stands in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum List {
    /// The scenario's.
    Scenario,
    /// A stage's, which stands at this position.
    Stage(usize),
    /// That of the right side of the step at this position.
    Right(usize),
}

impl List {
    /// The stage, for steps of one.
    pub(super) fn stage(self) -> Option<usize> {
        match self {
            Self::Stage(stage) => Some(stage),
            Self::Scenario | Self::Right(_) => None,
        }
    }
}

/// All steps of a scenario, those inside of a step right after it.
pub(super) struct Layout<'a> {
    pub(super) sites: Vec<Site<'a>>,
    /// What should be steps and is none, each with the position of the step that it is inside of.
    pub(super) faults: Vec<(usize, ConfigFault)>,
}

/// The key, inside of a kind's configuration, that holds steps or the name of one.
pub(super) fn nesting_key(kind: &str) -> Option<&'static str> {
    match kind {
        "stage" => Some("steps"),
        "inner-join" | "left-join" | "zip" | "zip-last" => Some("right"),
        _ => None,
    }
}

impl<'a> Layout<'a> {
    /// Of a whole scenario.
    pub(super) fn of(scenario: &'a ScenarioDocument) -> Self {
        let mut layout = Self { sites: Vec::new(), faults: Vec::new() };
        let mut before = None;
        for step in &scenario.steps {
            before = Some(layout.add(Cow::Borrowed(step), List::Scenario, before));
        }
        layout
    }

    /// The positions of the steps of one list.
    pub(super) fn list(&self, list: List) -> impl Iterator<Item = usize> {
        self.sites.iter().enumerate().filter(move |(_, site)| site.list == list).map(|(position, _)| position)
    }

    /// Adds a step and all inside of it; its position.
    fn add(&mut self, step: Cow<'a, StepDocument>, list: List, before: Option<usize>) -> usize {
        let position = self.sites.len();
        let nested = self.nested(&step, position);
        self.sites.push(Site { step, list, before });
        for (list, steps) in nested {
            let mut before = None;
            for step in steps {
                before = Some(self.add(Cow::Owned(step), list, before));
            }
        }
        position
    }

    fn nested(&mut self, step: &StepDocument, position: usize) -> Vec<(List, Vec<StepDocument>)> {
        let mut lists = Vec::new();
        for (kind, config) in &step.kinds {
            let Some(key) = nesting_key(kind) else { continue };
            let Some(items) = config.get(key).and_then(Json::as_array) else { continue };
            let list = if kind == "stage" { List::Stage(position) } else { List::Right(position) };
            let mut steps = Vec::new();
            for (index, item) in items.iter().enumerate() {
                match StepDocument::deserialize(item) {
                    Ok(step) => steps.push(step),
                    Err(error) => self.faults.push((position, shape_fault(format!("/{kind}/{key}/{index}"), &error.to_string()))),
                }
            }
            lists.push((list, steps));
        }
        lists
    }
}

fn shape_fault(pointer: String, message: &str) -> ConfigFault {
    let hint = unknown_name_hint(message);
    // With a hint, the list of all names that serde adds is noise.
    let short = message.split_once(", expected").filter(|_| hint.is_some()).map_or(message, |(start, _)| start);
    ConfigFault { pointer, message: short.to_owned(), hint }
}
