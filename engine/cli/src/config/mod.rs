//! The configuration: from defaults, `throng.toml`, the campaign document, a preset, the environment and the command line to what is in force.
//!
//! Each of them is a [`Layer`] of the same keys. What a later one says replaces what an earlier one said, key by key.

mod document;
mod environment;
mod example;
mod file;
mod in_force;
mod layer;
mod names;
mod origin;

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use throng_model::nearest;

use crate::arguments::Color;
use crate::exit::Failure;
use environment::Environment;
use file::ConfigFile;

pub(crate) use document::{ConfigDocument, ConfigScenario, config_schema};
pub(crate) use example::EXAMPLE;
pub(crate) use in_force::{InForce, Value};
pub(crate) use layer::Layer;
pub(crate) use origin::Origin;

/// What is said outside of the command line: the configuration file with its presets, and the environment.
pub(crate) struct Configuration {
    file: Option<Rc<ConfigFile>>,
    top: Option<Layer>,
    presets: BTreeMap<String, Layer>,
    environment: Layer,
    /// The preset that the environment names.
    preset: Option<String>,
    /// What the command line says of colour, for all commands.
    color: Option<Color>,
    /// What a person should know of the environment.
    pub(crate) warnings: Vec<String>,
}

impl Configuration {
    /// Reads the file that is named, or the one of the project that is run, or the one that is found, and the environment.
    pub(crate) fn load(named: Option<&Path>, project: Option<&Path>, color: Option<Color>) -> Result<Self, Failure> {
        let Environment { layer: environment, config, preset, warnings } = environment::read()?;
        let file = match named.map(Path::to_path_buf).or(config) {
            Some(path) => Some(ConfigFile::read(path)?),
            None => project.and_then(file::of_project).or_else(file::find).map(ConfigFile::read).transpose()?,
        };
        let file = file.map(Rc::new);
        let (top, presets) = file.as_ref().map(ConfigFile::layers).transpose()?.unzip();
        Ok(Self { file, top, presets: presets.unwrap_or_default(), environment, preset, color, warnings })
    }

    /// What the command line alone says.
    pub(crate) fn none(color: Option<Color>) -> Result<Self, Failure> {
        let environment = Layer::checked(Origin::Environment, ConfigDocument::default())?;
        Ok(Self { file: None, top: None, presets: BTreeMap::new(), environment, preset: None, color, warnings: Vec::new() })
    }

    /// The configuration file, if there is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_ref().map(|file| file.path.as_path())
    }

    /// Whether to write in colour, which no preset and no campaign document says.
    pub(crate) fn color(&self) -> Option<Color> {
        self.color.or(self.environment.document.color).or(self.top.as_ref().and_then(|top| top.document.color))
    }

    /// The preset that is asked for, by the command line or by the environment.
    pub(crate) fn preset<'a>(&'a self, named: Option<&'a str>) -> Option<&'a str> {
        named.or(self.preset.as_deref())
    }

    /// What is in force for one command, under the campaign document, if there is one, and the command line.
    pub(crate) fn in_force(&self, campaign: Option<Layer>, preset: Option<&str>, command_line: ConfigDocument) -> Result<InForce, Failure> {
        let asked_by = if preset.is_some() { "--preset" } else { "THRONG_PRESET" };
        let preset = self.preset(preset).map(|name| self.find_preset(name, asked_by)).transpose()?;
        let layers = [Layer::defaults()].into_iter().chain(self.top.clone()).chain(campaign).chain(preset);
        let command_line = Layer::checked(Origin::CommandLine, ConfigDocument { color: self.color, ..command_line })?;
        InForce::new(layers.chain([self.environment.clone(), command_line]).collect())
    }

    fn find_preset(&self, name: &str, asked_by: &str) -> Result<Layer, Failure> {
        if let Some(preset) = self.presets.get(name) {
            return Ok(preset.clone());
        }
        let Some(file) = &self.file else {
            let message =
                format!("{asked_by}: there is no preset `{name}`, as there is no `{}`; `throng config --example` writes one", file::NAME);
            return Err(Failure::bad_input(message));
        };
        let all: Vec<_> = self.presets.keys().map(|name| format!("`{name}`")).collect();
        let all = if all.is_empty() { "which has none".to_owned() } else { format!("which has {}", all.join(", ")) };
        let hint = nearest(name, self.presets.keys().map(String::as_str)).map(|name| format!("; did you mean `{name}`?"));
        let path = file.path.display();
        Err(Failure::bad_input(format!("{asked_by}: there is no preset `{name}` in `{path}`, {all}{}", hint.unwrap_or_default())))
    }
}
