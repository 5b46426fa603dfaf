//! `wasi:http` with nothing granted: toolchains import it, callbacks have no use for it, the engine's steps send.

use std::sync::{Arc, Mutex, PoisonError};

use http::uri::Scheme;
use throng_protocols::Severity;
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody, WasiHttpHooks};

use crate::log::Log;

/// Refuses every request, and says so in the guest's log: many toolchains keep the reason from the guest.
///
/// No scheme is supported, so that the guest hears of it at once: the answer to a request that was sent would have to be waited for.
pub(crate) struct NoRequests {
    pub(crate) log: Arc<Mutex<Log>>,
}

/// What becomes of a response, or of a request's body.
type Ending = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl NoRequests {
    fn tell(&self) {
        let line = "a request was refused: callbacks compute, the engine sends; let an `http` step send the request that a callback builds";
        self.log.lock().unwrap_or_else(PoisonError::into_inner).tell(Severity::Warn, line);
    }
}

impl WasiHttpHooks for NoRequests {
    fn is_supported_scheme(&mut self, _: &Scheme) -> bool {
        self.tell();
        false
    }

    fn default_scheme(&mut self) -> Option<Scheme> {
        self.tell();
        None
    }

    fn send_request(
        &mut self,
        _: http::Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Ending,
    ) -> Box<dyn Future<Output = Result<(http::Response<WasiBody>, Ending)>> + Send> {
        Box::new(std::future::ready(Err(Error::HttpRequestDenied)))
    }
}
