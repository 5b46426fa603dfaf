//! Scenarios ready to run: the document, and its callbacks by number.

use serde_json::{Value as Json, json};

use crate::written::{WrittenCallback, write};
use crate::{Context, Failure, Output, Scenario, Value, settings};

/// A closure behind its place in the graph.
pub(crate) type Callback = Box<dyn Fn(&Context, Value) -> Result<Output, Failure>>;

/// The version of the document's format.
const FORMAT: &str = "0.1";

/// Scenarios ready to run. One per lane: closures belong to the thread that built them.
pub struct Program {
    document: Json,
    callbacks: Vec<WrittenCallback>,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Program").field("document", &self.document).finish_non_exhaustive()
    }
}

impl Program {
    /// Builds the scenarios and writes them down.
    ///
    /// # Errors
    /// Everything that is wrong with how they were built, a line each.
    pub fn build<S: IntoScenarios>(scenarios: impl FnOnce() -> S) -> Result<Self, String> {
        let (scenarios, mut faults) = settings::collect_faults(|| scenarios().into_scenarios());
        let (mut documents, mut targets, mut callbacks) = (Vec::new(), Vec::<String>::new(), Vec::new());
        for scenario in scenarios {
            let written = write(scenario.into_draft(), callbacks.len());
            documents.push(written.document);
            callbacks.extend(written.callbacks);
            faults.extend(written.faults);
            for target in written.targets {
                if !targets.contains(&target) {
                    targets.push(target);
                }
            }
        }
        if !faults.is_empty() {
            return Err(faults.join("\n"));
        }
        let declared: Vec<_> =
            callbacks.iter().map(|callback: &WrittenCallback| json!({"name": callback.name, "use": callback.required_use})).collect();
        let mut document = json!({"throng": FORMAT});
        if let Some(fields) = document.as_object_mut() {
            if !targets.is_empty() {
                fields.insert("targets".into(), targets.into());
            }
            if !declared.is_empty() {
                fields.insert("callbacks".into(), declared.into());
            }
            fields.insert("scenarios".into(), documents.into());
        }
        Ok(Self { document, callbacks })
    }

    /// The scenario document.
    pub fn document(&self) -> &Json {
        &self.document
    }

    /// Runs the callback at this position of the document's list.
    ///
    /// # Errors
    /// The closure's own, a value of another type than it takes, or an unknown number.
    pub fn call(&self, callback: u32, context: Context, input: Value) -> Result<Output, Failure> {
        let found = usize::try_from(callback).ok().and_then(|number| self.callbacks.get(number));
        let Some(found) = found else {
            let last = self.callbacks.len();
            return Err(
                Failure::error(format!("there is no callback {callback}: the document lists {last}, from 0")).code("no-such-callback")
            );
        };
        context.enter();
        (found.run)(&context, input)
    }

    /// The callbacks of a scenario, with their positions.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn callbacks_of(&self, scenario: &str) -> impl Iterator<Item = (u32, &WrittenCallback)> {
        (0..).zip(&self.callbacks).filter(move |(_, callback)| callback.scenario == scenario)
    }
}

/// What a function behind `#[throng::scenario]` or `#[throng::scenarios]` returns.
pub trait IntoScenarios {
    /// In the order of the document.
    fn into_scenarios(self) -> Vec<Scenario>;
}

impl IntoScenarios for Scenario {
    fn into_scenarios(self) -> Vec<Scenario> {
        vec![self]
    }
}

impl IntoScenarios for Vec<Scenario> {
    fn into_scenarios(self) -> Vec<Scenario> {
        self
    }
}
