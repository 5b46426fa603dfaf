//! What the commands need of the engine: its plugins, its sandbox, its log.

use std::path::{Path, PathBuf};

use throng_campaign::{Loaded, Loader, PluginLock, StepPlugins};
use throng_files::{FileAccess, FilesPlugin};
use throng_guest::{Limits, Sandbox, SandboxConfig, World, world_of};
use throng_http::HttpPlugin;
use throng_ledger::LedgerPlugin;
use throng_plugin_api::Registry;

use crate::exit::Failure;
use crate::plugin_store::read_plugin;

/// All plugins of this binary: the one list.
pub(crate) fn registry() -> Registry {
    registry_with(FileAccess::Anywhere)
}

/// All plugins, for campaigns of others: files are read as this says.
pub(crate) fn registry_with(files: FileAccess) -> Registry {
    let registry = Registry::default().with(HttpPlugin).with(FilesPlugin::new(files.clone())).with(LedgerPlugin::default());
    #[cfg(feature = "tcp")]
    let registry = registry.with(throng_tcp::TcpPlugin).with(throng_tcp::UdpPlugin);
    #[cfg(feature = "rabbitmq")]
    let registry = registry.with(throng_rabbitmq::RabbitPlugin);
    #[cfg(feature = "kafka")]
    let registry = registry.with(throng_kafka::KafkaPlugin::default());
    #[cfg(feature = "influxdb")]
    let registry = match files {
        FileAccess::Anywhere => registry.with(throng_influxdb::InfluxPlugin),
        // Whoever runs the campaigns of others does not write where these say.
        FileAccess::Within(_) | FileAccess::Nowhere => registry,
    };
    #[cfg(feature = "sql")]
    let registry = registry.with(throng_sql::SqlPlugin::new(match files {
        FileAccess::Anywhere => throng_sql::Access::Anywhere,
        FileAccess::Within(_) | FileAccess::Nowhere => throng_sql::Access::Targets,
    }));
    #[cfg(feature = "mqtt")]
    let registry = registry.with(throng_mqtt::MqttPlugin);
    registry
}

/// The sandbox, with its compilation cache on disk.
pub(crate) fn sandbox() -> Result<Sandbox, Failure> {
    sandbox_with(cache_directory())
}

/// The sandbox, with its compilation cache in a folder of its own.
pub(crate) fn sandbox_with(cache_directory: Option<PathBuf>) -> Result<Sandbox, Failure> {
    Sandbox::new(SandboxConfig { cache_directory }).map_err(Failure::engine)
}

/// Loads a file, with its name in the error.
pub(crate) fn load(file: &Path, registry: &Registry, sandbox: &Sandbox, limits: &Limits) -> Result<Loaded, Failure> {
    let loader = Loader { registry, sandbox, limits: limits.clone() };
    loader.load(file).map_err(|error| in_file(file, &error))
}

/// The step plugins in these files, and at these URLs.
pub(crate) fn step_plugins(files: &[PathBuf], lock: &PluginLock, sandbox: &Sandbox, limits: &Limits) -> Result<StepPlugins, Failure> {
    let read = |file: &Path| read_plugin(file, lock, limits.component_bytes);
    StepPlugins::load(files, read, sandbox, limits).map_err(|(file, error)| in_file(&file, &error))
}

/// Whether a file is a plugin, of step kinds or of sources; what cannot be read is none, and whoever loads it says so.
pub(crate) fn is_step_plugin(file: &Path) -> bool {
    std::fs::read(file).is_ok_and(|bytes| world_of(&bytes).is_some_and(World::is_plugin))
}

/// A fault of a file: one line for a single fault, a list under the file's name for several.
pub(crate) fn in_file(file: &Path, error: &dyn std::fmt::Display) -> Failure {
    let message = error.to_string();
    let break_or_space = if message.contains('\n') { "\n" } else { " " };
    Failure::bad_input(format!("`{}`:{break_or_space}{message}", file.display()))
}

/// `$XDG_CACHE_HOME/throng`, or `~/.cache/throng`; without a home nothing is kept.
pub(crate) fn cache_directory() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache"))).map(|cache| cache.join("throng"))
}

/// Prints to standard output. A reader that has left, such as `head`, is no fault.
pub(crate) fn print(text: &str) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
