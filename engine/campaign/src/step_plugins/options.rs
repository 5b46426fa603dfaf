//! A step's options: the scenario's defaults and the step's own together, checked by the kind's schema, with settings filled in.
//!
//! Of the schema the engine knows what is wrong most often, whatever the plugin looks at itself: names, what is required, types and choices of
//! the options. The rest is the plugin's business.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use throng_model::{ConfigFault, Template, TemplatePart, name_hint};
use throng_plugin_api::{option_fault, option_remedy, pointer_token};

use super::description::{KindDescription, PluginDescription};

/// The options of one step.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    json: Json,
    /// Those that the step doesn't say itself.
    inherited: Vec<String>,
}

impl Options {
    /// Puts together what a step and its scenario's defaults for the plugin say.
    pub(crate) fn read(
        plugin: &PluginDescription,
        kind: &KindDescription,
        own: &Json,
        defaults: Option<&Json>,
    ) -> Result<Self, Vec<ConfigFault>> {
        let Json::Object(own) = own else {
            return Err(vec![option_fault("", "an object of options is expected here", None)]);
        };
        let mut faults = Vec::new();
        let mut all = own.clone();
        let mut inherited = Vec::new();
        match defaults {
            None => {}
            Some(Json::Object(defaults)) => {
                for (name, value) in defaults {
                    if !plugin.kinds.iter().any(|kind| knows(kind, name)) {
                        let known: Vec<_> = plugin.kinds.iter().flat_map(names).collect();
                        let fault = option_fault("", format!("there is no option `{name}`"), Some(option_remedy(name, &known)));
                        faults.push(of_defaults(plugin, &format!("/{}", pointer_token(name)), fault));
                    } else if knows(kind, name) && !own.contains_key(name) {
                        all.insert(name.clone(), value.clone());
                        inherited.push(name.clone());
                    }
                }
            }
            Some(_) => faults.push(of_defaults(plugin, "", option_fault("", "an object of options is expected there", None))),
        }
        let options = Self { json: Json::Object(all), inherited };
        faults.extend(options.faults(plugin, kind));
        if faults.is_empty() { Ok(options) } else { Err(faults) }
    }

    /// Whether there are settings to be filled in, so that nobody can tell yet whether the options are right.
    pub(crate) fn has_holes(&self) -> bool {
        let mut found = false;
        each_text(&self.json, "", &mut |_, text| found |= Template::parse(text).is_ok_and(|template| template.as_text().is_none()));
        found
    }

    /// As JSON, with these settings in them.
    pub(crate) fn filled(&self, settings: &BTreeMap<String, String>) -> String {
        filled(&self.json, settings).to_string()
    }

    /// A fault at its place: in the step, or in the scenario's defaults.
    pub(crate) fn placed(&self, plugin: &PluginDescription, fault: ConfigFault) -> ConfigFault {
        let first = fault.pointer.split('/').nth(1).unwrap_or_default();
        if !self.inherited.iter().any(|name| pointer_token(name) == first) {
            return fault;
        }
        let pointer = fault.pointer.clone();
        of_defaults(plugin, &pointer, fault)
    }

    fn faults(&self, plugin: &PluginDescription, kind: &KindDescription) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        let (Json::Object(all), schema) = (&self.json, &kind.options) else { return faults };
        let closed = schema.get("additionalProperties") == Some(&Json::Bool(false));
        let known = names(kind);
        for (name, value) in all {
            let pointer = format!("/{}", pointer_token(name));
            match schema.get("properties").and_then(|properties| properties.get(name)) {
                None if closed && known.is_empty() => {
                    faults.push(option_fault(pointer, "this kind has no options", Some("remove it".into())))
                }
                None if closed => {
                    faults.push(option_fault(pointer, format!("there is no option `{name}`"), Some(option_remedy(name, &known))));
                }
                None => {}
                Some(property) => faults.extend(mismatch(property, value).map(|(message, hint)| option_fault(pointer, message, hint))),
            }
        }
        let required = schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        for name in required.filter(|name| !all.contains_key(*name)) {
            let about = kind.options.pointer(&format!("/properties/{}/description", pointer_token(name))).and_then(Json::as_str);
            faults.push(option_fault("", format!("the option `{name}` is missing"), about.map(|about| format!("it says: {about}"))));
        }
        each_text(&self.json, "", &mut |pointer, text| {
            faults.extend(wrong_hole(text).map(|(message, hint)| option_fault(pointer, message, hint)))
        });
        faults.into_iter().map(|fault| self.placed(plugin, fault)).collect()
    }
}

/// A fault of the scenario's defaults, which are not at the step that is to blame.
fn of_defaults(plugin: &PluginDescription, pointer: &str, fault: ConfigFault) -> ConfigFault {
    let place = if pointer.is_empty() { String::new() } else { format!(", at `{pointer}`") };
    let message = format!("in the scenario's defaults for `{}`{place}: {}", plugin.name, fault.message);
    ConfigFault { pointer: String::new(), message, hint: fault.hint }
}

fn names(kind: &KindDescription) -> Vec<&str> {
    let properties = kind.options.get("properties").and_then(Json::as_object);
    properties.map(|properties| properties.keys().map(String::as_str).collect()).unwrap_or_default()
}

fn knows(kind: &KindDescription, name: &str) -> bool {
    names(kind).contains(&name)
}

/// What is wrong with a value, as far as its schema says `type` or `enum` in plain words. A text with a hole in it can become anything.
fn mismatch(schema: &Json, value: &Json) -> Option<(String, Option<String>)> {
    let is_template = value.as_str().is_some_and(|text| Template::parse(text).is_ok_and(|template| template.as_text().is_none()));
    if is_template {
        return None;
    }
    if let Some(choices) = schema.get("enum").and_then(Json::as_array)
        && !choices.contains(value)
    {
        let texts: Vec<_> = choices.iter().map(|choice| choice.as_str().map_or_else(|| choice.to_string(), str::to_owned)).collect();
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        return Some((format!("`{shown}` is none of its values"), name_hint(&shown, texts.iter().map(String::as_str))));
    }
    let wanted = schema.get("type")?.as_str()?;
    let fits = match wanted {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => true,
    };
    let article = if wanted.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    (!fits).then(|| (format!("{article} {wanted} is expected here, and this is `{value}`"), None))
}

/// What is wrong with the holes of a text: options are fixed before any visit, so nothing of a visit can be in them.
fn wrong_hole(text: &str) -> Option<(String, Option<String>)> {
    let template = match Template::parse(text) {
        Ok(template) => template,
        Err(error) => return Some((error.to_string(), None)),
    };
    let of_visit = template.parts.into_iter().find(|part| !matches!(part, TemplatePart::Text(_) | TemplatePart::Setting(_)))?;
    let hole = Template { parts: vec![of_visit] };
    let hint = "only `{setting:NAME}` can be in it; let a `map` before the step put the rest into its input".to_owned();
    Some((format!("`{hole}` is not known here: the options of a plugin's step are the same for all visits"), Some(hint)))
}

/// Shows every text in the options, with its place.
fn each_text(json: &Json, pointer: &str, see: &mut impl FnMut(&str, &str)) {
    match json {
        Json::String(text) => see(pointer, text),
        Json::Array(items) => items.iter().enumerate().for_each(|(index, item)| each_text(item, &format!("{pointer}/{index}"), see)),
        Json::Object(entries) => entries.iter().for_each(|(key, item)| each_text(item, &format!("{pointer}/{}", pointer_token(key)), see)),
        _ => {}
    }
}

fn filled(json: &Json, settings: &BTreeMap<String, String>) -> Json {
    match json {
        Json::String(text) => {
            Json::String(Template::parse(text).map_or_else(|_| text.clone(), |template| filled_text(&template, settings)))
        }
        Json::Array(items) => items.iter().map(|item| filled(item, settings)).collect(),
        Json::Object(entries) => {
            Json::Object(entries.iter().map(|(key, item)| (key.clone(), filled(item, settings))).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

fn filled_text(template: &Template, settings: &BTreeMap<String, String>) -> String {
    let part = |part: &TemplatePart| match part {
        TemplatePart::Text(text) => text.clone(),
        TemplatePart::Setting(name) => settings.get(name).cloned().unwrap_or_default(),
        // Refused when the options were read.
        _ => String::new(),
    };
    template.parts.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plugin() -> PluginDescription {
        let options = json!({
            "type": "object", "additionalProperties": false, "required": ["key"],
            "properties": {
                "key": { "type": "string", "description": "the secret" }, "form": { "enum": ["hex", "base64"] }, "length": { "type": "integer" }
            }
        });
        let other = json!({ "properties": { "depth": { "type": "integer" } } });
        let kinds = json!([{ "name": "check", "summary": "", "options": options }, { "name": "dig", "summary": "", "options": other }]);
        PluginDescription::parse(&json!({ "name": "acme:codes", "version": "1.0.0", "kinds": kinds }).to_string()).expect("right")
    }

    fn read(own: Json, defaults: Option<Json>) -> Result<Options, Vec<ConfigFault>> {
        let plugin = plugin();
        let kind = plugin.kinds.first().expect("a kind");
        Options::read(&plugin, kind, &own, defaults.as_ref())
    }

    fn faults(own: Json, defaults: Option<Json>) -> String {
        let faults = read(own, defaults).expect_err("wrong");
        let hint = |hint: Option<String>| hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        let one = |fault: ConfigFault| format!("{}: {}{}\n", fault.pointer, fault.message, hint(fault.hint));
        faults.into_iter().map(one).collect()
    }

    #[test]
    fn defaults_are_laid_under() {
        let options = read(json!({ "key": "a" }), Some(json!({ "key": "b", "length": 3, "depth": 1 }))).expect("right");
        assert_eq!(options.filled(&BTreeMap::new()), r#"{"key":"a","length":3}"#);
    }

    #[test]
    fn settings_are_filled_in() {
        let options = read(json!({ "key": "<{setting:secret}> {{minion}}" }), None).expect("right");
        assert!(options.has_holes());
        let settings = BTreeMap::from([("secret".to_owned(), "x\"y".to_owned())]);
        assert_eq!(options.filled(&settings), r#"{"key":"<x\"y> {minion}"}"#);
        assert!(!read(json!({ "key": "plain" }), None).expect("right").has_holes());
    }

    #[test]
    fn faults_have_a_place_and_a_remedy() {
        insta::assert_snapshot!(faults(json!([]), None), @": an object of options is expected here");
        insta::assert_snapshot!(faults(json!({ "kei": "a", "form": "hexx", "length": "3" }), None), @r#"
        /kei: there is no option `kei`; did you mean `key`?
        /form: `hexx` is none of its values; did you mean `hex`?
        /length: an integer is expected here, and this is `"3"`
        : the option `key` is missing; it says: the secret
        "#);
        insta::assert_snapshot!(faults(json!({ "key": "{minion} {uid}", "length": 1.5 }), None), @"
        /length: an integer is expected here, and this is `1.5`
        /key: `{uid}` is nothing that a template can have; did you mean `uuid`?; write `{{uid}}` if it shall stand as it is
        ");
        insta::assert_snapshot!(faults(json!({ "key": "{minion}" }), None), @"/key: `{minion}` is not known here: the options of a plugin's step are the same for all visits; only `{setting:NAME}` can be in it; let a `map` before the step put the rest into its input");
        insta::assert_snapshot!(faults(json!({ "key": "a" }), Some(json!({ "length": true, "dept": 1 }))), @"
        : in the scenario's defaults for `acme:codes`, at `/dept`: there is no option `dept`; did you mean `depth`?
        : in the scenario's defaults for `acme:codes`, at `/length`: an integer is expected here, and this is `true`
        ");
        insta::assert_snapshot!(faults(json!({ "key": "a" }), Some(json!(1))), @": in the scenario's defaults for `acme:codes`: an object of options is expected there");
    }
}
