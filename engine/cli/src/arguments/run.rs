//! The arguments of `throng run`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use throng_campaign::report::{ReportFormat, UnknownFormat};

use super::values::{duration, setting};
use super::{DisplayArguments, LimitArguments, Overrides, SettingArguments};

/// Run the scenarios of components and documents, and judge them
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  throng run checkout.wasm
  throng run checkout.wasm -m 500 --profile 'regular(1s, 50)' -c shop=http://127.0.0.1:8080
  throng run smoke.json checkout.wasm --scenario 'check*' --timeout 5m
  throng run campaign.toml --minions-factor 0.1 --tag build=1234")]
pub(crate) struct RunArguments {
    /// Components (.wasm) and scenario documents (.json); or one campaign document (.toml, .json), against which the options here win
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) overrides: Overrides,

    #[command(flatten)]
    pub(crate) settings: SettingArguments,

    /// No new starts after this time, such as `5m`; running minions end
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,

    /// Everything is cancelled after this time; not shorter than `--timeout` [default: 1h]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) hard_timeout: Option<Duration>,

    /// Samples of this time from the start are kept apart [default: 0s]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) warm_up: Option<Duration>,

    /// From everything ready to the first start [default: 1s]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) start_offset: Option<Duration>,

    /// The campaign's name; made from scenario and time when not given
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) key: Option<String>,

    /// The label of where this engine runs; scenarios with zones must name it
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) zone: Option<String>,

    /// What must hold, such as `p99(response, step:order) < 250ms`; again for more
    #[arg(long = "rule", value_name = "RULE")]
    pub(crate) rules: Vec<String>,

    /// Carried by the report: `build=1234`
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    pub(crate) tags: Vec<(String, String)>,

    /// Give every call of a guest a fresh instance: slow, but shows scenarios that lean on global variables
    #[arg(long)]
    pub(crate) fresh_instances: bool,

    #[command(flatten)]
    pub(crate) limits: LimitArguments,

    /// Write the report to files, such as `junit=FILE,html=FILE`; formats: junit, html, json, md, text
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report_file, value_delimiter = ',')]
    pub(crate) report: Vec<ReportFile>,

    #[command(flatten)]
    pub(crate) display: DisplayArguments,
}

/// A report file and its format.
#[derive(Clone, Debug)]
pub(crate) struct ReportFile {
    pub(crate) format: ReportFormat,
    pub(crate) path: PathBuf,
}

fn report_file(text: &str) -> Result<ReportFile, String> {
    match text.split_once('=') {
        Some((format, path)) if !path.is_empty() => {
            let format = format.parse().map_err(|error: UnknownFormat| error.to_string())?;
            Ok(ReportFile { format, path: path.into() })
        }
        _ => Err("write it as `FORMAT=FILE`, such as `json=FILE`".to_owned()),
    }
}

fn tag(text: &str) -> Result<(String, String), String> {
    setting(text).ok().filter(|(key, _)| !key.is_empty()).ok_or_else(|| "write it as KEY=VALUE".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_a_key_and_a_value() {
        assert_eq!(tag("build=1=2"), Ok(("build".into(), "1=2".into())));
        assert_eq!(tag("build="), Ok(("build".into(), String::new())));
        assert!(tag("build").is_err() && tag("=1").is_err());
    }
}
