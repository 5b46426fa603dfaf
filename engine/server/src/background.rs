//! Work that computes or waits for a disk: on a thread of its own that gives way to workers, so that neither requests nor load wait for it.

use std::io;
use std::thread;

use tokio::sync::oneshot;

/// How much a background thread gives way: nearly all it can.
const NICENESS: i32 = 15;

/// Runs the work on a thread of low priority.
///
/// # Errors
/// There is no thread to be had, or the work panicked.
pub(crate) async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let (result, done) = oneshot::channel();
    let body = move || {
        give_way();
        // Whoever asked may have left.
        let _ = result.send(work());
    };
    thread::Builder::new().name("throng-background".to_owned()).spawn(body)?;
    done.await.map_err(|_| io::Error::other("work in the background panicked"))
}

/// On Linux niceness is a thread's own; elsewhere it would be the process's, and is left alone.
#[cfg(target_os = "linux")]
fn give_way() {
    // Where it is refused, the work is only less polite.
    let _ = rustix::process::nice(NICENESS);
}

#[cfg(not(target_os = "linux"))]
fn give_way() {
    let _ = NICENESS;
}
