//! The settings in force for each file, and what is wrong with those that are said.

use std::collections::BTreeMap;
use std::path::PathBuf;

use throng_campaign::{GivenSettings, Loaded, check_declared};
use throng_model::{Scenario, SettingDeclaration, SettingText, nearest, resolve_settings};

use crate::config::{InForce, Layer, Origin};
use crate::exit::Failure;

/// A value, and who says it where.
struct Given<'a> {
    value: &'a str,
    layer: &'a Layer,
    path: Vec<String>,
}

/// The settings of each file's scenarios, in their order: what a later layer says wins, and in one layer what it says of the scenario.
pub(super) fn of_files(in_force: &InForce, loaded: &[(&PathBuf, Loaded)]) -> Result<Vec<GivenSettings>, Failure> {
    let scenarios = || loaded.iter().flat_map(|(_, loaded)| &loaded.scenarios);
    for layer in &in_force.layers {
        let said = layer.document.settings.iter().map(|(key, value)| (key.clone(), value.0.clone())).collect();
        if layer.origin.is_of_this_run() {
            let at = |key: &str| ["settings", key].map(str::to_owned);
            check_declared(scenarios(), &said).map_err(|error| layer.origin.fault(&at(&error.key), &error))?;
            check_own(layer, scenarios())?;
        } else {
            warn_of_typos(layer, &said, scenarios().flat_map(|scenario| &scenario.settings));
        }
    }
    loaded.iter().map(|(_, loaded)| of_file(in_force, loaded)).collect()
}

/// What is said of one scenario is what that one declares.
fn check_own<'a>(layer: &Layer, scenarios: impl Iterator<Item = &'a Scenario>) -> Result<(), Failure> {
    for scenario in scenarios {
        let Some(changes) = layer.document.scenarios.get(&scenario.name) else { continue };
        let said = changes.settings.iter().map(|(key, value)| (key.clone(), value.0.clone())).collect();
        let at = |key: &str| ["scenarios", &scenario.name, "settings", key].map(str::to_owned);
        check_declared([scenario], &said).map_err(|error| layer.origin.fault(&at(&error.key), &error))?;
    }
    Ok(())
}

fn of_file(in_force: &InForce, loaded: &Loaded) -> Result<GivenSettings, Failure> {
    let of_scenario = |scenario: &Scenario| of_scenario(in_force, scenario).map(|settings| (scenario.name.clone(), settings));
    let each = loaded.scenarios.iter().map(of_scenario).collect::<Result<_, _>>()?;
    Ok(GivenSettings { each, ..GivenSettings::default() })
}

fn of_scenario(in_force: &InForce, scenario: &Scenario) -> Result<BTreeMap<String, String>, Failure> {
    let mut given = BTreeMap::new();
    for layer in &in_force.layers {
        collect(&mut given, layer, &["settings"], &layer.document.settings);
        if let Some(changes) = layer.document.scenarios.get(&scenario.name) {
            collect(&mut given, layer, &["scenarios", &scenario.name, "settings"], &changes.settings);
        }
    }
    for declaration in &scenario.settings {
        given.get(declaration.name.as_str()).map_or(Ok(()), |given| check_value(declaration, given))?;
    }
    Ok(given.into_iter().map(|(key, given)| (key.to_owned(), given.value.to_owned())).collect())
}

fn collect<'a>(given: &mut BTreeMap<&'a str, Given<'a>>, layer: &'a Layer, at: &[&str], settings: &'a BTreeMap<String, SettingText>) {
    for (key, value) in settings {
        let path = at.iter().chain([&key.as_str()]).map(|key| (*key).to_owned()).collect();
        given.insert(key, Given { value: &value.0, layer, path });
    }
}

/// What the command line says is told with the file that declares it.
fn check_value(declaration: &SettingDeclaration, given: &Given<'_>) -> Result<(), Failure> {
    if matches!(given.layer.origin, Origin::CommandLine) {
        return Ok(());
    }
    let alone = BTreeMap::from([(declaration.name.clone(), given.value.to_owned())]);
    let read = resolve_settings(std::slice::from_ref(declaration), &alone);
    read.map(drop).map_err(|faults| given.layer.origin.fault(&given.path, &faults))
}

/// Who speaks of all scenarios that there may be need not speak of these; but what is nearly one of theirs is most likely meant for them.
fn warn_of_typos<'a>(layer: &Layer, said: &BTreeMap<String, String>, declared: impl Iterator<Item = &'a SettingDeclaration>) {
    let declared: Vec<_> = declared.map(|setting| setting.name.as_str()).collect();
    for key in said.keys().filter(|key| !declared.contains(&key.as_str())) {
        if let Some(near) = nearest(key, declared.iter().copied()) {
            let place = layer.origin.place(&["settings", key].map(str::to_owned));
            tracing::warn!("{place}: no scenario of this run declares the setting `{key}`; did you mean `{near}`?");
        }
    }
}
