//! Opens connections: name, socket, TLS, each timed.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::InvalidDnsNameError;
use throng_measure::Shortage;
use throng_plugin_api::{Clock, shortage_of};
use tokio::net::{TcpStream, UdpSocket, lookup_host};
use tokio_rustls::TlsConnector;

use crate::connection::Connection;
use crate::origin::{Origin, Scheme};
use crate::proxy::{Proxy, ProxyError};
use crate::shared::SharedConnection;
use crate::stream::{CountedSocket, Stream, Traffic};
use crate::tls::{Tls, TrustError, Version};

/// How connections of a step are opened.
#[derive(Debug)]
pub(crate) struct Connector {
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
    #[error("the name of {origin} cannot be resolved: {source}")]
    Resolve { origin: String, source: io::Error },
    #[error("the name of {0} has no address")]
    NoAddress(String),
    #[error("{origin} refuses connections ({address}): nothing listens there")]
    Refused { origin: String, address: SocketAddr },
    #[error("no connection to {origin} within {limit:?}; `timeouts.connect` allows more")]
    Timeout { origin: String, limit: Duration },
    #[error("no connection to {origin} ({address}): {source}")]
    Socket { origin: String, address: SocketAddr, source: io::Error },
    #[error("no connection to {origin}: this process may open no more file descriptors ({source}); raise its hard limit, `ulimit -Hn`")]
    NoDescriptor { origin: String, source: io::Error },
    #[error("no connection to {origin}: this machine may open no more file descriptors ({source}); raise `fs.file-max`")]
    NoMachineDescriptor { origin: String, source: io::Error },
    #[error(
        "no connection to {origin} ({address}): this machine has no local port left for it ({source}); widen `net.ipv4.ip_local_port_range`"
    )]
    NoPort { origin: String, address: SocketAddr, source: io::Error },
    #[error("no TLS connection to {origin}: {source}")]
    Handshake { origin: String, source: io::Error },
    #[error("no TLS connection to {origin}: its host cannot be the name of a certificate; set `tls.server-name`")]
    ServerName { origin: String, source: InvalidDnsNameError },
    #[error("no connection to {origin}: the proxy {proxy} makes no way there: {source}")]
    Proxy { origin: String, proxy: String, source: ProxyError },
    #[error("no HTTP/2 with {origin}: {message}")]
    NoHttp2 { origin: String, message: String },
    #[error(transparent)]
    Trust(#[from] TrustError),
}

impl ConnectError {
    /// What the machine did not have, if that is why.
    pub(crate) fn shortage(&self) -> Option<Shortage> {
        match self {
            Self::NoDescriptor { .. } => Some(Shortage::Descriptors),
            Self::NoMachineDescriptor { .. } => Some(Shortage::MachineDescriptors),
            Self::NoPort { .. } => Some(Shortage::Ports),
            _ => None,
        }
    }

    /// Why a socket could not be opened or connected.
    async fn of_socket(origin: String, address: SocketAddr, source: io::Error) -> Self {
        match shortage_of(&source) {
            Some(Shortage::Descriptors) => Self::NoDescriptor { origin, source },
            Some(Shortage::MachineDescriptors) => Self::NoMachineDescriptor { origin, source },
            Some(Shortage::Ports) if has_way_to(address).await => Self::NoPort { origin, address, source },
            _ if source.kind() == io::ErrorKind::ConnectionRefused => Self::Refused { origin, address },
            _ => Self::Socket { origin, address, source },
        }
    }
}

impl Connector {
    /// A new connection for one exchange at a time.
    pub(crate) async fn open(&self, origin: &Origin, clock: Clock) -> Result<(Box<Connection>, Opening), ConnectError> {
        self.limited(origin, clock, async {
            let (stream, traffic, opening) = self.open_stream(origin, clock).await?;
            Ok((Box::new(Connection::over_stream(stream, traffic, clock)), opening))
        })
        .await
    }

    /// A new connection for many exchanges at a time.
    pub(crate) async fn open_shared(&self, origin: &Origin, clock: Clock) -> Result<(SharedConnection, Opening), ConnectError> {
        self.limited(origin, clock, async {
            let (stream, traffic, opening) = self.open_stream(origin, clock).await?;
            let no_http_2 = |message: String| ConnectError::NoHttp2 { origin: origin.address.to_string(), message };
            if stream.protocol().is_some_and(|protocol| protocol != Version::Two.protocol()) {
                return Err(no_http_2("the server has agreed on another version; leave `version` out".to_owned()));
            }
            let shared = SharedConnection::over_stream(stream, traffic).await;
            Ok((shared.map_err(|error| no_http_2(error.to_string()))?, opening))
        })
        .await
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
                let addresses = cell.get_or_try_init(|| resolve(first)).await?;
                opening.resolve = Some(clock.now().since(start));
                addresses
            }
        };
        let start = clock.now();
        let socket = connect_any(first, addresses).await?;
        let mut connected = clock.now();
        opening.connect = Some(connected.since(start));
        let (mut socket, traffic) = CountedSocket::new(socket);
        if let Some(proxy) = self.proxy.as_ref().filter(|proxy| self.tls.version == Version::Two || !proxy.is_asked_for(&origin.address)) {
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

async fn resolve(origin: &Origin) -> Result<Vec<SocketAddr>, ConnectError> {
    let address = &origin.address;
    let found = lookup_host((address.bare_host(), address.port)).await;
    let found = found.map_err(|source| match shortage_of(&source) {
        Some(Shortage::Descriptors) => ConnectError::NoDescriptor { origin: address.to_string(), source },
        Some(Shortage::MachineDescriptors) => ConnectError::NoMachineDescriptor { origin: address.to_string(), source },
        _ => ConnectError::Resolve { origin: address.to_string(), source },
    });
    let found: Vec<_> = found?.collect();
    if found.is_empty() { Err(ConnectError::NoAddress(address.to_string())) } else { Ok(found) }
}

/// The first address that accepts; the last one's error if none does.
async fn connect_any(origin: &Origin, addresses: &[SocketAddr]) -> Result<TcpStream, ConnectError> {
    let mut last = ConnectError::NoAddress(origin.address.to_string());
    for &address in addresses {
        let socket = TcpStream::connect(address).await.and_then(|socket| socket.set_nodelay(true).map(|()| socket));
        last = match socket {
            Ok(socket) => return Ok(socket),
            Err(source) => ConnectError::of_socket(origin.address.to_string(), address, source).await,
        };
    }
    Err(last)
}

/// Whether this machine has an address of its own from which it can reach another: without a connection, and so without a port of TCP.
async fn has_way_to(address: SocketAddr) -> bool {
    let any: IpAddr = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    match UdpSocket::bind((any, 0)).await {
        Ok(socket) => socket.connect(address).await.is_ok(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use rustix::io::Errno;

    use super::*;

    async fn shown(address: &str, error: Errno) -> String {
        let address = address.parse().expect("an address");
        format!("{:?}", ConnectError::of_socket("o".into(), address, error.into()).await.shortage())
    }

    #[tokio::test]
    async fn what_the_machine_lacks_is_told_from_what_the_target_does() {
        assert_eq!(shown("127.0.0.1:1", Errno::MFILE).await, "Some(Descriptors)");
        assert_eq!(shown("127.0.0.1:1", Errno::NFILE).await, "Some(MachineDescriptors)");
        assert_eq!(shown("127.0.0.1:1", Errno::CONNREFUSED).await, "None");
        assert_eq!(shown("127.0.0.1:1", Errno::ADDRNOTAVAIL).await, "Some(Ports)");
        // An address of a link that is not named cannot be reached from anywhere: that is no lack of ports.
        assert_eq!(shown("[fe80::1]:1", Errno::ADDRNOTAVAIL).await, "None");
    }
}
