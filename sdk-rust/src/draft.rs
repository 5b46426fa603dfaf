//! A scenario while it is being built, and how it is written down.

use serde_json::{Map, Value as Json, json};

use crate::profile::{Plan, Profile};
use crate::program::Callback;
use crate::settings::Declaration;

/// What a [`Flow`](crate::Flow) adds to.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) options: Map<String, Json>,
    pub(crate) profile: Option<Profile>,
    pub(crate) settings: Vec<Declaration>,
    pub(crate) targets: Vec<String>,
    /// The base of steps that name no other: the first server used.
    pub(crate) default_url: Option<String>,
    pub(crate) rules: Vec<String>,
    pub(crate) steps: Vec<StepDraft>,
    pub(crate) callbacks: Vec<CallbackDraft>,
    pub(crate) faults: Vec<String>,
}

pub(crate) struct StepDraft {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) config: Config,
    pub(crate) after: Option<usize>,
    pub(crate) options: Map<String, Json>,
}

pub(crate) struct CallbackDraft {
    /// The step; none for the scenario's profile.
    pub(crate) step: Option<usize>,
    pub(crate) required_use: &'static str,
    pub(crate) run: Callback,
}

/// What stands under the key of a step's kind. Numbers of callbacks are the scenario's own until they are written down.
pub(crate) enum Config {
    Constant(Json),
    Callback(usize),
    /// Constant fields, and a request by a callback.
    Request {
        fields: Map<String, Json>,
        callback: usize,
    },
}

impl Draft {
    pub(crate) fn add_target(&mut self, target: &str) {
        if !self.targets.iter().any(|known| known == target) {
            self.targets.push(target.to_owned());
        }
    }

    pub(crate) fn automatic_name(&self, kind: &str) -> String {
        let same = self.steps.iter().filter(|step| step.kind == kind).count();
        format!("_{kind}-{}", same + 1)
    }

    /// Adds a step, and gives its number.
    pub(crate) fn add_step(&mut self, name: Option<String>, kind: &'static str, config: Config, after: Option<usize>) -> usize {
        let name = name.unwrap_or_else(|| self.automatic_name(kind));
        self.steps.push(StepDraft { name, kind, config, after, options: Map::new() });
        self.steps.len() - 1
    }

    /// Declares a callback of the step that is added next.
    pub(crate) fn add_callback(&mut self, required_use: &'static str, run: Callback) -> usize {
        self.callbacks.push(CallbackDraft { step: Some(self.steps.len()), required_use, run });
        self.callbacks.len() - 1
    }

    /// Writes the scenario down, with its callbacks' numbers counted from `offset`, and hands over its callbacks.
    pub(crate) fn write(mut self, offset: usize) -> WrittenScenario {
        let mut fields = Map::new();
        fields.insert("name".into(), self.name.as_str().into());
        fields.append(&mut self.options);
        match self.profile.take() {
            None => {}
            Some(Profile(Plan::Written(text))) => drop(fields.insert("profile".into(), text.into())),
            Some(Profile(Plan::User(run))) => {
                let callback = offset + self.callbacks.len();
                fields.insert("profile".into(), json!({"user": {"callback": callback}}));
                self.callbacks.push(CallbackDraft { step: None, required_use: "profile", run });
            }
        }
        if !self.settings.is_empty() {
            fields.insert("settings".into(), self.settings.iter().map(Declaration::document).collect());
        }
        if let Some(url) = &self.default_url {
            fields.insert("defaults".into(), json!({"http": {"url": url}}));
        }
        if !self.rules.is_empty() {
            fields.insert("rules".into(), self.rules.as_slice().into());
        }
        let steps: Vec<_> = self.steps.iter().map(|step| self.step_document(step, offset)).collect();
        fields.insert("steps".into(), steps.into());

        let names: Vec<_> = self.steps.into_iter().map(|step| step.name).collect();
        let callbacks = self
            .callbacks
            .into_iter()
            .map(|callback| {
                let step = callback.step.and_then(|step| names.get(step).cloned());
                WrittenCallback {
                    #[cfg(not(target_arch = "wasm32"))]
                    scenario: self.name.clone(),
                    step,
                    required_use: callback.required_use,
                    run: callback.run,
                }
            })
            .collect();
        let place = |fault| format!("scenario `{}`: {fault}", self.name);
        let faults = self.faults.iter().map(place).collect();
        WrittenScenario { document: Json::Object(fields), targets: self.targets, callbacks, faults }
    }

    fn step_document(&self, step: &StepDraft, offset: usize) -> Json {
        let mut fields = Map::new();
        fields.insert("name".into(), step.name.as_str().into());
        match step.after.and_then(|after| self.steps.get(after)) {
            Some(after) => fields.insert("after".into(), after.name.as_str().into()),
            None => fields.insert("start".into(), true.into()),
        };
        let config = match &step.config {
            Config::Constant(json) => json.clone(),
            Config::Callback(number) => json!({"callback": offset + number}),
            Config::Request { fields, callback } => {
                let mut fields = fields.clone();
                fields.insert("request".into(), json!({"callback": offset + callback}));
                Json::Object(fields)
            }
        };
        fields.insert(step.kind.into(), config);
        fields.extend(step.options.clone());
        Json::Object(fields)
    }
}

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
    pub(crate) step: Option<String>,
    pub(crate) required_use: &'static str,
    pub(crate) run: Callback,
}
