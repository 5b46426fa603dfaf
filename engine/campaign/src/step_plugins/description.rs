//! What a plugin says of itself: read, and checked as a whole.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use throng_model::ConfigFault;
use throng_plugin_api::{option_fault, read_options};

/// A plugin's description of itself.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PluginDescription {
    /// `namespace:name`, each in kebab-case; the key of the defaults of its kinds, too.
    pub name: String,
    /// Such as `1.0.0`, after semantic versioning.
    pub version: String,
    /// One line.
    #[serde(default)]
    pub summary: String,
    /// Its step kinds, at least one.
    pub kinds: Vec<KindDescription>,
}

/// A step kind of a plugin.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct KindDescription {
    /// In kebab-case; in a document it is `namespace:name/kind@version`.
    pub name: String,
    /// One line.
    pub summary: String,
    /// More about it, in Markdown.
    #[serde(default)]
    pub documentation: String,
    /// The JSON schema of its options, an object; none by default.
    #[serde(default = "no_options")]
    pub options: Json,
    /// What it takes, for people.
    #[serde(default)]
    pub takes: String,
    /// What it gives, for people.
    #[serde(default)]
    pub gives: String,
    /// Of a source, whether it never ends, as it does when nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endless: Option<bool>,
}

fn no_options() -> Json {
    json!({ "type": "object", "properties": {}, "additionalProperties": false })
}

/// A description that nothing can be made of.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the plugin describes itself wrongly: {}", in_one_line(.0))]
pub struct DescriptionError(Vec<ConfigFault>);

fn in_one_line(faults: &[ConfigFault]) -> String {
    let one = |fault: &ConfigFault| {
        let place = if fault.pointer.is_empty() { String::new() } else { format!("{}: ", fault.pointer) };
        let hint = fault.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        format!("{place}{}{hint}", fault.message)
    };
    faults.iter().map(one).collect::<Vec<_>>().join("; ")
}

impl PluginDescription {
    /// Reads what a plugin says.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, DescriptionError> {
        let wrong = |message: String| DescriptionError(vec![option_fault("", message, None)]);
        let json: Json = serde_json::from_str(text).map_err(|error| wrong(format!("this is no JSON: {error}")))?;
        for (index, kind) in (0..).zip(json.get("kinds").and_then(Json::as_array).into_iter().flatten()) {
            read_options::<KindDescription>(kind, &format!("/kinds/{index}")).map_err(DescriptionError)?;
        }
        let description: Self = read_options(&json, "").map_err(DescriptionError)?;
        match description.faults() {
            faults if faults.is_empty() => Ok(description),
            faults => Err(DescriptionError(faults)),
        }
    }

    /// Checks what only kinds of sources say.
    pub(crate) fn check_sources(&self, is_source: bool) -> Result<(), DescriptionError> {
        let misplaced = (0..).zip(&self.kinds).filter(|(_, kind)| kind.endless.is_some() && !is_source);
        let fault = |(index, _): (usize, _)| {
            let message = "only a source has an end or none";
            option_fault(format!("/kinds/{index}/endless"), message, Some("leave it out, or target the world `source-plugin`".to_owned()))
        };
        let faults: Vec<_> = misplaced.map(fault).collect();
        if faults.is_empty() { Ok(()) } else { Err(DescriptionError(faults)) }
    }

    /// `namespace:name@version`
    pub fn address(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// The key of a kind in a document: `namespace:name/kind@version`.
    pub fn address_of(&self, kind: &str) -> String {
        format!("{}/{kind}@{}", self.name, self.version)
    }

    fn faults(&self) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        let mut fault = |pointer: String, message: String, hint: &str| faults.push(option_fault(pointer, message, Some(hint.to_owned())));
        if !self.name.split_once(':').is_some_and(|(namespace, name)| is_name(namespace) && is_name(name)) {
            fault("/name".into(), format!("`{}` is no name of a plugin", self.name), "write it as `namespace:name`, each in kebab-case");
        }
        if !is_version(&self.version) {
            fault("/version".into(), format!("`{}` is no version", self.version), "write it as `1.0.0`");
        }
        if self.kinds.is_empty() {
            fault("/kinds".into(), "it brings no step kind".into(), "describe at least one");
        }
        let mut names = BTreeSet::new();
        for (index, kind) in self.kinds.iter().enumerate() {
            if !is_name(&kind.name) {
                fault(format!("/kinds/{index}/name"), format!("`{}` is no name of a kind", kind.name), "write it in kebab-case");
            }
            if !names.insert(kind.name.as_str()) {
                fault(format!("/kinds/{index}/name"), format!("there are two kinds `{}`", kind.name), "give each a name of its own");
            }
            if !kind.options.is_object() {
                fault(format!("/kinds/{index}/options"), "this is no JSON schema".into(), "write the schema of an object");
            }
        }
        faults
    }
}

/// Kebab-case that begins with a letter.
fn is_name(name: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.split('-').all(is_word)
}

/// Three numbers, and what may follow them after semantic versioning.
fn is_version(version: &str) -> bool {
    let end = version.find(['-', '+']).unwrap_or(version.len());
    let (numbers, rest) = version.split_at(end);
    let is_number = |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let goes_on = |byte: u8| byte.is_ascii_alphanumeric() || b"-+.".contains(&byte);
    numbers.split('.').count() == 3 && numbers.split('.').all(is_number) && rest.len() != 1 && rest.bytes().all(goes_on)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(description: Json) -> String {
        PluginDescription::parse(&description.to_string()).expect_err("wrong").to_string()
    }

    #[test]
    fn kinds_have_addresses() {
        let text =
            json!({ "name": "acme:codes", "version": "1.2.0-rc.1", "kinds": [{ "name": "check", "summary": "checks" }] }).to_string();
        let description = PluginDescription::parse(&text).expect("right");
        assert_eq!(description.address(), "acme:codes@1.2.0-rc.1");
        assert_eq!(description.address_of("check"), "acme:codes/check@1.2.0-rc.1");
        assert_eq!(description.kinds.first().map(|kind| &kind.options), Some(&no_options()));
    }

    #[test]
    fn only_sources_have_an_end() {
        let kinds = json!([{ "name": "count", "summary": "counts", "endless": false }]);
        let text = json!({ "name": "acme:numbers", "version": "1.0.0", "kinds": kinds }).to_string();
        let description = PluginDescription::parse(&text).expect("right");
        assert_eq!(description.check_sources(true), Ok(()));
        insta::assert_snapshot!(description.check_sources(false).expect_err("no source"), @"the plugin describes itself wrongly: /kinds/0/endless: only a source has an end or none; leave it out, or target the world `source-plugin`");
    }

    #[test]
    fn all_that_is_wrong_is_told() {
        let kind = json!({ "name": "Check", "summary": "", "options": 1 });
        insta::assert_snapshot!(error(json!({ "name": "codes", "version": "1.0", "kinds": [kind, kind] })), @"the plugin describes itself wrongly: /name: `codes` is no name of a plugin; write it as `namespace:name`, each in kebab-case; /version: `1.0` is no version; write it as `1.0.0`; /kinds/0/name: `Check` is no name of a kind; write it in kebab-case; /kinds/0/options: this is no JSON schema; write the schema of an object; /kinds/1/name: `Check` is no name of a kind; write it in kebab-case; /kinds/1/name: there are two kinds `Check`; give each a name of its own; /kinds/1/options: this is no JSON schema; write the schema of an object");
        insta::assert_snapshot!(error(json!({ "name": "acme:codes", "version": "1.0.0", "kinds": [] })), @"the plugin describes itself wrongly: /kinds: it brings no step kind; describe at least one");
        insta::assert_snapshot!(error(json!({ "name": "acme:codes", "version": "1.0.0", "kinds": [{ "nam": "a" }] })), @"the plugin describes itself wrongly: /kinds/0/nam: there is no option `nam`; did you mean `name`?");
        insta::assert_snapshot!(error(json!({ "nam": "acme:codes" })), @"the plugin describes itself wrongly: /nam: there is no option `nam`; did you mean `name`?");
        insta::assert_snapshot!(PluginDescription::parse("kinds").expect_err("wrong"), @"the plugin describes itself wrongly: this is no JSON: expected value at line 1 column 1");
    }

    #[test]
    fn versions_are_semantic() {
        assert!(["1.0.0", "0.10.2", "1.0.0-rc.1", "1.0.0+build"].into_iter().all(is_version));
        assert!(!["1", "1.0", "1.0.", "v1.0.0", "1.0.0-", "1.0.0 ", "1.0.0-ä", ""].into_iter().any(is_version));
    }
}
