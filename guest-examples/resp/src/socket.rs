//! A TCP connection over `wasi:sockets`, as a reader and writer of Rust. Where the toolchain's own `std::net` knows WASI 0.2, it does the same.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr};

use wasip2::io::streams::{InputStream, OutputStream, StreamError};
use wasip2::sockets::instance_network::{Network, instance_network};
use wasip2::sockets::ip_name_lookup::resolve_addresses;
use wasip2::sockets::network::{ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress};
use wasip2::sockets::tcp::TcpSocket;
use wasip2::sockets::tcp_create_socket::create_tcp_socket;

/// Bytes that one write may have.
const WRITE: usize = 4096;

/// A connection. The streams are dropped before the socket that they belong to.
pub struct Connection {
    input: InputStream,
    output: OutputStream,
    _socket: TcpSocket,
}

impl Connection {
    /// Connects to `host:port`, to the first address of the host that takes the connection.
    pub fn open(address: &str) -> io::Result<Self> {
        let network = instance_network();
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for address in addresses(&network, address)? {
            match Self::to(&network, address) {
                Ok(connection) => return Ok(connection),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn to(network: &Network, address: SocketAddr) -> io::Result<Self> {
        let family = if address.is_ipv4() { IpAddressFamily::Ipv4 } else { IpAddressFamily::Ipv6 };
        let socket = create_tcp_socket(family).map_err(error)?;
        socket.start_connect(network, wasi_address(address)).map_err(error)?;
        loop {
            match socket.finish_connect() {
                Ok((input, output)) => return Ok(Self { input, output, _socket: socket }),
                // Here the call waits, and others go on in their own lanes.
                Err(ErrorCode::WouldBlock) => socket.subscribe().block(),
                Err(code) => return Err(error(code)),
            }
        }
    }
}

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.input.blocking_read(buffer.len() as u64) {
            Ok(bytes) => {
                let read = bytes.len().min(buffer.len());
                buffer[..read].copy_from_slice(&bytes[..read]);
                Ok(read)
            }
            Err(StreamError::Closed) => Ok(0),
            Err(StreamError::LastOperationFailed(error)) => Err(io::Error::other(error.to_debug_string())),
        }
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = &bytes[..bytes.len().min(WRITE)];
        match self.output.blocking_write_and_flush(piece) {
            Ok(()) => Ok(piece.len()),
            Err(StreamError::Closed) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(StreamError::LastOperationFailed(error)) => Err(io::Error::other(error.to_debug_string())),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The addresses of `host:port`; a name is looked up.
fn addresses(network: &Network, address: &str) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = address.parse() {
        return Ok(vec![address]);
    }
    let wrong = || io::Error::new(io::ErrorKind::InvalidInput, "write host and port");
    let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
    let port: u16 = port.parse().map_err(|_| wrong())?;
    let found = resolve_addresses(network, host).map_err(error)?;
    let mut all = Vec::new();
    loop {
        match found.resolve_next_address() {
            Ok(Some(IpAddress::Ipv4((a, b, c, d)))) => all.push(SocketAddr::new(IpAddr::from([a, b, c, d]), port)),
            Ok(Some(IpAddress::Ipv6((a, b, c, d, e, f, g, h)))) => all.push(SocketAddr::new(IpAddr::from([a, b, c, d, e, f, g, h]), port)),
            Ok(None) => return Ok(all),
            Err(ErrorCode::WouldBlock) => found.subscribe().block(),
            Err(code) => return Err(error(code)),
        }
    }
}

fn wasi_address(address: SocketAddr) -> IpSocketAddress {
    match address {
        SocketAddr::V4(address) => {
            let [a, b, c, d] = address.ip().octets();
            IpSocketAddress::Ipv4(Ipv4SocketAddress { port: address.port(), address: (a, b, c, d) })
        }
        SocketAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h] = address.ip().segments();
            IpSocketAddress::Ipv6(Ipv6SocketAddress { port: address.port(), flow_info: 0, address: (a, b, c, d, e, f, g, h), scope_id: 0 })
        }
    }
}

fn error(code: ErrorCode) -> io::Error {
    io::Error::other(code.name())
}
