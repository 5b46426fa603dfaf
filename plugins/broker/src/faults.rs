//! Faults of options: all are told at once, those of the scenario's defaults with their place in words.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use throng_model::{ConfigFault, parse_duration};
use throng_plugin_api::{option_fault, read_options};

/// Faults that were found so far.
#[derive(Debug, Default)]
pub struct Gathered {
    /// In the order in which they were found.
    pub all: Vec<ConfigFault>,
}

impl Gathered {
    /// What is right; what is wrong is kept.
    pub fn catch<T>(&mut self, result: Result<T, Vec<ConfigFault>>) -> Option<T> {
        result.map_err(|faults| self.all.extend(faults)).ok()
    }

    /// Adds a fault.
    pub fn add(&mut self, pointer: impl Into<String>, message: impl Into<String>, hint: Option<&str>) {
        self.all.push(option_fault(pointer, message, hint.map(str::to_owned)));
    }

    /// A value that is right if nothing was wrong.
    ///
    /// # Errors
    /// What was wrong.
    pub fn or<T>(self, value: Option<T>) -> Result<T, Vec<ConfigFault>> {
        match value {
            Some(value) if self.all.is_empty() => Ok(value),
            _ => Err(self.all),
        }
    }
}

/// Pointers lead into the step's own options: faults of the defaults have their place in the message.
pub fn in_defaults(plugin: &str, inner: ConfigFault) -> ConfigFault {
    let place = if inner.pointer.is_empty() { String::new() } else { format!(", at `{}`", inner.pointer) };
    let message = format!("in the scenario's defaults for `{plugin}`{place}: {}", inner.message);
    option_fault("", message, inner.hint)
}

/// A group of options as the step says it, and as the scenario's defaults do.
///
/// # Errors
/// What is wrong with either.
pub fn both<T: Default + DeserializeOwned>(
    plugin: &str,
    own: Option<&Json>,
    defaults: Option<&Json>,
    pointer: &str,
) -> Result<(T, T), Vec<ConfigFault>> {
    let read = |json: Option<&Json>| json.map_or_else(|| Ok(T::default()), |json| read_options(json, pointer));
    let defaults = read(defaults).map_err(|faults| faults.into_iter().map(|fault| in_defaults(plugin, fault)).collect::<Vec<_>>())?;
    Ok((read(own)?, defaults))
}

/// Reads a duration that need not be there.
///
/// # Errors
/// It is none.
pub fn duration(text: Option<&str>, pointer: &str) -> Result<Option<Duration>, Vec<ConfigFault>> {
    text.map(parse_duration).transpose().map_err(|error| vec![option_fault(pointer, error.to_string(), None)])
}
