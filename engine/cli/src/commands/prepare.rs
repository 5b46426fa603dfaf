//! From files, a campaign document and the command line to scenarios that can be run: loaded, pinned, changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use throng_campaign::{Loaded, Loader, PlannedScenario, check_declared};
use throng_model::Scenario;
use throng_runtime::Resources;

use crate::arguments::{LimitArguments, Overrides, SettingArguments};
use crate::commands::campaign_file::CampaignFile;
use crate::engine::{in_file, load, registry, sandbox};
use crate::exit::Failure;

/// What is to be run, and with which changes.
pub(crate) struct Asked<'a> {
    pub(crate) files: &'a [PathBuf],
    pub(crate) overrides: &'a Overrides,
    pub(crate) settings: &'a SettingArguments,
    pub(crate) limits: &'a LimitArguments,
    /// Names the files, and what is changed before all that the command line changes.
    pub(crate) campaign: Option<&'a CampaignFile>,
}

/// Scenarios with all changes in them, and what they need.
pub(crate) struct Prepared {
    pub(crate) scenarios: Vec<PlannedScenario>,
    pub(crate) resources: Resources,
    pub(crate) speed: f64,
    pub(crate) seed: Option<u64>,
}

impl Asked<'_> {
    /// Loads, pins and changes.
    pub(crate) fn prepare(&self) -> Result<Prepared, Failure> {
        let document = self.campaign.map(|file| &file.campaign.document);
        let speed = self.overrides.speed.or(document.and_then(|document| document.speed)).unwrap_or(1.0);
        let seed = self.overrides.seed.or(document.and_then(|document| document.seed));
        let (scenarios, resources) = self.pinned()?;
        check_unique(&scenarios)?;
        let scenarios = self.changed(scenarios, speed)?;
        Ok(Prepared { scenarios, resources, speed, seed })
    }

    fn pinned(&self) -> Result<(Vec<PlannedScenario>, Resources), Failure> {
        let registry = registry();
        let sandbox = sandbox()?;
        let limits = self.limits.limits();
        let named = self.campaign.map(CampaignFile::files);
        let files = named.as_deref().unwrap_or(self.files);
        let load = |file| load(file, &registry, &sandbox, &limits);
        let loaded: Vec<_> = files.iter().map(|file| load(file).map(|loaded| (file, loaded))).collect::<Result<_, _>>()?;
        let given = self.settings(&loaded)?;
        let loader = Loader { registry: &registry, sandbox: &sandbox, limits: limits.clone() };
        let mut resources = Resources { registry: registry.clone(), ..Resources::default() };
        let mut scenarios = Vec::new();
        for (file, loaded) in &loaded {
            let (pinned, settings) = loader.pin(loaded, &given).map_err(|error| in_file(file, &error))?;
            let program = pinned.program().map(|(digest, program)| {
                resources.programs.insert(digest.clone(), program);
                digest
            });
            for scenario in pinned.scenarios {
                scenarios.push(PlannedScenario {
                    origin: file.display().to_string(),
                    folder: file.parent().map(Path::to_path_buf).unwrap_or_default(),
                    document: pinned.document.clone(),
                    zones: self.campaign.and_then(|file| file.campaign.changes.get(&scenario.name)?.zones.clone()),
                    scenario,
                    program: program.clone(),
                    settings: settings.clone(),
                });
            }
        }
        Ok((scenarios, resources))
    }

    /// The settings in force: of two values the command line's, of two there the last.
    fn settings(&self, loaded: &[(&PathBuf, Loaded)]) -> Result<BTreeMap<String, String>, Failure> {
        let document = self.campaign.iter().flat_map(|file| &file.campaign.document.settings);
        let document = document.map(|(key, value)| (key.clone(), value.0.clone()));
        let given = document.chain(self.settings.settings.iter().cloned()).collect();
        check_declared(loaded.iter().flat_map(|(_, loaded)| &loaded.scenarios), &given)
            .map_err(|error| self.campaign.and_then(|file| file.setting_fault(&error, self.settings)).unwrap_or_else(|| error.into()))?;
        if let Some(file) = self.campaign {
            file.check_settings(loaded.iter().map(|(_, loaded)| loaded), self.settings)?;
        }
        Ok(given)
    }

    fn changed(&self, planned: Vec<PlannedScenario>, speed: f64) -> Result<Vec<PlannedScenario>, Failure> {
        let mut scenarios: Vec<Scenario> = planned.iter().map(|planned| planned.scenario.clone()).collect();
        if let Some(file) = self.campaign {
            file.check_names(&scenarios)?;
            scenarios = file.overrides(self.overrides, speed).apply(scenarios).map_err(|error| file.override_fault(&error))?;
        }
        let scenarios = self.overrides.at_speed(speed).apply(scenarios)?;
        let mut planned: BTreeMap<_, _> = planned.into_iter().map(|planned| (planned.scenario.name.clone(), planned)).collect();
        let with = |scenario: Scenario| planned.remove(&scenario.name).map(|planned| PlannedScenario { scenario, ..planned });
        Ok(scenarios.into_iter().filter_map(with).collect())
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
