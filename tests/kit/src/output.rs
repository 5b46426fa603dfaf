//! What a child process has written to one of its outputs so far.

use std::io::Read;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// No test reads more than this of one stream.
const MOST_OUTPUT: u64 = 64 << 20;

/// Filled by a thread of its own, so that no child ever waits for its reader.
#[derive(Debug)]
pub(crate) struct Output {
    written: Arc<(Mutex<Written>, Condvar)>,
}

#[derive(Debug, Default)]
struct Written {
    bytes: Vec<u8>,
    ended: bool,
}

impl Written {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// Why what was waited for is not there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Silence {
    /// Not within the limit.
    TooLong,
    /// The process has closed its output without it.
    Ended,
}

impl Output {
    pub(crate) fn read(stream: impl Read + Send + 'static) -> Self {
        let written: Arc<(Mutex<Written>, Condvar)> = Arc::default();
        let filled = Arc::clone(&written);
        std::thread::spawn(move || {
            let mut stream = stream.take(MOST_OUTPUT);
            let mut chunk = [0; 4096];
            loop {
                // An output that breaks has ended.
                let read = stream.read(&mut chunk).ok().and_then(|length| chunk.get(..length)).unwrap_or_default();
                let (written, news) = &*filled;
                let mut written = lock(written);
                written.bytes.extend_from_slice(read);
                written.ended = read.is_empty();
                news.notify_all();
                if written.ended {
                    return;
                }
            }
        });
        Self { written }
    }

    /// Waits until `wanted` finds what it looks for in all that was written.
    pub(crate) fn wait_for<T>(&self, limit: Duration, wanted: impl Fn(&str) -> Option<T>) -> Result<T, Silence> {
        let found = |written: &Written| wanted(&written.text());
        let written = self.wait(limit, |written| found(written).is_some());
        found(&written).ok_or(if written.ended { Silence::Ended } else { Silence::TooLong })
    }

    /// All of it, if it ends within the limit.
    pub(crate) fn wait_for_end(&self, limit: Duration) -> Option<String> {
        let written = self.wait(limit, |_| false);
        written.ended.then(|| written.text())
    }

    pub(crate) fn so_far(&self) -> String {
        lock(&self.written.0).text()
    }

    fn wait(&self, limit: Duration, enough: impl Fn(&Written) -> bool) -> MutexGuard<'_, Written> {
        let (written, news) = &*self.written;
        let waited = news.wait_timeout_while(lock(written), limit, |written| !written.ended && !enough(written));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

fn lock(written: &Mutex<Written>) -> MutexGuard<'_, Written> {
    written.lock().unwrap_or_else(PoisonError::into_inner)
}
