//! A campaign document in place of files: the files that it names, and what it says of the campaign.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use throng_campaign::{LockMode, PluginLock};
use throng_measure::PluginFacts;
use throng_model::{Campaign, CampaignFormat, ExporterDocument, Faults, Scenario, parse_campaign, validate_campaign};

use crate::commands::report_files::write_whole;
use crate::config::{Layer, Origin};
use crate::engine::in_file;
use crate::exit::Failure;
use crate::plugin_store::as_url;

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

/// What `throng.lock` in a folder says.
pub(crate) fn read_lock(folder: &Path) -> Result<PluginLock, Failure> {
    let path = PluginLock::path(folder);
    PluginLock::read(&path).map_err(|error| in_file(&path, &error))
}

/// Compares plugins, as a document in a folder names them, with the folder's lock, and writes there what is new.
pub(crate) fn keep_lock(lock: &PluginLock, folder: &Path, found: &[(String, PluginFacts)], mode: LockMode) -> Result<(), Failure> {
    let path = PluginLock::path(folder);
    let Some(changed) = lock.compare(found, mode).map_err(|error| in_file(&path, &error))? else { return Ok(()) };
    write_whole(&path, changed.to_text()).map_err(|error| in_file(&path, &format!("cannot be written: {error}")))?;
    eprintln!("locked the plugins in `{}`: keep it with the project", path.display());
    Ok(())
}

impl CampaignFile {
    /// The files that it names, found beside it.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let folder = self.folder();
        self.campaign.document.files.iter().map(|file| folder.join(file)).collect()
    }

    /// The step plugins that it names, found beside it.
    pub(crate) fn plugins(&self) -> Vec<PathBuf> {
        let folder = self.folder();
        let found = |plugin: &String| as_url(Path::new(plugin)).map_or_else(|| folder.join(plugin), PathBuf::from);
        self.campaign.document.plugins.iter().map(found).collect()
    }

    /// What `throng.lock` beside it says of the plugins that it names.
    pub(crate) fn lock(&self) -> Result<PluginLock, Failure> {
        if self.campaign.document.plugins.is_empty() { Ok(PluginLock::default()) } else { read_lock(&self.folder()) }
    }

    /// Compares the plugins that it names with the lock, and writes there what is new. The first of these files are its own.
    pub(crate) fn keep_lock(&self, lock: &PluginLock, files: &[PluginFacts], mode: LockMode) -> Result<(), Failure> {
        let named = self.campaign.document.plugins.iter().cloned();
        keep_lock(lock, &self.folder(), &named.zip(files.iter().cloned()).collect::<Vec<_>>(), mode)
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
        let unknown = self.campaign.unknown(|| scenarios.iter().map(|scenario| scenario.name.as_str()));
        Faults::unless(unknown, ()).map_err(|faults| in_file(&self.path, &faults))
    }
}
