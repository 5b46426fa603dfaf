//! `wasi:http`: for a plugin, towards the document's targets and nothing else; for everybody else with nothing granted. Toolchains import it
//! whether it is used or not, callbacks have no use for it, the engine's steps send.

use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use http::uri::{Authority, Scheme};
use http_body_util::BodyExt as _;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use throng_protocols::Severity;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use wasmtime_wasi::runtime::{AbortOnDropJoinHandle, spawn};
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody, WasiHttpHooks};

use crate::log::Log;
use crate::network::Network;

/// How long a connection may take to open, if the guest says nothing.
const CONNECT: Duration = Duration::from_secs(10);

/// What becomes of the requests of one store.
pub(crate) struct Requests {
    pub(crate) log: Arc<Mutex<Log>>,
    /// What may be reached; none where every request is refused.
    pub(crate) network: Option<Network>,
}

/// What becomes of a response, or of a request's body.
type Ending = Box<dyn Future<Output = Result<(), Error>> + Send>;

type Answered = Result<(http::Response<WasiBody>, Ending)>;

impl Requests {
    /// Says in the guest's log that a request was refused: many toolchains keep the reason from the guest.
    fn tell(&self) {
        let line = "a request was refused: callbacks compute, the engine sends; let an `http` step send the request that a callback builds";
        self.log.lock().unwrap_or_else(PoisonError::into_inner).tell(Severity::Warn, line);
    }
}

impl WasiHttpHooks for Requests {
    /// Without a network none is supported, so that the guest hears of it at once: the answer to a request that was sent would have to be
    /// waited for.
    fn is_supported_scheme(&mut self, scheme: &Scheme) -> bool {
        if self.network.is_none() {
            self.tell();
            return false;
        }
        *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS
    }

    fn default_scheme(&mut self) -> Option<Scheme> {
        if self.network.is_none() {
            self.tell();
            return None;
        }
        Some(Scheme::HTTPS)
    }

    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Ending,
    ) -> Box<dyn Future<Output = Answered> + Send> {
        let address = Address::of(request.uri());
        match (&self.network, address) {
            (Some(network), Some(address)) if network.allows_request(&address.scheme, &address.host, address.port) => {
                Box::new(send(network.clone(), address, request, options))
            }
            (Some(_), None) => Box::new(std::future::ready(Err(Error::HttpRequestUriInvalid))),
            (_, _) => Box::new(std::future::ready(Err(Error::HttpRequestDenied))),
        }
    }
}

/// Whom a request is for.
#[derive(Clone, Debug)]
struct Address {
    scheme: Scheme,
    host: String,
    port: u16,
}

impl Address {
    fn of(uri: &http::Uri) -> Option<Self> {
        let scheme = uri.scheme()?.clone();
        let host = uri.authority().map(Authority::host)?.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = uri.port_u16().unwrap_or(if scheme == Scheme::HTTPS { 443 } else { 80 });
        (!host.is_empty()).then_some(Self { scheme, host, port })
    }
}

/// Sends a request over a connection of its own, which ends with the answer's body.
async fn send(network: Network, address: Address, request: http::Request<WasiBody>, options: Option<RequestOptions>) -> Answered {
    let limit = options.as_ref().and_then(|options| options.connect_timeout).unwrap_or(CONNECT);
    let opened = timeout(limit, open(&network, &address)).await.map_err(|_| Error::ConnectionTimeout)?;
    let (mut sender, connection) = opened?;
    let mut request = request;
    // The host is in its header; a path alone is what servers expect.
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    *request.uri_mut() = path.parse().map_err(|_| Error::HttpRequestUriInvalid)?;
    let answer = sender.send_request(request);
    let answer = match options.and_then(|options| options.first_byte_timeout) {
        None => answer.await,
        Some(limit) => timeout(limit, answer).await.map_err(|_| Error::HttpResponseTimeout)?,
    };
    let ending: Ending = Box::new(async move { connection.await.map_err(Error::from) });
    Ok((answer?.map(|body| body.map_err(Error::from).boxed_unsync()), ending))
}

type Connection = AbortOnDropJoinHandle<hyper::Result<()>>;

async fn open(network: &Network, address: &Address) -> Result<(SendRequest<WasiBody>, Connection)> {
    let stream = TcpStream::connect((address.host.as_str(), address.port)).await.map_err(Error::Connect)?;
    // Requests are small, and each is waited for.
    stream.set_nodelay(true).map_err(Error::Connect)?;
    if address.scheme != Scheme::HTTPS {
        return handshake(stream).await;
    }
    let name = ServerName::try_from(address.host.clone()).map_err(|error| Error::Tls(io::Error::other(error)))?;
    let connector = connector().map_err(Error::Tls)?;
    handshake(connector.connect(name, stream).await.map_err(|error| refused(network, address, error))?).await
}

/// Of a certificate the plugin hears no reason, and whoever reads the report should.
fn refused(network: &Network, address: &Address, error: io::Error) -> Error {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<tokio_rustls::rustls::Error>());
    match inner {
        Some(tokio_rustls::rustls::Error::InvalidCertificate(why)) => {
            network.distrust(&address.host, why.to_string());
            Error::TlsCertificateError
        }
        _ => Error::Tls(error),
    }
}

async fn handshake(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<(SendRequest<WasiBody>, Connection)> {
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    Ok((sender, spawn(connection)))
}

/// Trusts what this machine trusts; read once.
fn connector() -> io::Result<TlsConnector> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(TlsConnector::from(Arc::clone(config)));
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions();
    let config = builder.map_err(io::Error::other)?.with_root_certificates(roots).with_no_client_auth();
    Ok(TlsConnector::from(Arc::clone(CONFIG.get_or_init(|| Arc::new(config)))))
}
