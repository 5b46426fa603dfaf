//! The arguments of `throng run`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{CampaignOptions, LockArguments, PluginArguments};
use crate::export::ExportArguments;

/// Run the scenarios of components and documents, and judge them
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  throng run checkout.wasm
  throng run checkout.wasm -m 500 --profile 'regular(1s, 50)' -c shop=http://127.0.0.1:8080
  throng run smoke.json checkout.wasm --scenario 'check*' --timeout 5m
  throng run campaign.toml --minions-factor 0.1 --tag build=1234
  throng run checkout.wasm --export meters=meters.csv,events=events.jsonl --events-level warn
  throng run webhooks.json --plugin signature_check.wasm
  throng run my-shop --preset smoke --watch
  throng run checkout.wasm --preset smoke --report junit=report.xml,html=report.html

What holds for every run belongs into `throng.toml` or into the environment, such as THRONG_WORKERS=2: see `throng config`.")]
pub(crate) struct RunArguments {
    /// Components (.wasm), scenario documents (.json) and folders of projects, which are built first; or one campaign document (.toml,
    /// .json), against which the options here win
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) options: CampaignOptions,

    #[command(flatten)]
    pub(crate) plugins: PluginArguments,

    #[command(flatten)]
    pub(crate) lock: LockArguments,

    #[command(flatten)]
    pub(crate) export: ExportArguments,

    /// The campaign's name; made from scenario and time when not given
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) key: Option<String>,

    /// Give every call of a guest a fresh instance: slow, but shows scenarios that lean on global variables
    #[arg(long)]
    pub(crate) fresh_instances: bool,

    /// Run again whenever a named file or a source of a project changes, until control-C
    #[arg(long)]
    pub(crate) watch: bool,
}

impl RunArguments {
    /// The folder of the project, if that is all that is run.
    pub(crate) fn project(&self) -> Option<&Path> {
        match self.files.as_slice() {
            [folder] if folder.is_dir() => Some(folder),
            _ => None,
        }
    }
}
