//! The thread that advances an engine's epoch, by which deadlines are kept.

use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use wasmtime::Engine;

/// The time between two ticks: how finely deadlines are kept.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Ticks as long as it lives.
#[derive(Debug)]
pub(crate) struct Ticker {
    /// Nothing is ever sent: its end is the thread's sign to end.
    _alive: SyncSender<()>,
}

impl Ticker {
    /// Starts the thread.
    pub(crate) fn start(engine: &Engine) -> std::io::Result<Self> {
        let (alive, ended) = sync_channel(0);
        let engine = engine.weak();
        std::thread::Builder::new().name("throng-ticker".into()).spawn(move || {
            while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                let Some(engine) = engine.upgrade() else { return };
                engine.increment_epoch();
            }
        })?;
        Ok(Self { _alive: alive })
    }
}

/// Ticks after which a limit is certainly over, the first of them coming at any time.
pub(crate) fn ticks(limit: Duration) -> u64 {
    u64::try_from(limit.as_nanos().div_ceil(TICK.as_nanos())).unwrap_or(u64::MAX)
}
