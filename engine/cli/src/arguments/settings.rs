//! Settings, and what a component may use.

use clap::Args;
use throng_guest::Limits;

use super::Overrides;
use super::values::setting;
use crate::config::ConfigDocument;

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct SettingArguments {
    /// A setting that the document declares
    #[arg(short = 'c', long = "setting", value_name = "KEY=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct LimitArguments {
    /// What a component may use, such as `call-time=1s`, `memory=128MiB`, `log=1MiB`; others: component, describe-time, document,
    /// handles, effects-per-call, meters
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = limit)]
    pub(super) limits: Vec<(String, String)>,
}

impl LimitArguments {
    /// What is said, as the configuration says it.
    pub(crate) fn document(&self) -> ConfigDocument {
        Overrides::default().document(&SettingArguments::default(), self)
    }
}

fn limit(text: &str) -> Result<(String, String), String> {
    let (name, value) = setting(text).map_err(|_| "write it as NAME=VALUE".to_owned())?;
    Limits::default().set(&name, &value).map_err(|error| error.to_string())?;
    Ok((name, value))
}
