//! A connection of the library's own, without anything of the plugin's.

use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use lapin::{AsyncTcpStream, Connection, ConnectionProperties};
use throng_broker::Socket;
use tokio::net::TcpStream;

use crate::runtime::on_current;
use crate::transport::Transport;

/// Connects as `guest` to a broker of this machine, on the tokio runtime that this is called in: for what the plugin is measured beside.
///
/// # Errors
/// There is no connection to be had.
pub async fn bare_connection(port: u16) -> lapin::Result<Connection> {
    let uri = AMQPUri {
        scheme: AMQPScheme::AMQP,
        authority: AMQPAuthority { userinfo: AMQPUserInfo::default(), host: "127.0.0.1".to_owned(), port },
        vhost: "/".to_owned(),
        query: AMQPQueryString::default(),
    };
    let connect = async move |_, _| {
        let socket = TcpStream::connect(("127.0.0.1", port)).await?;
        socket.set_nodelay(true)?;
        Ok(AsyncTcpStream::Plain(Transport(Socket::Plain(socket))))
    };
    Connection::connector(uri, on_current(), connect, ConnectionProperties::default()).await
}
