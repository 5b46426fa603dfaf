//! Settings of a whole campaign: each scenario takes what it declares, and a key that nobody declares is a mistake.

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

/// The settings of all scenarios of a document, complete with defaults. Keys that others declare are left aside.
///
/// # Errors
/// A value is missing or of the wrong type.
pub fn resolve_all(scenarios: &[Scenario], given: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Faults> {
    let mut settings = BTreeMap::new();
    for scenario in scenarios {
        let own = |key: &str| scenario.settings.iter().any(|setting| setting.name == key);
        let given = given.iter().filter(|(key, _)| own(key)).map(|(key, value)| (key.clone(), value.clone())).collect();
        settings.extend(resolve_settings(&scenario.settings, &given)?);
    }
    Ok(settings)
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

    #[test]
    fn each_scenario_takes_what_it_declares() {
        let given = given(&[("pause", "1s")]);
        assert_eq!(check_declared(&scenarios(), &given), Ok(()));
        let resolved = resolve_all(&scenarios(), &given).expect("complete");
        assert_eq!(resolved, self::given(&[("pause", "1s"), ("shop", "here")]));
        assert!(resolve_all(&scenarios(), &self::given(&[("shop", "there")])).is_err(), "`pause` is required");
    }

    #[test]
    fn a_key_that_nobody_declares_is_named() {
        let error = check_declared(&scenarios(), &given(&[("pausse", "1s")])).expect_err("nobody declares it");
        assert_eq!(error.to_string(), "no scenario declares the setting `pausse`; did you mean `pause`?");
    }
}
