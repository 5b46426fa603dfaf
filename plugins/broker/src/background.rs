//! Where those connections live that no worker and no campaign may keep from their heartbeats and goodbyes: on one thread of the process.

use std::future::pending;
use std::io;
use std::sync::{Mutex, PoisonError};

use tokio::runtime::{Builder, Handle};

/// The runtime of that thread; started when first asked for.
///
/// # Errors
/// The operating system gives no thread, or nothing to wait with.
pub fn background() -> io::Result<Handle> {
    static STARTED: Mutex<Option<Handle>> = Mutex::new(None);
    let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*started {
        return Ok(handle.clone());
    }
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new().name("throng-brokers".to_owned()).spawn(move || runtime.block_on(pending::<()>()))?;
    Ok(started.insert(handle).clone())
}
