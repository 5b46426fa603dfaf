//! Lines that are sent, and come back, by tokio's sockets.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::{Work, block_on, timed};

const LINE: &[u8] = b"twenty-three bytes long\n";

/// Sends back what comes, on a thread of its own.
pub(crate) fn echo() -> Result<SocketAddr> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || block_on(serve(listener)));
    Ok(address)
}

async fn serve(listener: std::net::TcpListener) -> Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (client, _) = listener.accept().await?;
        client.set_nodelay(true)?;
        tokio::spawn(send_back(client));
    }
}

/// Until the other side leaves.
async fn send_back(mut client: TcpStream) -> std::io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        let length = client.read(&mut buffer).await?;
        match buffer.get(..length) {
            None | Some([]) => return Ok(()),
            Some(read) => client.write_all(read).await?,
        }
    }
}

/// A connection for each line that is under way.
pub(crate) fn ask(work: &Work) -> Result<Duration> {
    block_on(async {
        let connect = || async {
            let socket = TcpStream::connect(work.address()).await?;
            socket.set_nodelay(true)?;
            Ok::<_, anyhow::Error>(BufReader::new(socket))
        };
        let connections = try_join_all((0..work.in_flight).map(|_| connect())).await?;
        let one = |mut connection: BufReader<TcpStream>| async move {
            let mut answer = Vec::new();
            for _ in 0..work.each() {
                connection.write_all(LINE).await?;
                answer.clear();
                connection.read_until(b'\n', &mut answer).await?;
                ensure!(answer == LINE, "another answer");
            }
            Ok::<_, anyhow::Error>(())
        };
        timed(async { try_join_all(connections.into_iter().map(one)).await.map(drop) }).await
    })
}
