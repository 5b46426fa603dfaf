//! The values of secret settings: kept apart, and taken out of everything that is shown.

use std::collections::BTreeMap;
use std::fmt;

use throng_model::{CampaignDocument, Scenario, SettingDeclaration, SettingText};

/// What stands where a secret was.
const MASK: &str = "***";

/// The values of secret settings, by name; of those that a single scenario is given, by the scenario's name and theirs with a slash between.
#[derive(Clone, Default)]
pub(crate) struct Secrets(pub(crate) BTreeMap<String, String>);

impl Secrets {
    /// Takes the secrets out of a campaign, as its scenarios declare them.
    pub(crate) fn take<'a>(document: &mut CampaignDocument, scenarios: impl Iterator<Item = &'a Scenario>) -> Self {
        let mut secrets = Self::default();
        let all = scenarios.flat_map(|scenario| scenario.settings.iter().map(|setting| (&scenario.name, setting)));
        for (scenario, SettingDeclaration { name, .. }) in all.filter(|(_, setting)| setting.secret) {
            let own = document.scenarios.get_mut(scenario).and_then(|changes| changes.settings.get_mut(name));
            let own = own.map(|value| (format!("{scenario}/{name}"), value));
            let common = document.settings.get_mut(name).map(|value| (name.clone(), value));
            for (place, value) in own.into_iter().chain(common) {
                let value = std::mem::replace(value, SettingText(MASK.to_owned()));
                // Another scenario may declare the same one.
                secrets.0.entry(place).or_insert(value.0);
            }
        }
        secrets
    }

    /// Puts them back.
    pub(crate) fn put(&self, document: &mut CampaignDocument) {
        for (place, value) in &self.0 {
            let value = SettingText(value.clone());
            match place.split_once('/') {
                None => drop(document.settings.insert(place.clone(), value)),
                Some((scenario, name)) => {
                    // A change may have taken the scenario out.
                    if let Some(changes) = document.scenarios.get_mut(scenario) {
                        changes.settings.insert(name.to_owned(), value);
                    }
                }
            }
        }
    }

    /// A text of JSON, or for people, without them.
    pub(crate) fn without(&self, text: String) -> String {
        throng_model::Secrets::new(self.0.values().cloned()).hide_in(text)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use throng_model::{CampaignFormat, parse_campaign, parse_document, validate};
    use throng_plugin_api::Registry;

    use super::*;

    #[test]
    fn values_are_taken_out_of_documents_and_put_back() {
        let settings = r#"[{"name": "password", "secret": true}, {"name": "shop"}]"#;
        let scenario = format!(r#"{{"name": "a", "settings": {settings}, "steps": [{{"name": "one", "start": true, "returns": 1}}]}}"#);
        let document = parse_document(&format!(r#"{{"throng": "0.1", "scenarios": [{scenario}]}}"#)).expect("a document");
        let scenarios = validate(&document, &Registry::default()).expect("valid");
        let campaign = r#"{"throng": "0.1", "files": ["a"], "settings": {"password": "hunter-of-all", "shop": "here"},
            "scenarios": {"a": {"settings": {"password": "hunter-of-a"}}}}"#;
        let mut campaign = parse_campaign(campaign, CampaignFormat::Json).expect("a campaign");
        let whole = campaign.clone();
        let secrets = Secrets::take(&mut campaign, scenarios.iter());
        let shown = serde_json::to_string(&campaign).expect("JSON");
        assert!(!shown.contains("hunter") && shown.contains("here"), "{shown}");
        secrets.put(&mut campaign);
        assert_eq!(campaign, whole);
    }

    #[test]
    fn values_are_taken_out_of_texts() {
        let of = |value: &str| Secrets(BTreeMap::from([("password".to_owned(), value.to_owned())]));
        assert_eq!(of("hunter2").without(r#"{"message": "login hunter2 failed"}"#.into()), r#"{"message": "login *** failed"}"#);
        assert_eq!(format!("{:?}", of("hunter2")), r#"{"password"}"#);
    }
}
