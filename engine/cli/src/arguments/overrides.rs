//! What is changed against documents, for `run` and `plan`.

use clap::Args;
use throng_campaign::overrides::{self, Named};
use throng_model::{InFlightPolicy, MaxInFlight, Profile, name_hint};

use super::values::{factor, speed};

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
}

impl Overrides {
    /// The changes, at the campaign's speed.
    pub(crate) fn at_speed(&self, speed: f64) -> overrides::Overrides {
        overrides::Overrides {
            minions: self.minions.clone(),
            minions_factor: self.minions_factor,
            profile: self.profile.clone(),
            max_in_flight: self.max_in_flight.clone(),
            speed,
            scenario: self.scenario.clone(),
        }
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
