//! HTTP/1.1 exchanges over one connection of the machine with itself, with a server that looks at nothing.

use std::error::Error;
use std::io;

use bytes::Bytes;
use http::{HeaderValue, Request};
use throng_http::{Connection, Encoded};
use throng_plugin_api::Clock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const BODY_LIMIT: u64 = 1 << 20;

const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nserver: throng\r\ncontent-type: application/json\r\ndate: Sun, 22 Nov 2026 09:00:00 GMT\r\n\
    cache-control: no-store\r\nx-request-id: 0123456789abcdef\r\ncontent-length: 64\r\n\r\n\
    {\"order\": {\"id\": 4711, \"items\": [\"book\", \"pen\"], \"total\": 12.5}}";

/// Encodes a request, sends it and reads the response, so many times.
pub(crate) async fn exchanges(times: u32) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = TcpStream::connect(listener.local_addr()?).await?;
    let (server, _) = listener.accept().await?;
    tokio::task::spawn_local(answer(server));
    let clock = Clock::paused();
    let mut connection = Connection::over_tcp(client, clock)?;
    let host = HeaderValue::from_static("127.0.0.1");
    let request = Request::post("/orders?currency=eur")
        .header("accept", "application/json")
        .header("content-type", "application/json")
        .header("authorization", "Bearer 0123456789abcdef0123456789abcdef")
        .body(Bytes::from_static(b"{\"items\": [\"book\", \"pen\"]}"))?;
    for _ in 0..times {
        let answered = connection.exchange(&Encoded::new(&request, &host), BODY_LIMIT, clock).await?;
        if answered.status != 200 || answered.body.len() != 64 {
            return Err(format!("answered with {} and {} bytes", answered.status, answered.body.len()).into());
        }
    }
    Ok(())
}

/// Requests are small and come one by one: what is read at once is one of them.
async fn answer(mut socket: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 1024];
    while socket.read(&mut buffer).await? > 0 {
        socket.write_all(RESPONSE).await?;
    }
    Ok(())
}
