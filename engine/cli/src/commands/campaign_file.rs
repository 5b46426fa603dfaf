//! A campaign document in place of files: the files that it names, and what it says of the campaign.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use throng_measure::HealthLimits;
use throng_model::{
    Campaign, CampaignFormat, CampaignHealth, DurationText, ExporterDocument, Fault, Faults, Percentage, Scenario, name_hint,
    parse_campaign, validate_campaign,
};

use crate::config::{Layer, Origin};
use crate::engine::in_file;
use crate::exit::Failure;

/// A campaign document that has been read.
pub(crate) struct CampaignFile {
    path: PathBuf,
    campaign: Campaign,
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
        let folder = self.folder();
        self.campaign.document.files.iter().map(|file| folder.join(file)).collect()
    }

    /// Where its relative paths begin.
    pub(crate) fn folder(&self) -> PathBuf {
        self.path.parent().map(Path::to_path_buf).unwrap_or_default()
    }

    /// What is to be exported.
    pub(crate) fn exporters(&self) -> &[ExporterDocument] {
        &self.campaign.document.exporters
    }

    /// What is wrong with what it says at a JSON pointer.
    pub(crate) fn fault(&self, pointer: &str, error: &dyn Display) -> Failure {
        in_file(&self.path, &format!("{pointer}: {error}"))
    }

    /// The campaign's key, if it has one.
    pub(crate) fn key(&self) -> Option<String> {
        self.campaign.document.key.clone()
    }

    /// What it says, to be laid over the configuration.
    pub(crate) fn layer(&self) -> Result<Layer, Failure> {
        Layer::checked(Origin::Campaign(self.path.clone()), self.campaign.document.clone().into())
    }

    /// Checks that the scenarios it names are there.
    pub(crate) fn check_names(&self, scenarios: &[Scenario]) -> Result<(), Failure> {
        let names = || scenarios.iter().map(|scenario| scenario.name.as_str());
        let unknown = self.campaign.changes.keys().filter(|name| names().all(|known| known != name.as_str()));
        let fault =
            |name: &String| Fault::new(format!("/scenarios/{name}"), format!("there is no scenario `{name}`"), name_hint(name, names()));
        Faults::unless(unknown.map(fault).collect(), ()).map_err(|faults| in_file(&self.path, &faults))
    }
}

/// The limits that are said, and the usual ones for the rest.
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
