//! WASI with nothing granted: no files, no environment, no arguments, no sockets; what is printed goes to the log, line by line.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use throng_protocols::Severity;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{WasiCtx, async_trait};

use crate::log::Log;

/// The context of a guest that may only compute and print.
pub(crate) fn nothing_granted(log: &Arc<Mutex<Log>>) -> WasiCtx {
    let mut builder = WasiCtx::builder();
    builder.stdout(Lines::new(log, Severity::Info)).stderr(Lines::new(log, Severity::Warn));
    builder.allow_tcp(false).allow_udp(false).allow_ip_name_lookup(false);
    builder.build()
}

/// One of a guest's standard streams, as lines of its log.
#[derive(Clone)]
struct Lines {
    log: Arc<Mutex<Log>>,
    severity: Severity,
    /// The line that has not ended; shared by all handles to the stream.
    begun: Arc<Mutex<Vec<u8>>>,
}

/// Bytes that may be written at once, and the length at which a line without end is written.
const CHUNK: usize = 8 << 10;

impl Lines {
    fn new(log: &Arc<Mutex<Log>>, severity: Severity) -> Self {
        Self { log: Arc::clone(log), severity, begun: Arc::default() }
    }
}

#[async_trait]
impl Pollable for Lines {
    async fn ready(&mut self) {}
}

impl OutputStream for Lines {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let line = piece.strip_suffix(b"\n");
            begun.extend_from_slice(line.unwrap_or(piece));
            if line.is_some() || begun.len() >= CHUNK {
                log.print(self.severity, &String::from_utf8_lossy(&begun));
                begun.clear();
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(CHUNK)
    }
}

impl IsTerminal for Lines {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Lines {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    /// Asked for by later WASI versions only, which are not linked.
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }
}
