//! What is changed against documents, for `run` and `plan`.

use clap::Args;
use serde_json::Value as Json;
use throng_campaign::overrides::Named;
use throng_model::{InFlightPolicy, MaxInFlight, MaxInFlightDocument, Profile, SettingText, name_hint};

use super::values::{factor, speed};
use super::{LimitArguments, SettingArguments};
use crate::config::{ConfigDocument, ConfigScenario};

/// What is changed against the document.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Overrides {
    /// Minions of every scenario, or of one: `500`, `checkout=500`
    #[arg(short, long, value_name = "N|NAME=N", value_parser = minions)]
    pub(crate) minions: Vec<Named<u64>>,

    /// Scale the minions, stages and rates of every scenario
    #[arg(long, value_name = "FACTOR", value_parser = factor)]
    pub(crate) minions_factor: Option<f64>,

    /// When minions start, in place of the document's profile: `regular(1s, 50)`, `checkout=rate(100, 1m)`
    #[arg(long, value_name = "PROFILE", value_parser = profile)]
    pub(crate) profile: Vec<Named<Profile>>,

    /// Minions under way at a time, at most, of every scenario or of one; POLICY is `queue` (the default), `drop` or `stop`: `500`,
    /// `checkout=500:drop`
    #[arg(long, value_name = "N[:POLICY]|NAME=N[:POLICY]", value_parser = max_in_flight)]
    pub(crate) max_in_flight: Vec<Named<MaxInFlight>>,

    /// The campaign's speed factor, above 0 and up to 999 [default: 1]
    #[arg(long, value_name = "FACTOR", value_parser = speed)]
    pub(crate) speed: Option<f64>,

    /// Only scenarios whose name matches; `*` and `?` are wildcards
    #[arg(long, value_name = "PATTERN")]
    pub(crate) scenario: Vec<String>,

    /// Of all random draws; drawn from the clock when not given, and printed
    #[arg(long)]
    pub(crate) seed: Option<u64>,

    /// What a preset of `throng.toml` changes, below the options here
    #[arg(long, value_name = "NAME")]
    pub(crate) preset: Option<String>,
}

impl Overrides {
    /// What is said, with settings and limits, as the configuration says it.
    pub(crate) fn document(&self, settings: &SettingArguments, limits: &LimitArguments) -> ConfigDocument {
        let texts = |pairs: &[(String, String)]| pairs.iter().map(|(key, value)| (key.clone(), SettingText(value.clone()))).collect();
        let cap = |cap: MaxInFlight| MaxInFlightDocument { limit: cap.limit, policy: cap.policy };
        let profile = |profile: &Profile| Json::String(profile.to_string());
        let mut document = ConfigDocument {
            minions_factor: self.minions_factor,
            speed: self.speed,
            scenario: Some(self.scenario.clone()).filter(|patterns| !patterns.is_empty()),
            seed: self.seed,
            settings: texts(&settings.settings),
            limits: texts(&limits.limits),
            ..ConfigDocument::default()
        };
        // Of several for the same scenarios the last holds.
        for Named { scenario, value } in &self.minions {
            *of(&mut document, scenario.as_deref(), |all| &mut all.minions, |one| &mut one.minions) = Some(*value);
        }
        for Named { scenario, value } in &self.profile {
            *of(&mut document, scenario.as_deref(), |all| &mut all.profile, |one| &mut one.profile) = Some(profile(value));
        }
        for Named { scenario, value } in &self.max_in_flight {
            *of(&mut document, scenario.as_deref(), |all| &mut all.max_in_flight, |one| &mut one.max_in_flight) = Some(cap(*value));
        }
        document
    }
}

/// The place of a value for all scenarios, or for the one that is named.
fn of<'a, T>(
    document: &'a mut ConfigDocument,
    scenario: Option<&str>,
    all: impl FnOnce(&'a mut ConfigDocument) -> &'a mut T,
    one: impl FnOnce(&'a mut ConfigScenario) -> &'a mut T,
) -> &'a mut T {
    match scenario {
        None => all(document),
        Some(name) => one(document.scenarios.entry(name.to_owned()).or_default()),
    }
}

/// `VALUE` for all scenarios, `NAME=VALUE` for one.
fn named(text: &str) -> (Option<String>, &str) {
    match text.split_once('=') {
        Some((name, value)) => (Some(name.to_owned()), value),
        None => (None, text),
    }
}

fn minions(text: &str) -> Result<Named<u64>, String> {
    let (scenario, number) = named(text);
    let value: u64 = whole(number)?;
    if value == 0 || value > u64::from(u32::MAX) {
        return Err(format!("must be from 1 to {}", u32::MAX));
    }
    Ok(Named { scenario, value })
}

fn max_in_flight(text: &str) -> Result<Named<MaxInFlight>, String> {
    let (scenario, cap) = named(text);
    let (limit, policy) = cap.split_once(':').map_or((cap, None), |(limit, policy)| (limit, Some(policy)));
    let limit = whole(limit)?;
    if limit == 0 {
        return Err("a limit of 0 lets nobody start; write at least 1".to_owned());
    }
    let policy = match policy {
        None | Some("queue") => InFlightPolicy::Queue,
        Some("drop") => InFlightPolicy::Drop,
        Some("stop") => InFlightPolicy::Stop,
        Some(other) => {
            let hint = name_hint(other, ["queue", "drop", "stop"]).unwrap_or_default();
            return Err(format!("there is no policy `{other}`; {hint}"));
        }
    };
    Ok(Named { scenario, value: MaxInFlight { limit, policy } })
}

fn whole(number: &str) -> Result<u64, String> {
    number.replace('_', "").parse().map_err(|_| format!("`{number}` is not a whole number"))
}

fn profile(text: &str) -> Result<Named<Profile>, String> {
    let named = text.split_once('=').filter(|(name, _)| !name.contains('('));
    let (scenario, written) = match named {
        Some((name, written)) => (Some(name.to_owned()), written),
        None => (None, text),
    };
    let value = written.parse().map_err(|error: throng_model::ProfileError| error.to_string())?;
    Ok(Named { scenario, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minions_are_for_all_or_for_one() {
        assert!(minions("0").is_err() && minions("x=").is_err() && minions("9999999999").is_err());
        let one = minions("checkout=1_000").expect("valid");
        assert_eq!((one.scenario.as_deref(), one.value), (Some("checkout"), 1000));
    }

    #[test]
    fn a_cap_has_a_limit_and_a_policy() {
        let check = |text: &str, scenario: Option<&str>, limit, policy| {
            let cap = max_in_flight(text).expect(text);
            assert_eq!((cap.scenario.as_deref(), cap.value), (scenario, MaxInFlight { limit, policy }), "{text}");
        };
        check("500", None, 500, InFlightPolicy::Queue);
        check("1_000:stop", None, 1000, InFlightPolicy::Stop);
        check("checkout=5:drop", Some("checkout"), 5, InFlightPolicy::Drop);
        let refused = ["0", "five", "5:dorp", "checkout=", "5:"].map(|text| max_in_flight(text).expect_err(text));
        insta::assert_snapshot!(refused.join("\n"), @"
        a limit of 0 lets nobody start; write at least 1
        `five` is not a whole number
        there is no policy `dorp`; did you mean `drop`?
        `` is not a whole number
        there is no policy ``; possible: `queue`, `drop`, `stop`
        ");
    }
}
