//! A scenario's own settings; from [`ScenarioBuilder::start`] on, a [`Flow`] adds its steps.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::Value as Json;

use crate::draft::Draft;
use crate::options::Retry;
use crate::{Flow, Profile, Setting};

/// A whole scenario: what `#[throng::scenario]` exports. Made from the [`Flow`] at the end of its chain by `into()`.
pub struct Scenario {
    draft: Draft,
}

impl Scenario {
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn name(&self) -> &str {
        &self.draft.name
    }

    pub(crate) fn into_draft(self) -> Draft {
        self.draft
    }
}

impl std::fmt::Debug for Scenario {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Scenario").field("name", &self.draft.name).field("steps", &self.draft.steps.len()).finish_non_exhaustive()
    }
}

impl<T> From<Flow<T>> for Scenario {
    fn from(flow: Flow<T>) -> Self {
        Self { draft: flow.draft.take() }
    }
}

/// A scenario before its first step.
#[must_use = "a scenario has steps: go on with `start`"]
pub struct ScenarioBuilder {
    draft: Draft,
}

/// Begins a scenario; its name is kebab-case and unique in the engine.
pub fn scenario(name: impl Into<String>) -> ScenarioBuilder {
    ScenarioBuilder { draft: Draft { name: name.into(), ..Draft::default() } }
}

impl ScenarioBuilder {
    fn option(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.draft.options.insert(name.into(), value.into());
        self
    }

    /// What it is for, in a line.
    pub fn description(self, text: impl Into<String>) -> Self {
        self.option("description", text.into())
    }

    /// The version shown in lists.
    pub fn version(self, text: impl Into<String>) -> Self {
        self.option("version", text.into())
    }

    /// How many minions walk it; 1 unless told otherwise. A campaign can override it.
    pub fn minions(self, count: u32) -> Self {
        self.option("minions", count)
    }

    /// When they start; immediately unless told otherwise.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.draft.profile = Some(profile);
        self
    }

    /// The default for steps without their own.
    pub fn retry(self, retry: Retry) -> Self {
        self.option("retry", retry.document())
    }

    /// Declares a setting.
    pub fn setting<T>(mut self, setting: &Setting<T>) -> Self {
        self.draft.settings.push(setting.declaration.clone());
        self
    }

    /// Declares a host that the scenario talks to; the servers of its steps are declared by themselves.
    pub fn target(mut self, url: impl AsRef<str>) -> Self {
        self.draft.add_target(url.as_ref());
        self
    }

    /// Adds a rule to the verdict: `p99(response, step:order) < 250ms`.
    pub fn rule(mut self, rule: impl Into<String>) -> Self {
        self.draft.rules.push(rule.into());
        self
    }

    /// The load-injected root, without input.
    pub fn start(self) -> Flow<()> {
        Flow { draft: Rc::new(RefCell::new(self.draft)), last: None, decode: crate::Carry::from_value }
    }
}
