//! The values of secret settings, which are taken out of every text that leaves the engine.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::SettingDeclaration;

/// What stands where a secret was.
const MASK: &str = "***";

/// Values that are not to be shown. Cheap to clone, and to ask when there are none.
#[derive(Clone, Default)]
pub struct Secrets {
    /// Each as it is, and as it stands in a text of JSON where that differs; the longest first, as one may have another one in it.
    values: Arc<[String]>,
}

impl Secrets {
    /// The fewest characters of a secret: shorter ones are found everywhere by chance, so that nobody could take them out.
    pub const SHORTEST: usize = 4;

    /// Those of these values that are declared to be secret.
    pub fn of<'a>(declared: impl IntoIterator<Item = &'a SettingDeclaration>, settings: &BTreeMap<String, String>) -> Self {
        let secret = declared.into_iter().filter(|declaration| declaration.secret);
        Self::new(secret.filter_map(|declaration| settings.get(&declaration.name)).cloned())
    }

    /// These values.
    pub fn new(values: impl IntoIterator<Item = String>) -> Self {
        let long = values.into_iter().filter(|value| value.chars().count() >= Self::SHORTEST);
        let mut values: Vec<String> = long
            .flat_map(|value| {
                let quoted = serde_json::Value::from(value.as_str()).to_string();
                let inner = quoted.trim_matches('"').to_owned();
                [value, inner]
            })
            .collect();
        values.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        values.dedup();
        Self { values: values.into() }
    }

    /// Whether there is nothing to take out.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// A text without them.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.values.iter().fold(Cow::Borrowed(text), |text, value| match text.contains(value.as_str()) {
            true => Cow::Owned(text.replace(value.as_str(), MASK)),
            false => text,
        })
    }

    /// The same of a text that is given away: nothing is copied where there is nothing to take out.
    pub fn hide_in(&self, text: String) -> String {
        match self.hide(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(hidden) => hidden,
        }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secrets")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_out_of_texts() {
        let check = |values: &[&str], text: &str, expected: &str| {
            assert_eq!(Secrets::new(values.iter().map(|value| (*value).to_owned())).hide(text), expected);
        };
        check(&["hunter2"], r#"{"message": "login hunter2 failed"}"#, r#"{"message": "login *** failed"}"#);
        check(&["a\"bc"], r#"{"message": "login a\"bc failed"}"#, r#"{"message": "login *** failed"}"#);
        check(&["a\"bc"], "login a\"bc failed", "login *** failed");
        check(&["abcd", "abcdef"], "abcdef abcd", "*** ***");
        check(&["abc"], "abc", "abc");
        check(&[], "abc", "abc");
    }

    #[test]
    fn what_is_declared_secret_is() {
        let declared = |name: &str, secret| SettingDeclaration {
            name: name.into(),
            kind: crate::SettingType::Text,
            default: None,
            required: false,
            secret,
            description: String::new(),
        };
        let settings = BTreeMap::from([("user".to_owned(), "alice".to_owned()), ("password".to_owned(), "hunter2".to_owned())]);
        let secrets = Secrets::of(&[declared("user", false), declared("password", true), declared("token", true)], &settings);
        assert_eq!(secrets.hide("alice hunter2"), "alice ***");
        assert_eq!(format!("{secrets:?}"), "Secrets");
    }
}
