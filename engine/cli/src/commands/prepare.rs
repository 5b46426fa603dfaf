//! From files and the options in force to scenarios that can be run: loaded, pinned, changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use throng_campaign::{Loader, LockMode, PlannedScenario, PluginLock};
use throng_runtime::Resources;

use crate::commands::campaign_file::CampaignFile;
use crate::commands::settings;
use crate::config::InForce;
use crate::engine::{in_file, load, registry, sandbox, step_plugins};
use crate::exit::Failure;

/// What is to be run, and with which options.
pub(crate) struct Asked<'a> {
    pub(crate) files: &'a [PathBuf],
    /// Step plugins, beside those that the campaign names.
    pub(crate) plugins: &'a [PathBuf],
    /// What becomes of the lock of those.
    pub(crate) lock: LockMode,
    pub(crate) in_force: &'a InForce,
    /// Names the files.
    pub(crate) campaign: Option<&'a CampaignFile>,
}

/// Scenarios with all changes in them, and what they need.
pub(crate) struct Prepared {
    pub(crate) scenarios: Vec<PlannedScenario>,
    pub(crate) resources: Resources,
    pub(crate) speed: f64,
}

impl Asked<'_> {
    /// Loads, pins and changes.
    pub(crate) fn prepare(&self) -> Result<Prepared, Failure> {
        let speed = self.in_force.document.speed.unwrap_or(1.0);
        let (scenarios, resources) = self.pinned()?;
        check_unique(&scenarios)?;
        let scenarios = self.changed(scenarios, speed)?;
        Ok(Prepared { scenarios, resources, speed })
    }

    fn pinned(&self) -> Result<(Vec<PlannedScenario>, Resources), Failure> {
        let sandbox = sandbox()?;
        let limits = self.in_force.limits();
        let mut plugins = self.campaign.map(CampaignFile::plugins).unwrap_or_default();
        plugins.extend_from_slice(self.plugins);
        let lock = self.campaign.map_or_else(|| Ok(PluginLock::default()), CampaignFile::lock)?;
        // What is to be locked anew is looked at anew.
        let known = if self.lock == LockMode::Update { &PluginLock::default() } else { &lock };
        let plugins = step_plugins(&plugins, known, &sandbox, &limits)?;
        self.campaign.map_or(Ok(()), |campaign| campaign.keep_lock(&lock, plugins.files(), self.lock))?;
        let registry = plugins.beside(registry());
        let named = self.campaign.map(CampaignFile::files);
        let files = named.as_deref().unwrap_or(self.files);
        let load = |file| load(file, &registry, &sandbox, &limits);
        let loaded: Vec<_> = files.iter().map(|file| load(file).map(|loaded| (file, loaded))).collect::<Result<_, _>>()?;
        let given = settings::of_files(self.in_force, &loaded)?;
        let loader = Loader { registry: &registry, sandbox: &sandbox, limits: limits.clone() };
        let mut resources = Resources { registry: registry.clone(), ..Resources::default() };
        let mut scenarios = Vec::new();
        for ((file, loaded), given) in loaded.iter().zip(&given) {
            let folder = file.parent().unwrap_or(Path::new(""));
            for pinned in loader.pin(loaded, given).map_err(|error| in_file(file, &error))? {
                let planned = PlannedScenario::of_file(&file.display().to_string(), folder, pinned, &mut resources);
                scenarios.extend(
                    planned.into_iter().map(|planned| PlannedScenario { zones: self.in_force.zones(&planned.scenario.name), ..planned }),
                );
            }
        }
        Ok((scenarios, resources))
    }

    /// Every layer's changes in turn. Factor and choice are those of the last layer that says one: they don't add up.
    fn changed(&self, planned: Vec<PlannedScenario>, speed: f64) -> Result<Vec<PlannedScenario>, Failure> {
        let layers = &self.in_force.layers;
        let factor = self.in_force.rank("minions-factor");
        let choice = layers.iter().rposition(|layer| layer.choice().is_some());
        PlannedScenario::changed(planned, |mut scenarios| {
            self.campaign.map_or(Ok(()), |file| file.check_names(&scenarios))?;
            for (rank, layer) in layers.iter().enumerate() {
                let mut overrides = layer.overrides(&scenarios, speed);
                overrides.minions_factor = layer.document.minions_factor.filter(|_| factor == Some(rank));
                overrides.scenario = layer.choice().filter(|_| choice == Some(rank)).unwrap_or_default();
                scenarios = overrides.apply(scenarios).map_err(|error| layer.override_fault(&error))?;
            }
            Ok(scenarios)
        })
    }
}

fn check_unique(scenarios: &[PlannedScenario]) -> Result<(), Failure> {
    let mut seen = BTreeMap::new();
    for planned in scenarios {
        if let Some(other) = seen.insert(&planned.scenario.name, &planned.origin) {
            let message =
                format!("scenario `{}` is in `{other}` and in `{}`; names are unique in a campaign", planned.scenario.name, planned.origin);
            return Err(Failure::bad_input(message));
        }
    }
    Ok(())
}
