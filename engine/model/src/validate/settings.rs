//! The settings that templates in a document ask for must be declared.

use serde_json::Value as Json;

use super::kinds::Kind;
use super::layout::nesting_key;
use crate::document::ScenarioDocument;
use crate::nearest::name_hint;
use crate::{ConfigFault, Template};

/// The faults of a whole configuration.
pub(super) fn undeclared(scenario: &ScenarioDocument, config: &Json) -> Vec<ConfigFault> {
    let mut asked = Vec::new();
    settings_in(config, "", &mut asked);
    faults(scenario, asked)
}

/// The faults of a step's configuration, without the steps inside of it.
pub(super) fn undeclared_in_kind(scenario: &ScenarioDocument, kind: &Kind<'_>) -> Vec<ConfigFault> {
    let (Some(nesting), Json::Object(entries)) = (nesting_key(kind.name()), kind.config()) else {
        return undeclared(scenario, kind.config());
    };
    let mut asked = Vec::new();
    for (key, item) in entries.iter().filter(|(key, _)| *key != nesting) {
        settings_in(item, &format!("/{key}"), &mut asked);
    }
    faults(scenario, asked)
}

fn faults(scenario: &ScenarioDocument, asked: Vec<(String, String)>) -> Vec<ConfigFault> {
    let declared = || scenario.settings.iter().map(|setting| setting.name.as_str());
    let unknown = asked.into_iter().filter(|(_, name)| declared().all(|declared| declared != name));
    let fault = |(pointer, name): (String, String)| {
        let hint = name_hint(&name, scenario.settings.iter().map(|setting| setting.name.as_str()));
        let hint = hint.or_else(|| Some("declare it under `settings`".to_owned()));
        ConfigFault { pointer, message: format!("there is no setting `{name}`"), hint }
    };
    unknown.map(fault).collect()
}

/// The settings that templates anywhere in a configuration ask for, each with the place.
fn settings_in(config: &Json, pointer: &str, found: &mut Vec<(String, String)>) {
    match config {
        Json::String(text) => {
            if let Ok(template) = Template::parse(text) {
                found.extend(template.settings().map(|name| (pointer.to_owned(), name.to_owned())));
            }
        }
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| settings_in(item, &format!("{pointer}/{index}"), found));
        }
        Json::Object(entries) => entries.iter().for_each(|(key, item)| settings_in(item, &format!("{pointer}/{key}"), found)),
        _ => {}
    }
}
