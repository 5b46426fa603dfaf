//! From a campaign document to one that can be trusted, or to everything that is wrong with it as far as it alone can tell.

use std::collections::BTreeMap;

use super::{CampaignDocument, CampaignScenario};
use crate::document::DOCUMENT_VERSION;
use crate::{Fault, Faults, MaxInFlight, Profile, Schedule, Zones, name_hint};

/// A campaign document whose values make sense; whether its scenarios are in its files is not known yet.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// As it is written.
    pub document: CampaignDocument,
    /// What it changes of each scenario, by name: `document.scenarios`, read.
    pub changes: BTreeMap<String, ScenarioChanges>,
    /// When it is started: `document.schedule`, read.
    pub schedule: Option<Schedule>,
}

impl Campaign {
    /// A fault for each scenario that it names and that is not among these.
    pub fn unknown<'a, N: Iterator<Item = &'a str> + Clone>(&self, names: impl Fn() -> N) -> Vec<Fault> {
        let unknown = self.changes.keys().filter(|name| names().all(|known| known != name.as_str()));
        let fault =
            |name: &String| Fault::new(format!("/scenarios/{name}"), format!("there is no scenario `{name}`"), name_hint(name, names()));
        unknown.map(fault).collect()
    }
}

/// What a campaign changes of a scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScenarioChanges {
    /// How many minions; at least 1.
    pub minions: Option<u64>,
    /// When they start; never a callback of the scenario.
    pub profile: Option<Profile>,
    /// Minions that are under way at a time, at most.
    pub max_in_flight: Option<MaxInFlight>,
    /// Which share each zone gets.
    pub zones: Option<Zones>,
}

/// Checks a campaign document as a whole.
///
/// # Errors
/// All faults, each with its key as a JSON pointer.
pub fn validate_campaign(document: CampaignDocument) -> Result<Campaign, Faults> {
    let mut faults = Vec::new();
    check_head(&document, &mut faults);
    let mut changes = BTreeMap::new();
    for (name, scenario) in &document.scenarios {
        changes.insert(name.clone(), check_changes(&format!("/scenarios/{name}"), scenario, &mut faults));
    }
    let schedule = document.schedule.as_ref().and_then(|schedule| schedule.read("/schedule", &mut faults));
    Faults::unless(faults, Campaign { document, changes, schedule })
}

/// Checks what is to be changed of scenarios; `place` is put before the keys of the faults, as a JSON pointer.
pub fn check_changes(place: &str, scenario: &CampaignScenario, faults: &mut Vec<Fault>) -> ScenarioChanges {
    Scope { place, faults }.changes(scenario)
}

fn check_head(document: &CampaignDocument, faults: &mut Vec<Fault>) {
    let mut fault = |pointer: &str, message: String, hint: &str| faults.push(Fault::new(pointer, message, Some(hint.to_owned())));
    if document.throng != DOCUMENT_VERSION {
        let message = format!("this engine does not know version `{}` of the format", document.throng);
        fault("/throng", message, &format!("write `{DOCUMENT_VERSION}`"));
    }
    if document.files.is_empty() {
        fault("/files", "it is empty".to_owned(), "name at least one component or scenario document");
    }
    if document.key.as_deref() == Some("") {
        fault("/key", "it is empty".to_owned(), "leave it out, and one is made");
    }
    if document.zone.as_deref() == Some("") {
        fault("/zone", "it is empty".to_owned(), "leave it out for an engine without a zone");
    }
    if let Some(speed) = document.speed.filter(|speed| !(*speed > 0.0 && *speed <= 999.0)) {
        fault("/speed", format!("{speed} is no speed factor"), "it is above 0, and 999 at most");
    }
    if let Some(factor) = document.minions_factor.filter(|factor| !(*factor > 0.0 && factor.is_finite())) {
        fault("/minions-factor", format!("{factor} is no factor"), "it is above 0");
    }
    if document.tags.contains_key("") {
        fault("/tags", "there is a tag without a name".to_owned(), "name it");
    }
    for (position, exporter) in document.exporters.iter().enumerate() {
        exporter.check(&format!("/exporters/{position}"), faults);
    }
}

struct Scope<'a> {
    place: &'a str,
    faults: &'a mut Vec<Fault>,
}

impl Scope<'_> {
    fn changes(mut self, scenario: &CampaignScenario) -> ScenarioChanges {
        if let Some(minions) = scenario.minions.filter(|minions| !(1..=u64::from(u32::MAX)).contains(minions)) {
            self.fault("minions", format!("there are {minions} minions"), Some(format!("write a number from 1 to {}", u32::MAX)));
        }
        ScenarioChanges {
            minions: scenario.minions,
            profile: self.profile(scenario),
            max_in_flight: self.max_in_flight(scenario),
            zones: self.zones(scenario),
        }
    }

    fn profile(&mut self, scenario: &CampaignScenario) -> Option<Profile> {
        match Profile::from_json(scenario.profile.as_ref()?) {
            Ok(Profile::User { .. }) => {
                let hint = "write it there, where its callback is";
                self.fault("profile", "a user-defined profile belongs into the scenario".to_owned(), Some(hint.to_owned()));
                None
            }
            Ok(profile) => Some(profile),
            Err(error) => {
                self.fault("profile", error.to_string(), None);
                None
            }
        }
    }

    fn max_in_flight(&mut self, scenario: &CampaignScenario) -> Option<MaxInFlight> {
        let cap = scenario.max_in_flight?;
        if cap.limit == 0 {
            self.fault("max-in-flight/limit", "a limit of 0 lets nobody start".to_owned(), Some("write at least 1".to_owned()));
        }
        Some(MaxInFlight { limit: cap.limit, policy: cap.policy })
    }

    fn zones(&mut self, scenario: &CampaignScenario) -> Option<Zones> {
        let zones = Zones::new(scenario.zones.clone()?);
        zones.map_err(|error| self.fault("zones", error.to_string(), Some("make them add up to 100%".to_owned()))).ok()
    }

    fn fault(&mut self, key: &str, message: String, hint: Option<String>) {
        self.faults.push(Fault::new(format!("{}/{key}", self.place), message, hint));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CampaignFormat, InFlightPolicy, parse_campaign};

    fn validated(json: &str) -> Result<Campaign, Faults> {
        validate_campaign(parse_campaign(json, CampaignFormat::Json).expect(json))
    }

    #[test]
    fn changes_are_read() {
        let campaign = validated(
            r#"{"throng": "0.1", "files": ["a.json"], "scenarios": {"a": {"minions": 5, "profile": "immediate",
                "max-in-flight": {"limit": 2}, "zones": {"north": 25, "south": "75%"}}, "b": {}}}"#,
        )
        .expect("valid");
        assert_eq!(campaign.changes["b"], ScenarioChanges::default());
        let changes = &campaign.changes["a"];
        assert_eq!((changes.minions, &changes.profile), (Some(5), &Some(Profile::Immediate)));
        assert_eq!(changes.max_in_flight, Some(MaxInFlight { limit: 2, policy: InFlightPolicy::Queue }));
        let shares = changes.zones.as_ref().expect("zones").shares(10).map(|share| (share.zone.to_owned(), share.minions));
        assert_eq!(shares.collect::<Vec<_>>(), [("north".to_owned(), 2), ("south".to_owned(), 8)]);
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let faults = validated(
            r#"{"throng": "0.2", "files": [], "key": "", "zone": "", "speed": 1000, "minions-factor": 0, "tags": {"": "x"}, "scenarios": {
                "a": {"minions": 0, "profile": "reglar(1s, 5)", "max-in-flight": {"limit": 0}, "zones": {"north": "60%", "south": "30%"}},
                "b": {"minions": 4294967296, "profile": "user(0)", "zones": {}}}}"#,
        );
        insta::assert_snapshot!(faults.expect_err("faults"), @"
        /throng: this engine does not know version `0.2` of the format; write `0.1`
        /files: it is empty; name at least one component or scenario document
        /key: it is empty; leave it out, and one is made
        /zone: it is empty; leave it out for an engine without a zone
        /speed: 1000 is no speed factor; it is above 0, and 999 at most
        /minions-factor: 0 is no factor; it is above 0
        /tags: there is a tag without a name; name it
        /scenarios/a/minions: there are 0 minions; write a number from 1 to 4294967295
        /scenarios/a/profile: there is no profile `reglar` at column 1; did you mean `regular`?
        /scenarios/a/max-in-flight/limit: a limit of 0 lets nobody start; write at least 1
        /scenarios/a/zones: the zones' percentages add up to 90%; make them add up to 100%
        /scenarios/b/minions: there are 4294967296 minions; write a number from 1 to 4294967295
        /scenarios/b/profile: a user-defined profile belongs into the scenario; write it there, where its callback is
        /scenarios/b/zones: the zones' percentages add up to 0%; make them add up to 100%
        ");
    }
}
