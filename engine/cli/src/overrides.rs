//! Applies what the command line changes against the document.

use throng_model::{Profile, Scenario, name_hint};

use crate::arguments::{Named, Overrides};
use crate::exit::Failure;

/// Keeps the scenarios that were asked for and applies minions, factor and profile to them.
pub(crate) fn apply(scenarios: Vec<Scenario>, overrides: &Overrides) -> Result<Vec<Scenario>, Failure> {
    check_names(&scenarios, overrides)?;
    let mut chosen: Vec<_> = scenarios.into_iter().filter(|scenario| is_chosen(&scenario.name, &overrides.scenario)).collect();
    for scenario in &mut chosen {
        apply_to(scenario, overrides)?;
    }
    Ok(chosen)
}

fn apply_to(scenario: &mut Scenario, overrides: &Overrides) -> Result<(), Failure> {
    if let Some(profile) = last_for(&overrides.profile, &scenario.name) {
        if matches!(profile, Profile::User { .. }) {
            let message = "--profile: a user-defined profile belongs into the scenario, where its callback is";
            return Err(Failure::bad_input(message));
        }
        scenario.profile = profile.clone();
    }
    if let Some(factor) = overrides.minions_factor {
        scenario.minions = ((scenario.minions as f64 * factor) as u64).max(1);
        scenario.profile = scenario.profile.scaled(factor);
    }
    let minions = last_for(&overrides.minions, &scenario.name);
    match (scenario.profile.fixed_minions(overrides.speed), minions) {
        (Some(fixed), Some(_)) => {
            let message = format!(
                "--minions: scenario `{}` starts {fixed} minions by its profile `{}`; use `--minions-factor` to scale it",
                scenario.name, scenario.profile
            );
            Err(Failure::bad_input(message))
        }
        (Some(fixed), None) => {
            scenario.minions = fixed;
            Ok(())
        }
        (None, Some(minions)) => {
            scenario.minions = *minions;
            Ok(())
        }
        (None, None) => Ok(()),
    }
}

fn last_for<'a, T>(given: &'a [Named<T>], scenario: &str) -> Option<&'a T> {
    let named = given.iter().rev().find(|named| named.scenario.as_deref() == Some(scenario));
    named.or_else(|| given.iter().rev().find(|named| named.scenario.is_none())).map(|named| &named.value)
}

fn check_names(scenarios: &[Scenario], overrides: &Overrides) -> Result<(), Failure> {
    let given = overrides.minions.iter().filter_map(|named| named.scenario.as_deref().map(|name| ("--minions", name)));
    let profiles = overrides.profile.iter().filter_map(|named| named.scenario.as_deref().map(|name| ("--profile", name)));
    for (option, name) in given.chain(profiles) {
        if !scenarios.iter().any(|scenario| scenario.name == name) {
            let hint = name_hint(name, scenarios.iter().map(|scenario| scenario.name.as_str()));
            let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            return Err(Failure::bad_input(format!("{option}: there is no scenario `{name}`{hint}")));
        }
    }
    let unmatched = |pattern: &&String| !scenarios.iter().any(|scenario| matches(pattern.as_bytes(), scenario.name.as_bytes()));
    if let Some(pattern) = overrides.scenario.iter().find(unmatched) {
        let hint = name_hint(pattern, scenarios.iter().map(|scenario| scenario.name.as_str()));
        let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        return Err(Failure::bad_input(format!("--scenario: no scenario matches `{pattern}`{hint}")));
    }
    Ok(())
}

fn is_chosen(name: &str, patterns: &[String]) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern.as_bytes(), name.as_bytes()))
}

/// `*` stands for any text, `?` for one character; names are ASCII.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => matches(rest, name) || name.split_first().is_some_and(|(_, shorter)| matches(pattern, shorter)),
        (Some((b'?', rest)), Some((_, shorter))) => matches(rest, shorter),
        (Some((wanted, rest)), Some((found, shorter))) => wanted == found && matches(rest, shorter),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        for (pattern, name, expected) in [
            ("*", "checkout", true),
            ("check*", "checkout", true),
            ("*out", "checkout", true),
            ("c?eckout", "checkout", true),
            ("check", "checkout", false),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
    }
}
