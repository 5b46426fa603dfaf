//! What is shown of a campaign, and on how many threads it runs.

use clap::{Args, ValueEnum};

#[derive(Clone, Debug, Args)]
pub(crate) struct DisplayArguments {
    /// The live view: `auto` is on where standard error is a terminal, else a plain line every 5 s
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) live: Live,

    /// The summary at the end
    #[arg(long, value_name = "WHEN", default_value = "on")]
    pub(crate) summary: Switch,

    /// Threads that run minions; one less than there are cores when not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) workers: Option<u32>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Live {
    Auto,
    On,
    Off,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}
