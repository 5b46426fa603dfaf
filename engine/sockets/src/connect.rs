//! Names and sockets: who is asked, and why nobody answered.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use throng_measure::Shortage;
use throng_plugin_api::shortage_of;
use tokio::net::{TcpStream, UdpSocket, lookup_host};

/// Why there is no socket. `place` is what people know the other side by: a URL.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each field is what the message says of it")]
pub enum SocketError {
    /// Nobody knows the name.
    #[error("the name of {place} cannot be resolved: {source}")]
    Resolve { place: String, source: io::Error },
    /// The name stands for nothing.
    #[error("the name of {0} has no address")]
    NoAddress(String),
    /// Nothing listens there.
    #[error("{place} refuses connections ({address}): nothing listens there")]
    Refused { place: String, address: SocketAddr },
    /// Another reason, such as no route.
    #[error("no connection to {place} ({address}): {source}")]
    Socket { place: String, address: SocketAddr, source: io::Error },
    /// This process has no descriptor left.
    #[error("no connection to {place}: this process may open no more file descriptors ({source}); raise its hard limit, `ulimit -Hn`")]
    NoDescriptor { place: String, source: io::Error },
    /// This machine has no descriptor left.
    #[error("no connection to {place}: this machine may open no more file descriptors ({source}); raise `fs.file-max`")]
    NoMachineDescriptor { place: String, source: io::Error },
    /// This machine has no local port left for this address.
    #[error(
        "no connection to {place} ({address}): this machine has no local port left for it ({source}); widen `net.ipv4.ip_local_port_range`"
    )]
    NoPort { place: String, address: SocketAddr, source: io::Error },
}

impl SocketError {
    /// What the machine did not have, if that is why.
    pub fn shortage(&self) -> Option<Shortage> {
        match self {
            Self::NoDescriptor { .. } => Some(Shortage::Descriptors),
            Self::NoMachineDescriptor { .. } => Some(Shortage::MachineDescriptors),
            Self::NoPort { .. } => Some(Shortage::Ports),
            _ => None,
        }
    }

    /// Why a socket could not be opened or connected.
    async fn of(place: &str, address: SocketAddr, source: io::Error) -> Self {
        let place = place.to_owned();
        match shortage_of(&source) {
            Some(Shortage::Descriptors) => Self::NoDescriptor { place, source },
            Some(Shortage::MachineDescriptors) => Self::NoMachineDescriptor { place, source },
            Some(Shortage::Ports) if has_way_to(address).await => Self::NoPort { place, address, source },
            _ if source.kind() == io::ErrorKind::ConnectionRefused => Self::Refused { place, address },
            _ => Self::Socket { place, address, source },
        }
    }
}

/// The addresses of a host; at least one.
///
/// # Errors
/// It has none, or the machine lacks what asking takes.
pub async fn resolve(place: &str, host: &str, port: u16) -> Result<Vec<SocketAddr>, SocketError> {
    let found = lookup_host((host, port)).await.map_err(|source| match shortage_of(&source) {
        Some(Shortage::Descriptors) => SocketError::NoDescriptor { place: place.to_owned(), source },
        Some(Shortage::MachineDescriptors) => SocketError::NoMachineDescriptor { place: place.to_owned(), source },
        _ => SocketError::Resolve { place: place.to_owned(), source },
    });
    let found: Vec<_> = found?.collect();
    if found.is_empty() { Err(SocketError::NoAddress(place.to_owned())) } else { Ok(found) }
}

/// A connection to the first address that accepts one. Small writes are sent at once (TCP_NODELAY).
///
/// # Errors
/// That of the last address, if none does.
pub async fn connect_any(place: &str, addresses: &[SocketAddr]) -> Result<TcpStream, SocketError> {
    let mut last = SocketError::NoAddress(place.to_owned());
    for &address in addresses {
        let socket = TcpStream::connect(address).await.and_then(|socket| socket.set_nodelay(true).map(|()| socket));
        last = match socket {
            Ok(socket) => return Ok(socket),
            Err(source) => SocketError::of(place, address, source).await,
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
        format!("{:?}", SocketError::of("o", address, error.into()).await.shortage())
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
