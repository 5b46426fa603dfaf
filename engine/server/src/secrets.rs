//! The values of secret settings: kept apart, and taken out of everything that is shown.

use std::collections::BTreeMap;
use std::fmt;

use throng_model::{CampaignDocument, Scenario, SettingText};

/// What stands where a secret was.
const MASK: &str = "***";

/// The values of secret settings, by name.
#[derive(Clone, Default)]
pub(crate) struct Secrets(pub(crate) BTreeMap<String, String>);

impl Secrets {
    /// Takes the secrets out of a campaign, as its scenarios declare them.
    pub(crate) fn take<'a>(document: &mut CampaignDocument, scenarios: impl Iterator<Item = &'a Scenario>) -> Self {
        let mut secrets = Self::default();
        for declared in scenarios.flat_map(|scenario| &scenario.settings).filter(|setting| setting.secret) {
            if let Some(value) = document.settings.get_mut(&declared.name) {
                let value = std::mem::replace(value, SettingText(MASK.to_owned()));
                // Another scenario may declare the same one.
                secrets.0.entry(declared.name.clone()).or_insert(value.0);
            }
        }
        secrets
    }

    /// Puts them back.
    pub(crate) fn put(&self, document: &mut CampaignDocument) {
        for (name, value) in &self.0 {
            document.settings.insert(name.clone(), SettingText(value.clone()));
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
    use super::*;

    #[test]
    fn values_are_taken_out_of_texts() {
        let of = |value: &str| Secrets(BTreeMap::from([("password".to_owned(), value.to_owned())]));
        assert_eq!(of("hunter2").without(r#"{"message": "login hunter2 failed"}"#.into()), r#"{"message": "login *** failed"}"#);
        assert_eq!(format!("{:?}", of("hunter2")), r#"{"password"}"#);
    }
}
