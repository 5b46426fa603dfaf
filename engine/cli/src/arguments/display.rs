//! What is shown of a campaign, and on how many threads it runs.

use clap::{Args, ValueEnum};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::ConfigDocument;

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct DisplayArguments {
    /// The live view: `auto` is on where standard error is a terminal, else a plain line every 5 s [default: auto]
    #[arg(long, value_name = "WHEN")]
    pub(crate) live: Option<Live>,

    /// The summary at the end [default: on]
    #[arg(long, value_name = "WHEN")]
    pub(crate) summary: Option<Switch>,

    /// Threads that run minions [default: one less than there are cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) workers: Option<u32>,
}

impl DisplayArguments {
    /// What is said, as the configuration says it.
    pub(crate) fn document(&self) -> ConfigDocument {
        let Self { live, summary, workers } = *self;
        ConfigDocument { live, summary, workers, ..ConfigDocument::default() }
    }
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Live {
    Auto,
    On,
    Off,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Switch {
    On,
    Off,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Color {
    Auto,
    #[value(alias = "always")]
    On,
    #[value(alias = "never")]
    Off,
}
