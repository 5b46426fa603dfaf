//! The step plugins that scenarios are given, and what becomes of the lock of those that a campaign document names.

use std::path::PathBuf;

use clap::Args;
use throng_campaign::LockMode;

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct PluginArguments {
    /// A step plugin, a component whose kinds the scenarios use: a file, or a URL such as that of an engine; again for more
    #[arg(long = "plugin", value_name = "FILE|URL")]
    pub(crate) plugins: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct LockArguments {
    /// Take the plugins that the campaign document names as they are now, and write that into `throng.lock`
    #[arg(long, conflicts_with = "locked")]
    pub(crate) update_lock: bool,

    /// Refuse plugins that are not in `throng.lock`, and write nothing: for build servers
    #[arg(long)]
    pub(crate) locked: bool,
}

impl LockArguments {
    /// What is to become of the lock.
    pub(crate) fn mode(self) -> LockMode {
        match self {
            Self { update_lock: true, .. } => LockMode::Update,
            Self { locked: true, .. } => LockMode::Locked,
            Self { .. } => LockMode::Add,
        }
    }
}
