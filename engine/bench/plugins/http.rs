//! Requests over HTTP/1.1 by hyper's connections.

use std::time::Duration;

use anyhow::{Result, ensure};
use bytes::Bytes;
use futures_util::future::try_join_all;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::{Work, block_on, timed};

/// A connection for each request that is under way; each body is read to its end.
pub(crate) fn ask(work: &Work) -> Result<Duration> {
    block_on(async {
        let connections = try_join_all((0..work.in_flight).map(|_| connect(work))).await?;
        let one = |mut connection: SendRequest<Empty<Bytes>>| async move {
            for _ in 0..work.each() {
                let request = Request::get("/page").header("host", work.address()).body(Empty::new())?;
                let response = connection.send_request(request).await?;
                ensure!(response.status() == StatusCode::OK, "another status");
                response.into_body().collect().await?;
            }
            Ok::<_, anyhow::Error>(())
        };
        timed(async { try_join_all(connections.into_iter().map(one)).await.map(drop) }).await
    })
}

async fn connect(work: &Work) -> Result<SendRequest<Empty<Bytes>>> {
    let socket = TcpStream::connect(work.address()).await?;
    socket.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(socket)).await?;
    tokio::spawn(connection);
    Ok(sender)
}
