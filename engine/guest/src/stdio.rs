//! WASI with nothing granted: no files, no environment, no arguments, no sockets; what is printed goes to the log, line by line. Of what more is
//! granted to plugins, `network` knows.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, async_trait};

use crate::log::{Log, Stream};

/// The context of a guest that may only compute and print.
pub(crate) fn nothing_granted(log: &Arc<Mutex<Log>>) -> WasiCtx {
    let mut builder = printing(log);
    builder.allow_tcp(false).allow_udp(false).allow_ip_name_lookup(false);
    builder.build()
}

/// A context that prints to the log.
pub(crate) fn printing(log: &Arc<Mutex<Log>>) -> WasiCtxBuilder {
    let mut builder = WasiCtx::builder();
    builder.stdout(Lines { log: Arc::clone(log), stream: Stream::Stdout });
    builder.stderr(Lines { log: Arc::clone(log), stream: Stream::Stderr });
    builder
}

/// One of a guest's standard streams, as lines of its log.
#[derive(Clone)]
struct Lines {
    log: Arc<Mutex<Log>>,
    stream: Stream,
}

/// Bytes that may be written at once.
const CHUNK: usize = 8 << 10;

#[async_trait]
impl Pollable for Lines {
    async fn ready(&mut self) {}
}

impl OutputStream for Lines {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).print(self.stream, &bytes);
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
