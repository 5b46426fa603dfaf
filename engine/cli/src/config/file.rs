//! `throng.toml`: where it is, and what it says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use throng_model::read_toml;

use super::{ConfigDocument, Layer, Origin};
use crate::engine::in_file;
use crate::exit::Failure;

/// The name of the file that is looked for.
pub(super) const NAME: &str = "throng.toml";

/// A configuration file that has been read.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    pub(super) path: PathBuf,
    /// Kept to find the line of a key.
    pub(super) text: String,
}

/// The nearest file from the working folder upwards, up to the root of the repository; without a repository in the working folder alone.
pub(super) fn find() -> Option<PathBuf> {
    let folder = std::env::current_dir().ok()?;
    let height = folder.ancestors().position(|folder| folder.join(".git").exists()).unwrap_or(0);
    let candidates = folder.ancestors().take(height + 1).zip(0..);
    let found = candidates.into_iter().find(|(folder, _)| folder.join(NAME).is_file());
    // As a person in the working folder would write it.
    found.map(|(_, up)| std::iter::repeat_n("..", up).chain([NAME]).collect())
}

/// The file of a project's own folder.
pub(super) fn of_project(folder: &Path) -> Option<PathBuf> {
    Some(folder.join(NAME)).filter(|file| file.is_file())
}

impl ConfigFile {
    pub(super) fn read(path: PathBuf) -> Result<Self, Failure> {
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Self { path, text }),
            Err(error) => Err(in_file(&path, &format!("the configuration cannot be read: {error}"))),
        }
    }

    /// What it says of every run, and its presets. A preset that nobody asks for is checked as well.
    pub(super) fn layers(file: &Rc<Self>) -> Result<(Layer, BTreeMap<String, Layer>), Failure> {
        let mut top: ConfigDocument = read_toml(&file.text).map_err(|error| in_file(&file.path, &error))?;
        let folder = file.path.parent().unwrap_or(Path::new(""));
        let mut presets = BTreeMap::new();
        for (name, preset) in std::mem::take(&mut top.presets) {
            let origin = Origin::Preset(Rc::clone(file), name.clone());
            presets.insert(name, Layer::checked(origin, reports_beside(folder, preset))?);
        }
        Ok((Layer::checked(Origin::File(Rc::clone(file)), reports_beside(folder, top))?, presets))
    }
}

/// Its reports, relative to the file's folder.
fn reports_beside(folder: &Path, mut document: ConfigDocument) -> ConfigDocument {
    for report in document.report.iter_mut().flatten() {
        // What is no report is told when it is checked.
        if let Some((format, path)) = report.split_once('=').filter(|(_, path)| !path.is_empty()) {
            *report = format!("{format}={}", folder.join(path).display());
        }
    }
    document
}
