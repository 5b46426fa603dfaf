//! The faults of a scenario's steps while they are looked for.

use crate::{ConfigFault, Fault, FaultPlace};

/// Collects faults in any order; they come out in the order of the document.
pub(super) struct Findings<'a> {
    scenario: &'a str,
    /// Of the steps, by position.
    names: &'a [String],
    /// Each with the position of its step; none for what no step is to blame for.
    faults: Vec<(Option<usize>, Fault)>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(scenario: &'a str, names: &'a [String]) -> Self {
        Self { scenario, names, faults: Vec::new() }
    }

    /// The name of a step.
    pub(super) fn name(&self, position: usize) -> &'a str {
        self.names.get(position).map_or("", String::as_str)
    }

    /// All names, by position.
    pub(super) fn names(&self) -> &'a [String] {
        self.names
    }

    /// Adds a fault of the scenario as a whole.
    pub(super) fn of_scenario(&mut self, message: impl Into<String>, hint: impl Into<Option<String>>) {
        self.add(None, "/steps".to_owned(), message.into(), hint.into());
    }

    /// Adds a fault of a step.
    pub(super) fn of_step(
        &mut self,
        position: usize,
        pointer: impl Into<String>,
        message: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) {
        self.add(Some(position), pointer.into(), message.into(), hint.into());
    }

    /// Adds faults of a step's configuration, which is under the pointer.
    pub(super) fn of_config(&mut self, position: usize, pointer: &str, faults: Vec<ConfigFault>) {
        for fault in faults {
            self.add(Some(position), format!("{pointer}{}", fault.pointer), fault.message, fault.hint);
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.faults.len()
    }

    /// All, those of one step together.
    pub(super) fn into_faults(mut self) -> Vec<Fault> {
        self.faults.sort_by_key(|(position, _)| *position);
        self.faults.into_iter().map(|(_, fault)| fault).collect()
    }

    fn add(&mut self, position: Option<usize>, pointer: String, message: String, hint: Option<String>) {
        let step = position.map(|position| self.name(position).to_owned());
        let place = FaultPlace { scenario: Some(self.scenario.to_owned()), step, pointer };
        self.faults.push((position, Fault { place, message, hint }));
    }
}
