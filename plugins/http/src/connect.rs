//! Opens connections: name, socket, TLS, each timed.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::InvalidDnsNameError;
use throng_measure::Shortage;
use throng_plugin_api::Clock;
use throng_sockets::{SocketError, Tls, TlsError, connect_any, resolve};
use tokio_rustls::TlsConnector;

use crate::connection::Connection;
use crate::origin::{Origin, Scheme};
use crate::proxy::{Proxy, ProxyError};
use crate::shared::SharedConnection;
use crate::stream::{CountedSocket, Stream, Traffic};
use crate::version::Version;

/// How connections of a step are opened.
#[derive(Debug)]
pub(crate) struct Connector {
    pub(crate) version: Version,
    pub(crate) tls: Arc<Tls>,
    pub(crate) limit: Duration,
    /// What they go through.
    pub(crate) proxy: Option<Proxy>,
}

/// How long the phases of opening took, in nanoseconds; none for those that did not happen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Opening {
    pub(crate) resolve: Option<u64>,
    pub(crate) connect: Option<u64>,
    /// Until a proxy has made its way.
    pub(crate) tunnel: Option<u64>,
    pub(crate) tls: Option<u64>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error(transparent)]
    Socket(#[from] SocketError),
    #[error("no connection to {origin} within {limit:?}; `timeouts.connect` allows more")]
    Timeout { origin: String, limit: Duration },
    #[error("no TLS connection to {origin}: {source}")]
    Handshake { origin: String, source: io::Error },
    #[error("no TLS connection to {origin}: its host cannot be the name of a certificate; set `tls.server-name`")]
    ServerName { origin: String, source: InvalidDnsNameError },
    #[error("no connection to {origin}: the proxy {proxy} makes no way there: {source}")]
    Proxy { origin: String, proxy: String, source: ProxyError },
    #[error("no HTTP/2 with {origin}: {message}")]
    NoHttp2 { origin: String, message: String },
    #[error(transparent)]
    Trust(#[from] TlsError),
}

impl ConnectError {
    /// What the machine did not have, if that is why.
    pub(crate) fn shortage(&self) -> Option<Shortage> {
        match self {
            Self::Socket(error) => error.shortage(),
            _ => None,
        }
    }
}

/// Opening is rare and its state large, so it is boxed: whoever may have to open has no room for it otherwise.
impl Connector {
    /// A new connection for one exchange at a time.
    pub(crate) async fn open(&self, origin: &Origin, clock: Clock) -> Result<(Box<Connection>, Opening), ConnectError> {
        let opening = Box::pin(async {
            let (stream, traffic, opening) = self.open_stream(origin, clock).await?;
            Ok((Box::new(Connection::over_stream(stream, traffic, clock)), opening))
        });
        self.limited(origin, clock, opening).await
    }

    /// A new connection for many exchanges at a time.
    pub(crate) async fn open_shared(&self, origin: &Origin, clock: Clock) -> Result<(SharedConnection, Opening), ConnectError> {
        let opening = Box::pin(async {
            let (stream, traffic, opening) = self.open_stream(origin, clock).await?;
            let no_http_2 = |message: String| ConnectError::NoHttp2 { origin: origin.address.to_string(), message };
            if stream.protocol().is_some_and(|protocol| protocol != Version::Two.protocol()) {
                return Err(no_http_2("the server has agreed on another version; leave `version` out".to_owned()));
            }
            let shared = SharedConnection::over_stream(stream, traffic).await;
            Ok((shared.map_err(|error| no_http_2(error.to_string()))?, opening))
        });
        self.limited(origin, clock, opening).await
    }

    async fn limited<T>(
        &self,
        origin: &Origin,
        clock: Clock,
        opening: impl Future<Output = Result<T, ConnectError>>,
    ) -> Result<T, ConnectError> {
        let opened = clock.timeout(self.limit, opening).await;
        let opened = opened.unwrap_or_else(|| Err(ConnectError::Timeout { origin: origin.address.to_string(), limit: self.limit }));
        if opened.is_err() {
            self.first(origin).forget_resolved();
        }
        opened
    }

    /// What is connected to for an origin.
    fn first<'a>(&'a self, origin: &'a Origin) -> &'a Origin {
        self.proxy.as_ref().map_or(origin, |proxy| &proxy.origin)
    }

    async fn open_stream(&self, origin: &Origin, clock: Clock) -> Result<(Stream, Arc<Traffic>, Opening), ConnectError> {
        let mut opening = Opening::default();
        let first = self.first(origin);
        let cell = first.resolved();
        let addresses = match cell.get() {
            Some(addresses) => addresses,
            None => {
                let start = clock.now();
                let (place, host, port) = (first.address.to_string(), first.address.bare_host(), first.address.port);
                let addresses = cell.get_or_try_init(|| resolve(&place, host, port)).await?;
                opening.resolve = Some(clock.now().since(start));
                addresses
            }
        };
        let start = clock.now();
        let socket = connect_any(&first.address.to_string(), addresses).await?;
        let mut connected = clock.now();
        opening.connect = Some(connected.since(start));
        let (mut socket, traffic) = CountedSocket::new(socket);
        if let Some(proxy) = self.proxy.as_ref().filter(|proxy| self.version == Version::Two || !proxy.is_asked_for(&origin.address)) {
            let place = &origin.address;
            proxy.tunnel(&mut socket, place).await.map_err(|source| ConnectError::Proxy {
                origin: place.to_string(),
                proxy: proxy.origin.address.to_string(),
                source,
            })?;
            let tunnelled = clock.now();
            opening.tunnel = Some(tunnelled.since(connected));
            connected = tunnelled;
        }
        let stream = match origin.address.scheme {
            Scheme::Http => Stream::Plain(socket),
            Scheme::Https => {
                let stream = self.handshake(origin, socket).await?;
                opening.tls = Some(clock.now().since(connected));
                stream
            }
        };
        Ok((stream, traffic, opening))
    }

    async fn handshake(&self, origin: &Origin, socket: CountedSocket) -> Result<Stream, ConnectError> {
        let name = self.tls.name_for(origin.address.bare_host());
        let name = name.map_err(|source| ConnectError::ServerName { origin: origin.address.to_string(), source })?;
        let stream = TlsConnector::from(self.tls.config()?).connect(name, socket).await;
        match stream {
            Ok(stream) => Ok(Stream::Tls(Box::new(stream))),
            Err(source) => Err(ConnectError::Handshake { origin: origin.address.to_string(), source }),
        }
    }
}
