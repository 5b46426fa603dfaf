//! A scenario's own settings; from [`ScenarioBuilder::start`] on, a [`Flow`] adds its steps.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::carry::Carry;
use crate::draft::{Draft, Node, Position};
use crate::duration::written;
use crate::options::Retry;
use crate::read::Read;
use crate::{Feed, Flow, Profile, Setting};

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

/// A [`Feed`] is none: it needs a scenario whose minions take or join what it emits.
impl<T> From<Flow<T>> for Scenario {
    fn from(flow: Flow<T>) -> Self {
        Self { draft: flow.draft.take() }
    }
}

/// A scenario before its first step.
#[must_use = "a scenario has steps: go on with `start`"]
pub struct ScenarioBuilder {
    draft: Draft,
    /// The first step of the side tree that was added last, if it runs after the load.
    after_load: Option<Node>,
}

/// What becomes of a minion that is to start while as many run as may.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum InFlightPolicy {
    /// It starts as soon as another one is done: late, which is counted.
    Queue,
    /// It does not start, which is counted.
    Drop,
    /// No minion starts any more.
    Stop,
}

/// Begins a scenario; its name is kebab-case and unique in the engine.
pub fn scenario(name: impl Into<String>) -> ScenarioBuilder {
    ScenarioBuilder { draft: Draft { name: name.into(), ..Draft::default() }, after_load: None }
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

    /// How many minions may run at a time, and what becomes of those that are to start beyond it.
    pub fn max_in_flight(self, minions: u32, policy: InFlightPolicy) -> Self {
        let policy = match policy {
            InFlightPolicy::Queue => "queue",
            InFlightPolicy::Drop => "drop",
            InFlightPolicy::Stop => "stop",
        };
        self.option("max-in-flight", json!({"limit": minions, "policy": policy}))
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

    /// Runs a chain beside the load, for as long as there is load: for named steps that several joins draw from, by
    /// [`step`](crate::step), or for what has to go on meanwhile.
    pub fn side_tree<T>(self, tree: Feed<T>) -> Self {
        self.tree(tree, None)
    }

    /// Runs a chain once, before the load.
    pub fn before_load<T>(self, tree: Feed<T>) -> Self {
        self.tree(tree, Some("before-load"))
    }

    /// Runs a chain once, when everything under load has ended: to check that what is stored equals what was acknowledged.
    pub fn after_load<T>(self, tree: Feed<T>) -> Self {
        self.tree(tree, Some("after-load"))
    }

    /// How long to wait between the end of the load and the tree of the last [`after_load`](Self::after_load).
    pub fn settle(mut self, wait: Duration) -> Self {
        match &self.after_load {
            Some(root) => drop(root.borrow_mut().options.insert("settle".into(), written(wait).into())),
            None => self.draft.faults.push("`settle` belongs to `after_load`, and there is none before it".into()),
        }
        self
    }

    /// Runs a chain once after each stage of the profile.
    pub fn after_stage<T>(self, tree: Feed<T>) -> Self {
        self.tree(tree, Some("after-stage"))
    }

    fn tree<T>(mut self, tree: Feed<T>, run: Option<&str>) -> Self {
        let root = tree.last.as_ref().map(first_of);
        match &root {
            Some(root) => root.borrow_mut().options.extend(run.map(|run| ("run".to_owned(), run.into()))),
            None => self.draft.faults.push("a side tree has at least one step".into()),
        }
        self.after_load = root.filter(|_| run == Some("after-load"));
        self.draft.absorb(tree.draft.take());
        self
    }

    /// The load-injected root, without input.
    pub fn start(self) -> Flow<()> {
        let read = Read::new(<() as Carry<_>>::from_value);
        Flow { draft: Rc::new(RefCell::new(self.draft)), last: None, stage: None, read, at: PhantomData }
    }
}

/// The first step of the chain that ends here.
fn first_of(last: &Node) -> Node {
    let mut first = Rc::clone(last);
    loop {
        let before = match &first.borrow().position {
            Position::After(before) => before.first().cloned(),
            Position::Root(_) | Position::Inside => None,
        };
        match before {
            Some(step) => first = step,
            None => return first,
        }
    }
}
