//! The sandbox's engine: configured once per process, shared by all components.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use wasmtime::component::Linker;
use wasmtime::{Cache, CacheConfig, Config, Engine};

use crate::bindings;
use crate::component::Component;
use crate::intake::{self, LoadError, Surface, World};
use crate::limits::Limits;
use crate::state::State;
use crate::step_plugin::StepPlugin;
use crate::ticker::Ticker;

/// How a sandbox is set up.
#[derive(Clone, Debug, Default)]
pub struct SandboxConfig {
    /// Where compiled components are kept over restarts; made when it is not there. Nothing is kept without it.
    pub cache_directory: Option<PathBuf>,
}

/// Why there is no sandbox.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The folder of compiled components can't be used.
    #[error("cannot use `{directory}` for compiled components: {message}; name another folder, or make it writable")]
    Cache {
        /// The folder.
        directory: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// wasmtime doesn't run here.
    #[error("the sandbox cannot run on this machine: {0}")]
    Engine(String),
    /// No thread to keep deadlines with.
    #[error("cannot start the sandbox's thread, which keeps the deadlines of guests")]
    Ticker(#[source] std::io::Error),
}

/// Loads components. Cheap to clone; its one thread ends with the last clone.
#[derive(Clone)]
pub struct Sandbox {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    /// For components without WASI: plain calls.
    plain: Linker<State>,
    /// For components with WASI: asynchronous calls.
    with_wasi: Linker<State>,
    _ticker: Ticker,
}

impl Sandbox {
    /// Sets a sandbox up.
    ///
    /// # Errors
    /// See [`SandboxError`].
    pub fn new(config: SandboxConfig) -> Result<Self, SandboxError> {
        let engine = Engine::new(&engine_config(config)?).map_err(engine_error)?;
        let mut plain = Linker::new(&engine);
        bindings::add_to_linker(&mut plain).map_err(engine_error)?;
        let mut with_wasi = plain.clone();
        wasmtime_wasi::p2::add_to_linker_async(&mut with_wasi).map_err(engine_error)?;
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut with_wasi).map_err(engine_error)?;
        let ticker = Ticker::start(&engine).map_err(SandboxError::Ticker)?;
        Ok(Self { shared: Arc::new(Shared { engine, plain, with_wasi, _ticker: ticker }) })
    }

    /// Takes a scenario's component in: checks it, compiles it (or finds it in the cache) and links it. Takes from milliseconds to many seconds
    /// of computing, so not to be called on a worker.
    ///
    /// # Errors
    /// What is wrong with the component, and what to do about it.
    pub fn load(&self, bytes: &[u8], limits: Limits) -> Result<Arc<Component>, LoadError> {
        let surface = intake::inspect(bytes, &limits, World::Scenario)?;
        Component::new(self.clone(), self.linker(&surface), bytes, surface, limits).map(Arc::new)
    }

    /// The same for a component of step kinds or of sources, which are told apart by what it exports.
    ///
    /// # Errors
    /// What is wrong with the component, and what to do about it.
    pub fn load_step_plugin(&self, bytes: &[u8], limits: Limits) -> Result<Arc<StepPlugin>, LoadError> {
        let world = intake::world_of(bytes).filter(|world| world.is_plugin()).unwrap_or(World::StepPlugin);
        let surface = intake::inspect(bytes, &limits, world)?;
        StepPlugin::new(self.clone(), self.linker(&surface), bytes, surface, limits, world).map(Arc::new)
    }

    fn linker(&self, surface: &Surface) -> &Linker<State> {
        if surface.uses_wasi { &self.shared.with_wasi } else { &self.shared.plain }
    }

    /// The engine that components are compiled for.
    pub(crate) fn engine(&self) -> &Engine {
        &self.shared.engine
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sandbox").finish_non_exhaustive()
    }
}

#[allow(clippy::disallowed_methods, reason = "this is the one place that configures the sandbox")]
fn engine_config(config: SandboxConfig) -> Result<Config, SandboxError> {
    let mut engine = Config::new();
    // On by default, and costs every call more than a small call takes.
    engine.concurrency_support(false);
    engine.epoch_interruption(true);
    // What no component's toolchain emits by default is not offered.
    engine.wasm_memory64(false).wasm_tail_call(false).wasm_relaxed_simd(false);
    if let Some(directory) = config.cache_directory {
        let mut cache = CacheConfig::new();
        cache.with_directory(&directory);
        let cache = Cache::new(cache).map_err(|error| SandboxError::Cache { directory, message: error.root_cause().to_string() })?;
        engine.cache(Some(cache));
    }
    Ok(engine)
}

fn engine_error(error: wasmtime::Error) -> SandboxError {
    SandboxError::Engine(error.root_cause().to_string())
}
