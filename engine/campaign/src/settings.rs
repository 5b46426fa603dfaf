//! Settings of a campaign and of single scenarios: each scenario takes what it declares, and a key that nobody declares is a mistake.

use std::collections::BTreeMap;

use throng_model::{Faults, Scenario, name_hint, resolve_settings};

/// A key that no scenario declares.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no scenario declares the setting `{key}`{hint}")]
pub struct UndeclaredSetting {
    /// The key.
    pub key: String,
    /// What was perhaps meant, from a semicolon on.
    pub hint: String,
}

/// What scenarios are given as their settings.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct GivenSettings {
    /// To all that declare them.
    pub common: BTreeMap<String, String>,
    /// To single scenarios, by their names; these win.
    pub each: BTreeMap<String, BTreeMap<String, String>>,
}

impl GivenSettings {
    /// The same for all.
    pub fn common(common: BTreeMap<String, String>) -> Self {
        Self { common, each: BTreeMap::new() }
    }

    /// What one scenario is given of what it declares.
    fn of(&self, scenario: &Scenario) -> BTreeMap<String, String> {
        let own = self.each.get(&scenario.name).into_iter().flatten();
        let all = self.common.iter().chain(own).filter(|(key, _)| scenario.settings.iter().any(|setting| setting.name == **key));
        all.map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

/// Checks that every key that was given is declared by at least one of the campaign's scenarios.
///
/// # Errors
/// The first key that is not.
pub fn check_declared<'a>(
    scenarios: impl IntoIterator<Item = &'a Scenario>,
    given: &BTreeMap<String, String>,
) -> Result<(), UndeclaredSetting> {
    let declared: Vec<_> = scenarios.into_iter().flat_map(|scenario| &scenario.settings).map(|setting| setting.name.as_str()).collect();
    match given.keys().find(|key| !declared.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => {
            let hint = name_hint(key, declared.iter().copied()).map(|hint| format!("; {hint}")).unwrap_or_default();
            Err(UndeclaredSetting { key: key.clone(), hint })
        }
    }
}

/// Scenarios of a document that have the same settings.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SettingsGroup {
    /// Complete with defaults, beside those that the document's other scenarios declare.
    pub settings: BTreeMap<String, String>,
    /// Their names, in the document's order.
    pub scenarios: Vec<String>,
}

/// The settings of each scenario of a document, complete with defaults, under those that the others declare; scenarios whose settings are
/// the same stand together. Keys that nobody declares are left aside.
///
/// # Errors
/// A value is missing or of the wrong type.
pub fn resolve_each(scenarios: &[Scenario], given: &GivenSettings) -> Result<Vec<SettingsGroup>, Faults> {
    let resolve = |scenario: &Scenario| resolve_settings(&scenario.settings, &given.of(scenario));
    let resolved: Vec<_> = scenarios.iter().map(resolve).collect::<Result<_, _>>()?;
    let all: BTreeMap<_, _> = resolved.iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect();
    let mut groups: Vec<SettingsGroup> = Vec::new();
    for (scenario, own) in scenarios.iter().zip(resolved) {
        let mut settings = all.clone();
        // One that it declares and that has no value has none for another's sake either.
        settings.retain(|key, _| scenario.settings.iter().all(|setting| setting.name != *key));
        settings.extend(own);
        match groups.iter_mut().find(|group| group.settings == settings) {
            Some(group) => group.scenarios.push(scenario.name.clone()),
            None => groups.push(SettingsGroup { settings, scenarios: vec![scenario.name.clone()] }),
        }
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use throng_model::{parse_document, validate};
    use throng_plugin_api::Registry;

    use super::*;

    fn scenarios() -> Vec<Scenario> {
        let steps = r#"[{"name": "one", "start": true, "returns": 1}]"#;
        let document = format!(
            r#"{{"throng": "0.1", "scenarios": [
                {{"name": "a", "settings": [{{"name": "shop", "default": "here"}}], "steps": {steps}}},
                {{"name": "b", "settings": [{{"name": "pause", "type": "duration", "required": true}}], "steps": {steps}}}]}}"#
        );
        validate(&parse_document(&document).expect("a document"), &Registry::default()).expect("valid")
    }

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
    }

    fn resolved(common: &[(&str, &str)], each: &[(&str, &[(&str, &str)])]) -> Option<Vec<String>> {
        let each = each.iter().map(|(name, pairs)| ((*name).to_owned(), given(pairs))).collect();
        let groups = resolve_each(&scenarios(), &GivenSettings { common: given(common), each }).ok()?;
        let shown = |group: &SettingsGroup| {
            let settings: Vec<_> = group.settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("{}: {}", group.scenarios.join(" "), settings.join(" "))
        };
        Some(groups.iter().map(shown).collect())
    }

    #[test]
    fn each_scenario_takes_what_it_declares() {
        assert_eq!(check_declared(&scenarios(), &given(&[("pause", "1s")])), Ok(()));
        assert_eq!(resolved(&[("pause", "1s")], &[]), Some(vec!["a b: pause=1s shop=here".to_owned()]));
        assert_eq!(resolved(&[("shop", "there")], &[]), None, "`pause` is required");
    }

    #[test]
    fn a_scenario_can_have_settings_of_its_own() {
        let groups = |groups: &[&str]| Some(groups.iter().map(|group| (*group).to_owned()).collect());
        assert_eq!(resolved(&[], &[("b", &[("pause", "2s")])]), groups(&["a b: pause=2s shop=here"]));
        let common = [("pause", "1s"), ("shop", "there")];
        assert_eq!(resolved(&common, &[("a", &[("shop", "nowhere"), ("pause", "9s")])]), groups(&["a b: pause=1s shop=nowhere"]));
    }

    #[test]
    fn scenarios_with_the_same_setting_can_differ() {
        let steps = r#"[{"name": "one", "start": true, "returns": 1}]"#;
        let settings = r#""settings": [{"name": "shop", "default": "here"}]"#;
        let scenario = |name: &str| format!(r#"{{"name": "{name}", {settings}, "steps": {steps}}}"#);
        let document = format!(r#"{{"throng": "0.1", "scenarios": [{}, {}, {}]}}"#, scenario("a"), scenario("b"), scenario("c"));
        let scenarios = validate(&parse_document(&document).expect("a document"), &Registry::default()).expect("valid");
        let each = BTreeMap::from([("b".to_owned(), given(&[("shop", "there")]))]);
        let groups = resolve_each(&scenarios, &GivenSettings { common: BTreeMap::new(), each }).expect("complete");
        let names: Vec<_> = groups.iter().map(|group| (group.settings["shop"].as_str(), group.scenarios.join(" "))).collect();
        assert_eq!(names, [("here", "a c".to_owned()), ("there", "b".to_owned())]);
    }

    #[test]
    fn a_key_that_nobody_declares_is_named() {
        let error = check_declared(&scenarios(), &given(&[("pausse", "1s")])).expect_err("nobody declares it");
        assert_eq!(error.to_string(), "no scenario declares the setting `pausse`; did you mean `pause`?");
    }
}
