//! What the operator of an engine decides.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use throng_guest::{Limits, Sandbox};
use throng_plugin_api::Registry;

use crate::bounds::Bounds;
use crate::compiler::CompilerCommand;
use crate::retention::Keep;
use crate::targets::AllowedTargets;
use crate::tls::TlsFiles;

/// What the operator of an engine decides.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Where it listens.
    pub bind: SocketAddr,
    /// Where everything is kept.
    pub data: PathBuf,
    /// The plugins.
    pub registry: Registry,
    /// Where components run.
    pub sandbox: Sandbox,
    /// What a component may use.
    pub limits: Limits,
    /// Compiles components, filling the sandbox's cache.
    pub compiler: CompilerCommand,
    /// Where relative paths of file sources begin; whether there may be any is the registry's matter.
    pub folder: PathBuf,
    /// Threads that run minions, of each campaign.
    pub workers: u32,
    /// What this engine is tagged with: steps with one of these tags and another value are refused.
    pub tags: BTreeMap<String, String>,
    /// Campaigns that run at a time; others wait.
    pub campaigns: usize,
    /// Campaigns that wait, at most; above, a start is refused.
    pub queue: usize,
    /// What campaigns and uploads may come to.
    pub bounds: Bounds,
    /// How long things are kept.
    pub keep: Keep,
    /// How late a campaign may be started whose time came while the engine was away; later, that time is missed.
    pub start_late: Duration,
    /// Whom campaigns may talk to.
    pub targets: AllowedTargets,
    /// Whether clients need a token also where only this machine can reach the engine; elsewhere they always do.
    pub tokens_needed: bool,
    /// The engine's own certificate; plain HTTP without.
    pub tls: Option<TlsFiles>,
    /// Requests that a client may make a second, above 0; twice as many at once.
    pub requests_per_second: f64,
    /// Uploads that a client may make a minute, above 0.
    pub uploads_per_minute: f64,
}
