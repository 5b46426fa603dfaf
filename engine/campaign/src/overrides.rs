//! What a campaign changes against the document: which scenarios run, how many minions, when they start.

use throng_model::{MaxInFlight, Profile, Scenario, name_hint};

/// Changes against the document.
#[derive(Clone, Debug)]
pub struct Overrides {
    /// Minions of every scenario, or of one; the last that fits holds, one with a name before one without.
    pub minions: Vec<Named<u64>>,
    /// Scales minions, stages and rates of every scenario; above 0.
    pub minions_factor: Option<f64>,
    /// When minions start, in place of the document's profile.
    pub profile: Vec<Named<Profile>>,
    /// Minions that are under way at a time, at most, in place of the document's cap.
    pub max_in_flight: Vec<Named<MaxInFlight>>,
    /// The campaign's speed factor, above 0 and up to [`Overrides::MAX_SPEED`].
    pub speed: f64,
    /// Only scenarios whose name matches one of these; all when there is none. `*` and `?` are wildcards.
    pub scenario: Vec<String>,
}

/// A value for all scenarios, or for the one that is named.
#[derive(Clone, Debug)]
pub struct Named<T> {
    /// The scenario; all when none.
    pub scenario: Option<String>,
    /// The value.
    pub value: T,
}

/// A change that cannot be made. [`OverrideError::option`] says what asked for it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OverrideError {
    /// A pattern that no scenario's name matches.
    #[error("no scenario matches `{pattern}`{hint}")]
    Unmatched {
        /// The pattern.
        pattern: String,
        /// What was perhaps meant, from a semicolon on.
        hint: String,
    },
    /// A name that no scenario has.
    #[error("there is no scenario `{name}`{hint}")]
    UnknownScenario {
        /// `minions`, `profile` or `max-in-flight`.
        option: &'static str,
        /// The name.
        name: String,
        /// What was perhaps meant, from a semicolon on.
        hint: String,
    },
    /// A profile that is a callback has no place outside of its scenario.
    #[error("a user-defined profile belongs into the scenario, where its callback is")]
    UserProfile,
    /// The profile itself says how many minions there are.
    #[error("scenario `{scenario}` starts {fixed} minions by its profile `{profile}`; scale it by the minions factor (`--minions-factor`)")]
    FixedMinions {
        /// The scenario.
        scenario: String,
        /// Minions that its profile starts.
        fixed: u64,
        /// The profile.
        profile: String,
    },
    /// Too many minions, or none.
    #[error("scenario `{scenario}` would have {minions} minions; from 1 to {} are possible", u32::MAX)]
    Minions {
        /// The scenario.
        scenario: String,
        /// What was asked for.
        minions: u64,
    },
    /// A factor that is no factor.
    #[error("{factor} is no factor; {allowed}")]
    Factor {
        /// `speed` or `minions-factor`.
        option: &'static str,
        /// What was asked for.
        factor: String,
        /// What is possible.
        allowed: &'static str,
    },
}

impl OverrideError {
    /// What asked for the change: the name of an option, without its dashes.
    pub fn option(&self) -> &'static str {
        match self {
            Self::Unmatched { .. } => "scenario",
            Self::UnknownScenario { option, .. } | Self::Factor { option, .. } => option,
            Self::UserProfile => "profile",
            Self::FixedMinions { .. } | Self::Minions { .. } => "minions",
        }
    }
}

impl Overrides {
    /// The greatest speed factor.
    pub const MAX_SPEED: f64 = 999.0;

    /// Keeps the scenarios that were asked for and applies profile, factor, minions and cap to them. What is applied later wins: a campaign
    /// document's changes come first, the command line's after them.
    ///
    /// # Errors
    /// See [`OverrideError`].
    pub fn apply(&self, scenarios: Vec<Scenario>) -> Result<Vec<Scenario>, OverrideError> {
        self.check_factors()?;
        self.check_names(&scenarios)?;
        let mut chosen = scenarios;
        chosen.retain(|scenario| self.scenario.is_empty() || self.scenario.iter().any(|pattern| is_match(pattern, &scenario.name)));
        for scenario in &mut chosen {
            self.apply_to(scenario)?;
        }
        Ok(chosen)
    }

    fn apply_to(&self, scenario: &mut Scenario) -> Result<(), OverrideError> {
        if let Some(profile) = last_for(&self.profile, &scenario.name) {
            if matches!(profile, Profile::User { .. }) {
                return Err(OverrideError::UserProfile);
            }
            scenario.profile = profile.clone();
        }
        if let Some(cap) = last_for(&self.max_in_flight, &scenario.name) {
            scenario.max_in_flight = Some(*cap);
        }
        if let Some(factor) = self.minions_factor {
            scenario.minions = ((scenario.minions as f64 * factor) as u64).max(1);
            scenario.profile = scenario.profile.scaled(factor);
        }
        match (scenario.profile.fixed_minions(self.speed), last_for(&self.minions, &scenario.name)) {
            (Some(fixed), Some(_)) => {
                let (scenario, profile) = (scenario.name.clone(), scenario.profile.to_string());
                return Err(OverrideError::FixedMinions { scenario, fixed, profile });
            }
            (Some(fixed), None) => scenario.minions = fixed,
            (None, Some(minions)) if *minions == 0 || *minions > u64::from(u32::MAX) => {
                return Err(OverrideError::Minions { scenario: scenario.name.clone(), minions: *minions });
            }
            (None, Some(minions)) => scenario.minions = *minions,
            (None, None) => {}
        }
        Ok(())
    }

    fn check_factors(&self) -> Result<(), OverrideError> {
        let refuse = |option, factor: f64, allowed| Err(OverrideError::Factor { option, factor: factor.to_string(), allowed });
        if !(self.speed > 0.0 && self.speed <= Self::MAX_SPEED) {
            return refuse("speed", self.speed, "it is above 0, and 999 at most");
        }
        match self.minions_factor {
            Some(factor) if !(factor > 0.0 && factor.is_finite()) => refuse("minions-factor", factor, "it is above 0"),
            _ => Ok(()),
        }
    }

    fn check_names(&self, scenarios: &[Scenario]) -> Result<(), OverrideError> {
        let named = names_of("minions", &self.minions)
            .chain(names_of("profile", &self.profile))
            .chain(names_of("max-in-flight", &self.max_in_flight));
        let known = |name: &str| scenarios.iter().any(|scenario| scenario.name == name);
        if let Some((option, name)) = named.into_iter().find(|(_, name)| !known(name)) {
            return Err(OverrideError::UnknownScenario { option, name: name.to_owned(), hint: hint(name, scenarios) });
        }
        let matched = |pattern: &str| scenarios.iter().any(|scenario| is_match(pattern, &scenario.name));
        match self.scenario.iter().find(|pattern| !matched(pattern)) {
            Some(pattern) => Err(OverrideError::Unmatched { pattern: pattern.clone(), hint: hint(pattern, scenarios) }),
            None => Ok(()),
        }
    }
}

fn names_of<'a, T>(option: &'static str, given: &'a [Named<T>]) -> impl Iterator<Item = (&'static str, &'a str)> {
    given.iter().filter_map(move |named| named.scenario.as_deref().map(|name| (option, name)))
}

fn hint(name: &str, scenarios: &[Scenario]) -> String {
    name_hint(name, scenarios.iter().map(|scenario| scenario.name.as_str())).map(|hint| format!("; {hint}")).unwrap_or_default()
}

impl Default for Overrides {
    /// Changes nothing.
    fn default() -> Self {
        Self { minions: Vec::new(), minions_factor: None, profile: Vec::new(), max_in_flight: Vec::new(), speed: 1.0, scenario: Vec::new() }
    }
}

fn last_for<'a, T>(given: &'a [Named<T>], scenario: &str) -> Option<&'a T> {
    let named = given.iter().rev().find(|named| named.scenario.as_deref() == Some(scenario));
    named.or_else(|| given.iter().rev().find(|named| named.scenario.is_none())).map(|named| &named.value)
}

fn is_match(pattern: &str, name: &str) -> bool {
    matches(pattern.as_bytes(), name.as_bytes())
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
    use throng_model::{InFlightPolicy, parse_document, validate};
    use throng_plugin_api::Registry;

    use super::*;

    /// `checkout` with 10 minions, `browse` with a profile that fixes their number: 20.
    fn scenarios() -> Vec<Scenario> {
        let steps = r#"[{"name": "one", "start": true, "returns": 1}]"#;
        let document = format!(
            r#"{{"throng": "0.1", "scenarios": [{{"name": "checkout", "minions": 10, "profile": "immediate", "steps": {steps}}},
                {{"name": "browse", "profile": "rate(10, 2s)", "steps": {steps}}}]}}"#
        );
        validate(&parse_document(&document).expect("a document"), &Registry::default()).expect("valid")
    }

    fn all<T>(value: T) -> Vec<Named<T>> {
        vec![Named { scenario: None, value }]
    }

    fn only<T>(scenario: &str, value: T) -> Vec<Named<T>> {
        vec![Named { scenario: Some(scenario.into()), value }]
    }

    /// Name, minions and profile of each, or what is wrong.
    fn applied(overrides: &Overrides) -> Vec<String> {
        match overrides.apply(scenarios()) {
            Ok(scenarios) => scenarios.iter().map(|one| format!("{} {} {}", one.name, one.minions, one.profile)).collect(),
            Err(error) => vec![format!("{}: {error}", error.option())],
        }
    }

    #[test]
    fn without_changes_profiles_say_the_number_where_they_fix_it() {
        assert_eq!(applied(&Overrides::default()), ["checkout 10 immediate", "browse 20 rate(10, 2s)"]);
    }

    #[test]
    fn the_last_that_fits_holds_and_names_come_first() {
        let minions = [only("checkout", 5), all(7), all(8)].concat();
        let profile = all("immediate".parse().expect("a profile"));
        let overrides = Overrides { minions, profile, ..Overrides::default() };
        assert_eq!(applied(&overrides), ["checkout 5 immediate", "browse 8 immediate"]);
    }

    #[test]
    fn a_factor_scales_minions_and_rates() {
        let overrides = Overrides { minions_factor: Some(2.5), ..Overrides::default() };
        assert_eq!(applied(&overrides), ["checkout 25 immediate", "browse 50 rate(25, 2s)"]);
    }

    #[test]
    fn a_cap_takes_the_place_of_the_documents() {
        let drop = |limit| MaxInFlight { limit, policy: InFlightPolicy::Drop };
        let overrides = Overrides { max_in_flight: [only("browse", drop(2)), all(drop(5))].concat(), ..Overrides::default() };
        let caps = overrides.apply(scenarios()).expect("valid").into_iter().map(|scenario| scenario.max_in_flight);
        assert_eq!(caps.collect::<Vec<_>>(), [Some(drop(5)), Some(drop(2))]);
    }

    #[test]
    fn what_is_applied_later_wins() {
        // A campaign document's 5 minions are what a factor of the command line scales; its profile may be replaced by one that fixes them.
        let campaign = Overrides {
            minions: only("checkout", 5),
            profile: only("browse", "immediate".parse().expect("a profile")),
            ..Overrides::default()
        };
        let factor = Overrides { minions_factor: Some(0.5), ..Overrides::default() };
        let curve = Overrides { profile: only("checkout", "rate(3, 1s)".parse().expect("a profile")), ..Overrides::default() };
        let after = |later: &Overrides| {
            let scenarios = later.apply(campaign.apply(scenarios()).expect("valid")).expect("valid");
            scenarios.iter().map(|one| format!("{} {}", one.name, one.minions)).collect::<Vec<_>>()
        };
        assert_eq!(after(&factor), ["checkout 2", "browse 10"]);
        assert_eq!(after(&curve), ["checkout 3", "browse 20"]);
    }

    #[test]
    fn scenarios_are_chosen_by_pattern() {
        let overrides = Overrides { scenario: vec!["b*".into()], ..Overrides::default() };
        assert_eq!(applied(&overrides), ["browse 20 rate(10, 2s)"]);
    }

    #[test]
    fn what_cannot_be_is_said_with_its_option() {
        let user = Profile::User { callback: throng_model::CallbackNumber(0) };
        let refused = [
            Overrides { minions: all(5), ..Overrides::default() },
            Overrides { minions: only("chekout", 5), ..Overrides::default() },
            Overrides { minions: only("checkout", 0), ..Overrides::default() },
            Overrides { max_in_flight: only("browze", MaxInFlight { limit: 1, policy: InFlightPolicy::Stop }), ..Overrides::default() },
            Overrides { profile: all(user), ..Overrides::default() },
            Overrides { scenario: vec!["x*".into()], ..Overrides::default() },
            Overrides { speed: f64::NAN, ..Overrides::default() },
            Overrides { minions_factor: Some(0.0), ..Overrides::default() },
        ];
        let said: Vec<_> = refused.iter().flat_map(applied).collect();
        insta::assert_snapshot!(said.join("\n"), @"
        minions: scenario `browse` starts 20 minions by its profile `rate(10, 2s)`; scale it by the minions factor (`--minions-factor`)
        minions: there is no scenario `chekout`; did you mean `checkout`?
        minions: scenario `checkout` would have 0 minions; from 1 to 4294967295 are possible
        max-in-flight: there is no scenario `browze`; did you mean `browse`?
        profile: a user-defined profile belongs into the scenario, where its callback is
        scenario: no scenario matches `x*`; possible: `checkout`, `browse`
        speed: NaN is no factor; it is above 0, and 999 at most
        minions-factor: 0 is no factor; it is above 0
        ");
    }

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
            assert_eq!(is_match(pattern, name), expected, "{pattern} {name}");
        }
    }
}
