//! The environment: `THRONG_WORKERS=2` says what `--workers 2` says, and is read by the same parser.

use std::env;
use std::path::PathBuf;

use clap::Parser;
use throng_model::nearest;

use super::names::{KEYS, Key, Takes, variable};
use super::{ConfigDocument, Layer, Origin};
use crate::arguments::{CampaignOptions, Color};
use crate::exit::Failure;

/// Variables that are no keys.
const OTHERS: [&str; 5] = ["THRONG_CA", "THRONG_CONFIG", "THRONG_LOG", "THRONG_SERVER", "THRONG_TOKEN"];

/// What the environment says.
pub(super) struct Environment {
    pub(super) layer: Layer,
    /// The configuration file.
    pub(super) config: Option<PathBuf>,
    pub(super) preset: Option<String>,
    /// Of variables that nobody knows.
    pub(super) warnings: Vec<String>,
}

#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct Options {
    #[command(flatten)]
    options: CampaignOptions,
    #[arg(long)]
    color: Option<Color>,
}

/// Reads all variables; one that is empty is as one that is not there.
pub(super) fn read() -> Result<Environment, Failure> {
    let mut arguments = Vec::new();
    for key in &KEYS {
        let variable = variable(key.name);
        let Some(text) = text(&variable) else { continue };
        let own = as_options(key, &text);
        Options::try_parse_from(&own).map_err(|error| Failure::bad_input(format!("{variable}: {}", first_words(&error))))?;
        arguments.extend(own);
    }
    let Options { options, color } = Options::try_parse_from(&arguments).map_err(|error| Failure::bad_input(first_words(&error)))?;
    let layer = Layer::checked(Origin::Environment, ConfigDocument { color, ..options.document() })?;
    let config = text("THRONG_CONFIG").map(PathBuf::from);
    Ok(Environment { layer, config, preset: options.overrides.preset, warnings: unknown() })
}

fn text(variable: &str) -> Option<String> {
    env::var_os(variable).map(|value| value.to_string_lossy().into_owned()).filter(|value| !value.is_empty())
}

fn as_options(key: &Key, text: &str) -> Vec<String> {
    let lines: Vec<_> = match key.takes {
        Takes::One => vec![text],
        Takes::Many => text.lines().map(str::trim).filter(|line| !line.is_empty()).collect(),
    };
    lines.into_iter().map(|line| format!("--{}={line}", key.option)).collect()
}

/// What clap says, without what it says of usage.
fn first_words(error: &clap::Error) -> String {
    let text = error.to_string();
    let lines = text.trim_start_matches("error: ").lines().take_while(|line| !line.starts_with("For more information"));
    let lines: Vec<_> = lines.map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("; ")
}

fn unknown() -> Vec<String> {
    let known: Vec<_> = KEYS.iter().map(|key| variable(key.name)).chain(OTHERS.map(str::to_owned)).collect();
    let names = env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned()).filter(|name| name.starts_with("THRONG_"));
    let mut unknown: Vec<_> = names.filter(|name| !known.contains(name)).collect();
    unknown.sort();
    let warning = |name: String| {
        let hint = nearest(&name, known.iter().map(String::as_str)).map(|known| format!("did you mean `{known}`?"));
        format!(
            "no option has the environment variable `{name}`; {}",
            hint.unwrap_or_else(|| "`throng config` shows what is in force".to_owned())
        )
    };
    unknown.into_iter().map(warning).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_option_has_a_key_and_every_key_an_option() {
        let command = Options::command();
        let options: Vec<_> = command.get_arguments().filter_map(|argument| argument.get_long()).collect();
        let keys: Vec<_> = KEYS.iter().map(|key| key.option).collect();
        for option in &options {
            assert!(keys.contains(option), "`--{option}` has no key");
        }
        for key in keys {
            assert!(options.contains(&key), "there is no `--{key}`");
        }
    }
}
