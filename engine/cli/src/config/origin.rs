//! Who says something, and how a person finds the place.

use std::fmt::Display;
use std::path::PathBuf;
use std::rc::Rc;

use throng_model::toml_line;

use super::file::ConfigFile;
use super::names::{KEYS, key_of, variable};
use crate::engine::in_file;
use crate::exit::Failure;

/// Where a layer comes from; the keys that lead to a value say where in it.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// The engine's own.
    Default,
    /// The configuration file.
    File(Rc<ConfigFile>),
    /// A preset of it.
    Preset(Rc<ConfigFile>, String),
    /// The campaign document.
    Campaign(PathBuf),
    /// Variables of the environment.
    Environment,
    /// Options.
    CommandLine,
}

impl Origin {
    /// Its kind, for programs.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File(_) => "file",
            Self::Preset(..) => "preset",
            Self::Campaign(_) => "campaign",
            Self::Environment => "environment",
            Self::CommandLine => "command-line",
        }
    }

    /// Whether scenarios and settings that it names must be there: it speaks of this one run.
    pub(crate) fn is_of_this_run(&self) -> bool {
        matches!(self, Self::Campaign(_) | Self::CommandLine)
    }

    /// Where a person finds it.
    pub(crate) fn place(&self, path: &[String]) -> String {
        match self {
            Self::Default => "default".to_owned(),
            Self::File(file) => at_line(file, path),
            Self::Preset(file, name) => format!("{} (preset `{name}`)", at_line(file, &in_preset(name, path))),
            Self::Campaign(file) => format!("{}, /{}", file.display(), path.join("/")),
            Self::Environment => variable(key_of(path)),
            Self::CommandLine => option(path),
        }
    }

    /// What is wrong with what it says there.
    pub(crate) fn fault(&self, path: &[String], error: &dyn Display) -> Failure {
        match self {
            Self::File(file) => in_config(file, path, error),
            Self::Preset(file, name) => in_config(file, &in_preset(name, path), error),
            Self::Campaign(file) => in_file(file, &format!("/{}: {error}", path.join("/"))),
            Self::Default | Self::Environment | Self::CommandLine => Failure::bad_input(format!("{}: {error}", self.place(path))),
        }
    }
}

fn at_line(file: &ConfigFile, path: &[String]) -> String {
    let shown = file.path.display();
    toml_line(&file.text, path).map_or_else(|| shown.to_string(), |line| format!("{shown}:{line}"))
}

fn in_preset(name: &str, path: &[String]) -> Vec<String> {
    let preset = ["presets".to_owned(), name.to_owned()];
    preset.iter().chain(path).cloned().collect()
}

fn in_config(file: &ConfigFile, path: &[String], error: &dyn Display) -> Failure {
    let line = toml_line(&file.text, path).map(|line| format!("line {line}: ")).unwrap_or_default();
    in_file(&file.path, &format!("{line}`{}`: {error}", path.join(".")))
}

fn option(path: &[String]) -> String {
    match path {
        [settings, key] if settings == "settings" => format!("-c {key}"),
        path => {
            let key = key_of(path);
            let option = KEYS.iter().find(|known| known.name == key).map_or(key, |known| known.option);
            format!("--{option}")
        }
    }
}
