//! What an operator is made from: its configuration, and what that may refer to.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::Parsed;
use crate::document::CallbackDeclaration;
use crate::duration::parse_duration;
use crate::nearest::{name_hint, unknown_name_hint};
use crate::validate::callbacks;
use crate::{CallbackNumber, ConfigFault, StepNumber};

/// One use of an operator, before it is checked.
pub(in crate::validate) struct Setup<'a> {
    /// The operator's key.
    pub(in crate::validate) kind: &'a str,
    /// What the document has under it.
    pub(in crate::validate) config: &'a Json,
    /// The step's name.
    pub(in crate::validate) step: &'a str,
    /// The document's callbacks.
    pub(in crate::validate) callbacks: &'a [CallbackDeclaration],
    /// All steps of the scenario.
    pub(in crate::validate) steps: &'a BTreeMap<&'a str, StepNumber>,
    /// The last of the steps that are written in place of a right side.
    pub(in crate::validate) in_place: Option<StepNumber>,
    /// The steps of a stage, without those of stages inside of it.
    pub(in crate::validate) inner: Vec<InnerStep<'a>>,
}

/// A step of a stage.
#[derive(Clone, Copy)]
pub(in crate::validate) struct InnerStep<'a> {
    pub(in crate::validate) name: &'a str,
    pub(in crate::validate) number: StepNumber,
    /// Whether another step of the stage comes after it.
    pub(in crate::validate) is_followed: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with a callback")]
pub(super) struct CallbackConfig {
    /// The position of a callback in the document's list, from 0.
    callback: u32,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an empty object")]
pub(super) struct NoConfig {}

/// One fault of a configuration.
pub(super) fn fault(pointer: impl Into<String>, message: impl Into<String>, hint: impl Into<Option<String>>) -> Vec<ConfigFault> {
    vec![ConfigFault { pointer: pointer.into(), message: message.into(), hint: hint.into() }]
}

/// Reads JSON of a configuration; `wanted` is an example of what is right.
pub(super) fn read<'a, T: Deserialize<'a>>(config: &'a Json, pointer: &str, wanted: &str) -> Parsed<T> {
    T::deserialize(config).map_err(|error| {
        let message = error.to_string();
        // A message that says already what to write needs no example.
        let example = || (!message.contains("; ")).then(|| format!("write `{wanted}`"));
        let hint = unknown_name_hint(&message).or_else(example);
        fault(pointer, message, hint)
    })
}

impl Setup<'_> {
    /// Reads the configuration as an object; `wanted` is an example of one.
    pub(super) fn read<'b, T: Deserialize<'b>>(&'b self, wanted: &str) -> Parsed<T> {
        read(self.config, "", wanted)
    }

    /// Reads `{"callback": n}` with the use that is named like the operator.
    pub(super) fn callback(&self) -> Parsed<CallbackNumber> {
        self.callback_at(self.config, "", self.kind)
    }

    /// Reads `{"callback": n}` anywhere in the configuration.
    pub(super) fn callback_at(&self, config: &Json, pointer: &str, usage: &str) -> Parsed<CallbackNumber> {
        let config: CallbackConfig = read(config, pointer, "{\"callback\": 0}")?;
        callbacks::check_place(self.callbacks, config.callback, usage)
            .map_err(|(message, hint)| fault(format!("{pointer}/callback"), message, hint))
    }

    /// Reads a configuration that is a duration.
    pub(super) fn duration(&self) -> Parsed<Duration> {
        let text = match self.config {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        parse_duration(&text).map_err(|error| fault("", error.to_string(), None))
    }

    /// Reads a configuration that says nothing.
    pub(super) fn nothing(&self) -> Parsed<()> {
        if self.config.is_null() {
            return Ok(());
        }
        self.read::<NoConfig>(&format!("\"{}\": {{}}", self.kind)).map(|NoConfig {}| ())
    }

    /// A step of the scenario by its name.
    pub(super) fn step_at(&self, name: &str, pointer: &str) -> Parsed<StepNumber> {
        self.steps.get(name).copied().ok_or_else(|| {
            let others = self.steps.keys().copied().filter(|other| *other != self.step && !other.starts_with('_'));
            fault(pointer, format!("there is no step `{name}`"), name_hint(name, others))
        })
    }
}

/// A duration that must not be 0.
pub(super) fn positive(duration: Duration, pointer: &str, meaning: &str) -> Parsed<Duration> {
    match duration.is_zero() {
        true => Err(fault(pointer, meaning, "write a longer duration".to_owned())),
        false => Ok(duration),
    }
}

/// A count that must not be 0.
pub(super) fn counted(count: u64, pointer: &str, meaning: &str) -> Parsed<u64> {
    match count {
        0 => Err(fault(pointer, meaning, "write at least 1".to_owned())),
        count => Ok(count),
    }
}

/// The value, or its faults added to others.
pub(super) fn keep<T>(parsed: Parsed<T>, faults: &mut Vec<ConfigFault>) -> Option<T> {
    parsed.map_err(|mut found| faults.append(&mut found)).ok()
}
