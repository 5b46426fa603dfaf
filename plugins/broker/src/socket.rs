//! A socket to a broker, with or without TLS.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use throng_plugin_api::{Files, OpenError};
use throng_sockets::Tls;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::address::{Address, Security};

/// An open socket.
#[derive(Debug)]
pub enum Socket {
    /// Bytes as they are.
    Plain(TcpStream),
    /// Over TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

/// Reads the certificates before the load, if there is anything to use them for.
///
/// # Errors
/// They cannot be read.
pub fn check_tls(address: &Address, tls: &Tls, files: &Files) -> Result<(), OpenError> {
    tls.bind(files);
    match address.security {
        Security::Plain => Ok(()),
        Security::Tls => tls.config().map(drop).map_err(|error| OpenError { message: error.to_string(), hint: None }),
    }
}

impl Socket {
    /// Opens one, within a limit that no test's clock moves: who gives up waiting for it may be gone by then.
    ///
    /// # Errors
    /// There is no connection to be had; [`crate::connect_failure`] says why.
    pub async fn open(address: &Address, tls: &Tls, limit: Duration) -> io::Result<Self> {
        let opening = async {
            let socket = TcpStream::connect((address.host.as_str(), address.port)).await?;
            socket.set_nodelay(true)?;
            match address.security {
                Security::Plain => Ok(Self::Plain(socket)),
                Security::Tls => {
                    let name = tls.name_for(&address.host).map_err(io::Error::other)?;
                    let connector = TlsConnector::from(tls.config().map_err(io::Error::other)?);
                    Ok(Self::Tls(Box::new(connector.connect(name, socket).await?)))
                }
            }
        };
        tokio::time::timeout(limit, opening).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
