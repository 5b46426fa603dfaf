//! How a scenario is written down: names and numbers for all that was built without.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::draft::{Config, Draft, Node, Position, Root};
use crate::profile::{Plan, Profile};
use crate::program::Callback;
use crate::settings::Declaration;

/// A scenario that was written down.
pub(crate) struct WrittenScenario {
    pub(crate) document: Json,
    pub(crate) targets: Vec<String>,
    pub(crate) callbacks: Vec<WrittenCallback>,
    pub(crate) faults: Vec<String>,
}

pub(crate) struct WrittenCallback {
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) scenario: String,
    /// None for the scenario's profile.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) step: Option<String>,
    /// The step's name, with the place where a step has several.
    pub(crate) name: String,
    pub(crate) required_use: &'static str,
    pub(crate) run: Callback,
}

/// Writes the scenario down, with its callbacks' numbers counted from `offset`, and hands over its callbacks.
pub(crate) fn write(mut draft: Draft, offset: usize) -> WrittenScenario {
    for link in std::mem::take(&mut draft.links) {
        if let Err(fault) = link(&draft) {
            draft.faults.push(fault);
        }
    }
    name_steps(&draft.steps);
    let default_url = draft.steps.iter().find_map(|step| step.borrow().server.clone());

    let mut fields = Map::new();
    fields.insert("name".into(), draft.name.as_str().into());
    fields.append(&mut draft.options);
    if !draft.settings.is_empty() {
        fields.insert("settings".into(), draft.settings.iter().map(Declaration::document).collect());
    }
    if let Some(url) = &default_url {
        fields.insert("defaults".into(), json!({"http": {"url": url}}));
    }
    if !draft.rules.is_empty() {
        fields.insert("rules".into(), draft.rules.as_slice().into());
    }
    let mut writer = Writer { scenario: &draft.name, steps: &draft.steps, default_url, offset, callbacks: Vec::new() };
    fields.insert("steps".into(), writer.steps_of(None));
    match draft.profile.take() {
        None => {}
        Some(Profile(Plan::Written(text))) => drop(fields.insert("profile".into(), text.into())),
        Some(Profile(Plan::User(run))) => {
            let callback = writer.callback(None, "profile".to_owned(), "profile", run);
            fields.insert("profile".into(), json!({"user": callback}));
        }
    }
    let callbacks = writer.callbacks;
    let faults = draft.faults.iter().map(|fault| format!("scenario `{}`: {fault}", draft.name)).collect();
    WrittenScenario { document: Json::Object(fields), targets: draft.targets, callbacks, faults }
}

/// Gives the steps without a name one after their kind, counted along the scenario.
fn name_steps(steps: &[Node]) {
    let mut counts = BTreeMap::<&str, u32>::new();
    for step in steps {
        let mut step = step.borrow_mut();
        let count = counts.entry(step.kind).or_default();
        *count += 1;
        if step.name.is_none() {
            step.name = Some(format!("_{}-{count}", step.kind));
        }
    }
}

struct Writer<'a> {
    #[cfg_attr(target_arch = "wasm32", allow(dead_code, reason = "what tests look callbacks up by"))]
    scenario: &'a str,
    steps: &'a [Node],
    default_url: Option<String>,
    offset: usize,
    callbacks: Vec<WrittenCallback>,
}

/// A step's own place in the document, for the names of its callbacks.
struct Place<'a> {
    node: &'a Node,
    step: &'a str,
    /// Whether a callback needs more than the step's name.
    several: bool,
}

impl Writer<'_> {
    /// The steps of a stage, or those that are in none.
    fn steps_of(&mut self, stage: Option<&Node>) -> Json {
        let belongs = |step: &&Node| match stage {
            Some(stage) => step.borrow().is_inside(stage),
            None => step.borrow().stage.is_none(),
        };
        let steps = self.steps;
        steps.iter().filter(belongs).map(|step| self.step(step)).collect()
    }

    fn step(&mut self, node: &Node) -> Json {
        let mut step = node.borrow_mut();
        let name = name_of(step.name.as_ref());
        let mut fields = Map::new();
        fields.insert("name".into(), name.as_str().into());
        match &step.position {
            Position::Root(Root::Start) => drop(fields.insert("start".into(), true.into())),
            Position::Root(Root::Tree) | Position::Inside => {}
            Position::After(before) => {
                let mut names: Vec<_> = before.iter().map(|step| name_of(step.borrow().name.as_ref())).collect();
                let after = if names.len() == 1 { names.pop().into() } else { Json::from(names) };
                fields.insert("after".into(), after);
            }
        }
        if let Some(server) = step.server.take().filter(|server| Some(server) != self.default_url.as_ref()) {
            step.config.set("url", server.into());
        }
        fields.append(&mut step.options);
        let config = std::mem::replace(&mut step.config, Config::Inside);
        let kind = step.kind;
        // Steps inside of a stage may look at it.
        drop(step);
        let place = Place { node, step: &name, several: config.callbacks() > 1 };
        let config = self.config(config, &place, "");
        fields.insert(kind.into(), config);
        Json::Object(fields)
    }

    fn config(&mut self, config: Config, place: &Place<'_>, key: &str) -> Json {
        match config {
            Config::Constant(json) => json,
            Config::Name(step) => name_of(step.borrow().name.as_ref()).into(),
            Config::Inside => self.steps_of(Some(place.node)),
            Config::Callback(required_use, run) => {
                let name = if place.several { format!("{} {key}", place.step) } else { place.step.to_owned() };
                self.callback(Some(place.step), name, required_use, run)
            }
            Config::Object(fields) => {
                let written = |(key, config): (String, Config)| {
                    let json = self.config(config, place, &key);
                    (key, json)
                };
                Json::Object(fields.into_iter().map(written).collect())
            }
        }
    }

    fn callback(&mut self, step: Option<&str>, name: String, required_use: &'static str, run: Callback) -> Json {
        #[cfg(target_arch = "wasm32")]
        let _ = step;
        self.callbacks.push(WrittenCallback {
            #[cfg(not(target_arch = "wasm32"))]
            scenario: self.scenario.to_owned(),
            #[cfg(not(target_arch = "wasm32"))]
            step: step.map(ToOwned::to_owned),
            name,
            required_use,
            run,
        });
        json!({"callback": self.offset + self.callbacks.len() - 1})
    }
}

/// Every step has one by now.
fn name_of(name: Option<&String>) -> String {
    name.cloned().unwrap_or_default()
}
