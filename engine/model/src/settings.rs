//! What a campaign may set in a scenario, and the check of what it does set.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::duration::parse_duration;
use crate::nearest::name_hint;
use crate::{Fault, Faults, Secrets};

/// A setting of a scenario.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SettingDeclaration {
    /// Kebab-case, unique in the scenario.
    pub name: String,
    /// What its values are.
    #[serde(default, rename = "type")]
    pub kind: SettingType,
    /// What it is when a campaign says nothing; without one it then has no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Json>,
    /// Whether a campaign must say it.
    #[serde(default)]
    pub required: bool,
    /// Whether its value is kept out of logs, reports and exports; it then has at least 4 characters, or none.
    #[serde(default)]
    pub secret: bool,
    /// For people.
    #[serde(default)]
    pub description: String,
}

/// What a setting's values are.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SettingType {
    /// Anything.
    #[default]
    Text,
    /// `-5`.
    Integer,
    /// `1.5`.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `250ms`.
    Duration,
    /// `a,b,c`.
    List,
}

/// The values of all settings: what is given, else the defaults. A setting without either is absent.
///
/// # Errors
/// All keys that are not declared, required settings that are missing, and values of another type.
pub fn resolve_settings(declarations: &[SettingDeclaration], given: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Faults> {
    let mut faults = Vec::new();
    for key in given.keys().filter(|key| declarations.iter().all(|declaration| declaration.name != **key)) {
        let hint = name_hint(key, declarations.iter().map(|declaration| declaration.name.as_str()));
        faults.push(Fault::new("", format!("there is no setting `{key}`"), hint.or_else(|| Some("the scenario declares none".to_owned()))));
    }
    let mut values = BTreeMap::new();
    for declaration in declarations {
        let value = given.get(&declaration.name).cloned().or_else(|| declaration.default.as_ref().and_then(default_text));
        match value {
            Some(value) => {
                if let Err(wanted) = declaration.kind.check(&value) {
                    // A secret must not get into logs by way of its fault.
                    let found = if declaration.secret { "something else".to_owned() } else { format!("`{value}`") };
                    faults.push(Fault::new("", format!("the setting `{}` must be {wanted}, found {found}", declaration.name), None));
                } else if declaration.secret && (1..Secrets::SHORTEST).contains(&value.chars().count()) {
                    let message = format!(
                        "the setting `{}` is secret, and its value has fewer than {} characters",
                        declaration.name,
                        Secrets::SHORTEST
                    );
                    let hint = "so short a text cannot be kept out of reports: take a longer one, or declare it without `secret`";
                    faults.push(Fault::new("", message, Some(hint.to_owned())));
                }
                values.insert(declaration.name.clone(), value);
            }
            None if declaration.required => {
                let hint = Some(format!("give it, like `-c {}=…`", declaration.name));
                faults.push(Fault::new("", format!("the setting `{}` is required", declaration.name), hint));
            }
            None => {}
        }
    }
    Faults::unless(faults, values)
}

impl SettingDeclaration {
    /// What is wrong with the declaration itself.
    pub(crate) fn check_default(&self) -> Option<String> {
        let default = self.default.as_ref()?;
        if self.required {
            return Some(format!("the setting `{}` is required, so its default is never used", self.name));
        }
        let fits = default_text(default).is_some_and(|text| self.kind.check(&text).is_ok());
        (!fits).then(|| format!("the default of the setting `{}` is not {}", self.name, self.kind.wanted()))
    }
}

impl SettingType {
    fn check(self, text: &str) -> Result<(), &'static str> {
        let fits = match self {
            Self::Text | Self::List => true,
            Self::Integer => text.parse::<i64>().is_ok(),
            Self::Number => text.parse::<f64>().is_ok_and(f64::is_finite),
            Self::Boolean => matches!(text, "true" | "false"),
            Self::Duration => parse_duration(text).is_ok(),
        };
        if fits { Ok(()) } else { Err(self.wanted()) }
    }

    fn wanted(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "`true` or `false`",
            Self::Duration => "a duration like `250ms`",
            Self::List => "a list like `a,b,c`",
        }
    }
}

/// A default as a campaign would give it.
fn default_text(default: &Json) -> Option<String> {
    match default {
        Json::String(text) => Some(text.clone()),
        Json::Bool(_) | Json::Number(_) => Some(default.to_string()),
        Json::Array(items) => items.iter().map(default_text).collect::<Option<Vec<_>>>().map(|items| items.join(",")),
        Json::Null | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declarations() -> Vec<SettingDeclaration> {
        let json = serde_json::json!([
            {"name": "user", "required": true},
            {"name": "pause", "type": "duration", "default": "1s"},
            {"name": "count", "type": "integer"},
            {"name": "pin", "type": "integer", "secret": true},
            {"name": "shops", "type": "list", "default": ["a", "b"]},
        ]);
        serde_json::from_value(json).expect("valid")
    }

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn defaults_fill_in() {
        let values = resolve_settings(&declarations(), &given(&[("user", "ann"), ("count", "-5")])).expect("valid");
        assert_eq!(values, given(&[("user", "ann"), ("count", "-5"), ("pause", "1s"), ("shops", "a,b")]));
    }

    #[test]
    fn all_faults_at_once() {
        let faults = resolve_settings(&declarations(), &given(&[("cuont", "1"), ("count", "x"), ("pin", "abc")])).expect_err("faults");
        assert_eq!(
            faults.to_string(),
            "there is no setting `cuont`; did you mean `count`?\n\
             the setting `user` is required; give it, like `-c user=…`\n\
             the setting `count` must be a whole number, found `x`\n\
             the setting `pin` must be a whole number, found something else"
        );
    }

    #[test]
    fn types() {
        let check = |kind: SettingType, good: &[&str], bad: &[&str]| {
            assert!(good.iter().all(|text| kind.check(text).is_ok()), "{kind:?}");
            assert!(bad.iter().all(|text| kind.check(text).is_err()), "{kind:?}");
        };
        check(SettingType::Number, &["1.5", "-2"], &["x", "", "inf", "NaN"]);
        check(SettingType::Boolean, &["true", "false"], &["yes", "1"]);
        check(SettingType::Duration, &["1s"], &["1", "1d"]);
        check(SettingType::Integer, &["0"], &["1.5"]);
    }
}
