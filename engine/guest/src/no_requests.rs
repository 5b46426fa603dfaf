//! `wasi:http` with nothing granted: toolchains import it, callbacks have no use for it, the engine's steps send.

use std::sync::{Arc, Mutex, PoisonError};

use throng_protocols::Severity;
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody, WasiHttpHooks};

use crate::log::Log;

/// Refuses every request, and says so in the guest's log: many toolchains keep the reason from the guest.
pub(crate) struct NoRequests {
    pub(crate) log: Arc<Mutex<Log>>,
}

/// What becomes of a response, or of a request's body.
type Ending = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for NoRequests {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Ending,
    ) -> Box<dyn Future<Output = Result<(http::Response<WasiBody>, Ending)>> + Send> {
        let line = format!(
            "a request to {} was refused: callbacks compute, the engine sends; let an `http` step send the request that a callback builds",
            request.uri()
        );
        self.log.lock().unwrap_or_else(PoisonError::into_inner).tell(Severity::Warn, &line);
        Box::new(std::future::ready(Err(Error::HttpRequestDenied)))
    }
}
