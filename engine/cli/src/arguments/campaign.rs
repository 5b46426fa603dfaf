//! The options of a campaign: what the configuration and the environment can say as well.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use throng_campaign::report::{ReportFormat, UnknownFormat};
use throng_model::{DurationText, SizeText};

use super::values::{duration, setting, size};
use super::{DisplayArguments, LimitArguments, Overrides, SettingArguments};
use crate::config::ConfigDocument;

/// What can be said of a campaign, apart from its files.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct CampaignOptions {
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

    /// The label of where this engine runs; scenarios with zones must name it
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) zone: Option<String>,

    /// What this engine is tagged with, such as `region=eu`: steps with that tag and another value are refused; again for more
    #[arg(long = "engine-tag", value_name = "KEY=VALUE", value_parser = tag)]
    pub(crate) engine_tags: Vec<(String, String)>,

    /// What must hold, such as `p99(response, step:order) < 250ms`; again for more
    #[arg(long = "rule", value_name = "RULE")]
    pub(crate) rules: Vec<String>,

    /// Carried by the report: `build=1234`
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    pub(crate) tags: Vec<(String, String)>,

    /// Memory that the histograms may take at most, checked before any load [default: 256MiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) histogram_memory: Option<u64>,

    #[command(flatten)]
    pub(crate) limits: LimitArguments,

    /// Write the report to files, such as `junit=FILE,html=FILE`; formats: junit, html, json, md, text
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report_file, value_delimiter = ',')]
    pub(crate) report: Vec<String>,

    #[command(flatten)]
    pub(crate) display: DisplayArguments,
}

impl CampaignOptions {
    /// What is said, as the configuration says it.
    pub(crate) fn document(&self) -> ConfigDocument {
        let time = |said: Option<Duration>| said.map(DurationText);
        let ConfigDocument { live, summary, workers, .. } = self.display.document();
        ConfigDocument {
            live,
            summary,
            workers,
            soft_timeout: time(self.timeout),
            hard_timeout: time(self.hard_timeout),
            warm_up: time(self.warm_up),
            start_offset: time(self.start_offset),
            zone: self.zone.clone(),
            histogram_memory: self.histogram_memory.map(SizeText),
            rules: self.rules.clone(),
            engine_tags: self.engine_tags.iter().cloned().collect(),
            tags: self.tags.iter().cloned().collect(),
            report: Some(self.report.clone()).filter(|report| !report.is_empty()),
            ..self.overrides.document(&self.settings, &self.limits)
        }
    }
}

/// A report file and its format.
#[derive(Clone, Debug)]
pub(crate) struct ReportFile {
    pub(crate) format: ReportFormat,
    pub(crate) path: PathBuf,
}

impl ReportFile {
    /// Reads `FORMAT=FILE`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((format, path)) if !path.is_empty() => {
                let format = format.parse().map_err(|error: UnknownFormat| error.to_string())?;
                Ok(Self { format, path: path.into() })
            }
            _ => Err("write it as `FORMAT=FILE`, such as `json=FILE`".to_owned()),
        }
    }
}

fn report_file(text: &str) -> Result<String, String> {
    ReportFile::parse(text).map(|_| text.to_owned())
}

pub(super) fn tag(text: &str) -> Result<(String, String), String> {
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
