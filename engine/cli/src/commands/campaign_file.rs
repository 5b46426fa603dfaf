//! A campaign document in place of files: what it changes is applied before what the command line changes, so that the command line wins.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::Duration;

use throng_campaign::overrides::{Named, OverrideError, Overrides};
use throng_campaign::{Loaded, UndeclaredSetting};
use throng_measure::HealthLimits;
use throng_model::{
    Campaign, CampaignFormat, CampaignHealth, DurationText, Fault, Faults, Percentage, Scenario, ScenarioChanges, name_hint,
    parse_campaign, resolve_settings, validate_campaign,
};

use crate::arguments;
use crate::engine::in_file;
use crate::exit::Failure;

/// A campaign document that has been read.
pub(crate) struct CampaignFile {
    path: PathBuf,
    pub(crate) campaign: Campaign,
}

/// The campaign document, if that is what the one file is.
pub(crate) fn read(files: &[PathBuf]) -> Result<Option<CampaignFile>, Failure> {
    for file in files {
        // What cannot be read as text is no document; whoever loads it says so.
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        let Some(format) = CampaignFormat::of(file, &text) else { continue };
        if files.len() > 1 {
            return Err(in_file(file, &"a campaign document names its files itself; give it alone"));
        }
        let document = parse_campaign(&text, format).map_err(|error| in_file(file, &error))?;
        let campaign = validate_campaign(document).map_err(|faults| in_file(file, &faults))?;
        return Ok(Some(CampaignFile { path: file.clone(), campaign }));
    }
    Ok(None)
}

impl CampaignFile {
    /// The files that it names, found beside it.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        self.campaign.document.files.iter().map(|file| folder.join(file)).collect()
    }

    /// What it changes, apart from what the command line replaces as a whole: the choice of scenarios, and the factor.
    pub(crate) fn overrides(&self, command_line: &arguments::Overrides, speed: f64) -> Overrides {
        let changes = &self.campaign.changes;
        let chosen = if command_line.scenario.is_empty() { changes.keys().cloned().collect() } else { Vec::new() };
        let factor = self.campaign.document.minions_factor.filter(|_| command_line.minions_factor.is_none());
        Overrides {
            minions: each(changes, |changes| changes.minions),
            minions_factor: factor,
            profile: each(changes, |changes| changes.profile.clone()),
            max_in_flight: each(changes, |changes| changes.max_in_flight),
            speed,
            scenario: chosen,
        }
    }

    /// Checks that the scenarios it names are there.
    pub(crate) fn check_names(&self, scenarios: &[Scenario]) -> Result<(), Failure> {
        let names = || scenarios.iter().map(|scenario| scenario.name.as_str());
        let unknown = self.campaign.changes.keys().filter(|name| names().all(|known| known != name.as_str()));
        let fault =
            |name: &String| Fault::new(format!("/scenarios/{name}"), format!("there is no scenario `{name}`"), name_hint(name, names()));
        Faults::unless(unknown.map(fault).collect(), ()).map_err(|faults| in_file(&self.path, &faults))
    }

    /// Checks the values of its settings that the command line leaves in force: only here it is known that they are this document's.
    pub(crate) fn check_settings<'a>(
        &self,
        loaded: impl Iterator<Item = &'a Loaded>,
        command_line: &arguments::SettingArguments,
    ) -> Result<(), Failure> {
        let declared: Vec<_> = loaded.flat_map(|loaded| &loaded.scenarios).flat_map(|scenario| &scenario.settings).collect();
        let replaced = |key: &str| command_line.settings.iter().any(|(given, _)| given == key);
        for (key, value) in self.campaign.document.settings.iter().filter(|(key, _)| !replaced(key)) {
            let given = BTreeMap::from([(key.clone(), value.0.clone())]);
            for declaration in declared.iter().filter(|declaration| declaration.name == *key) {
                let read = resolve_settings(std::slice::from_ref(*declaration), &given);
                read.map_err(|faults| self.fault(&format!("/settings/{key}"), &faults))?;
            }
        }
        Ok(())
    }

    /// What is wrong with what it says at a JSON pointer.
    pub(crate) fn fault(&self, pointer: &str, error: &dyn Display) -> Failure {
        in_file(&self.path, &format!("{pointer}: {error}"))
    }

    /// What is wrong with one of its changes.
    pub(crate) fn override_fault(&self, error: &OverrideError) -> Failure {
        let pointer = match error {
            OverrideError::Unmatched { pattern: name, .. } | OverrideError::UnknownScenario { name, .. } => format!("/scenarios/{name}"),
            OverrideError::FixedMinions { scenario, .. } | OverrideError::Minions { scenario, .. } => {
                format!("/scenarios/{scenario}/minions")
            }
            // Both have been checked with the document.
            OverrideError::UserProfile | OverrideError::Factor { .. } => format!("/{}", error.option()),
        };
        self.fault(&pointer, error)
    }

    /// What is wrong with a key of its settings, if it is not the command line that says it.
    pub(crate) fn setting_fault(&self, error: &UndeclaredSetting, command_line: &arguments::SettingArguments) -> Option<Failure> {
        let theirs = command_line.settings.iter().any(|(key, _)| *key == error.key);
        (!theirs).then(|| self.fault(&format!("/settings/{}", error.key), error))
    }
}

/// The limits that a campaign says, and the usual ones for the rest.
pub(crate) fn health(given: &CampaignHealth) -> HealthLimits {
    let usual = HealthLimits::default();
    let time = |given: Option<DurationText>, usual| given.map_or(usual, |text| u64::try_from(text.0.as_nanos()).unwrap_or(u64::MAX));
    let share = |given: Option<Percentage>, usual| given.map_or(usual, |share| share.share());
    HealthLimits {
        start_lag_warns: time(given.start_lag_warns, usual.start_lag_warns),
        start_lag_voids: time(given.start_lag_voids, usual.start_lag_voids),
        share_of_response: share(given.share_of_response, usual.share_of_response),
        achieved_starts: share(given.achieved_starts, usual.achieved_starts),
        achieved_starts_voids: share(given.achieved_starts_voids, usual.achieved_starts_voids),
        stall_warns: time(given.stall_warns, usual.stall_warns),
        stall_voids: time(given.stall_voids, usual.stall_voids),
        stall_share: share(given.stall_share, usual.stall_share),
        processor_warns: share(given.processor_warns, usual.processor_warns),
        processor_voids: share(given.processor_voids, usual.processor_voids),
        processor_for: time(given.processor_for, usual.processor_for),
        stolen_warns: share(given.stolen_warns, usual.stolen_warns),
        throttled_warns: share(given.throttled_warns, usual.throttled_warns),
        memory_warns: share(given.memory_warns, usual.memory_warns),
        descriptors_warns: share(given.descriptors_warns, usual.descriptors_warns),
        ports_warns: share(given.ports_warns, usual.ports_warns),
    }
}

/// A duration of the document.
pub(crate) fn time(text: Option<DurationText>) -> Option<Duration> {
    text.map(|text| text.0)
}

fn each<T>(changes: &BTreeMap<String, ScenarioChanges>, change: impl Fn(&ScenarioChanges) -> Option<T>) -> Vec<Named<T>> {
    let named = changes.iter().filter_map(|(name, changes)| Some(Named { scenario: Some(name.clone()), value: change(changes)? }));
    named.collect()
}
