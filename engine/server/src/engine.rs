//! Everything that requests, schedules and campaigns share.

use std::sync::Arc;

use rustix::fs::{FlockOperation, flock};
use throng_plugin_api::Clock;

use crate::access::{Rate, Rates};
use crate::campaigns::{Campaigns, Schedules};
use crate::clock;
use crate::compiler::Compiler;
use crate::config::ServerConfig;
use crate::error::ServerError;
use crate::files::Files;
use crate::intake::Intake;
use crate::inventory::{Inventory, Shop};
use crate::store::Store;

/// An engine.
pub(crate) struct Engine {
    pub(crate) clock: Clock,
    pub(crate) config: ServerConfig,
    pub(crate) store: Store,
    pub(crate) files: Files,
    pub(crate) inventory: Arc<Inventory>,
    pub(crate) intake: Intake,
    pub(crate) campaigns: Campaigns,
    pub(crate) schedules: Schedules,
    pub(crate) requests: Rates,
    pub(crate) uploads: Rates,
    /// Held as long as the engine lives, so that no other takes the same folder.
    _lock: std::fs::File,
}

impl Engine {
    /// Opens the folder of the engine's data, and clears up what an end without warning has left.
    ///
    /// An address that others can reach is refused as long as there is no token.
    pub(crate) async fn open(config: ServerConfig) -> Result<Arc<Self>, ServerError> {
        let unusable = |source| ServerError::Folder { folder: config.data.clone(), source };
        make_private(&config.data).map_err(unusable)?;
        let lock = std::fs::File::create(config.data.join("lock")).map_err(unusable)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|_| ServerError::InUse { folder: config.data.clone() })?;
        let files = Files::open(&config.data).map_err(unusable)?;
        let store = Store::open(&files.database())?;
        let mut config = config;
        config.tokens_needed |= !config.bind.ip().is_loopback();
        if config.tokens_needed && store.list_tokens().await?.is_empty() {
            return Err(ServerError::NoTokens { address: config.bind });
        }
        let shop = Shop { registry: config.registry.clone(), sandbox: config.sandbox.clone(), limits: config.limits.clone() };
        let inventory = Arc::new(Inventory::new(files.clone(), shop));
        let engine = Arc::new(Self {
            clock: Clock::system(),
            intake: Intake::new(Compiler::new(config.compiler.clone())),
            campaigns: Campaigns::new(&config, store.clone(), files.clone()),
            schedules: Schedules::default(),
            requests: Rates::new(Rate { per_second: config.requests_per_second, at_once: config.requests_per_second * 2.0 }),
            uploads: Rates::new(Rate { per_second: config.uploads_per_minute / 60.0, at_once: config.uploads_per_minute }),
            store,
            files,
            inventory,
            config,
            _lock: lock,
        });
        engine.clear_up().await?;
        engine.tidy().await?;
        Ok(engine)
    }

    /// Milliseconds since the Unix epoch.
    pub(crate) fn now(&self) -> i64 {
        clock::now(&self.clock)
    }
}

/// What is kept there, secrets among it, is nobody else's.
pub(crate) fn make_private(folder: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}
