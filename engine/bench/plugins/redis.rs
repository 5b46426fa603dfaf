//! Values set, and entries of a stream consumed by a group, over one connection of the library `redis`.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures_util::future::try_join_all;
use redis::aio::MultiplexedConnection;
use redis::{Client, cmd, pipe};

use crate::{Work, block_on, timed};

/// As the document's.
const BODY: &str = "twenty-three bytes long";
const STREAM: &str = "bench";
/// The plugin's default.
const COUNT: u64 = 100;

/// As many commands as are under way share the connection.
pub(crate) fn save(work: &Work) -> Result<Duration> {
    block_on(async {
        let connection = connect(work).await?;
        let one = |mut connection: MultiplexedConnection| async move {
            for _ in 0..work.each() {
                cmd("SET").arg("bench:value").arg(BODY).exec_async(&mut connection).await?;
            }
            Ok::<_, anyhow::Error>(())
        };
        timed(async { try_join_all((0..work.in_flight).map(|_| one(connection.clone()))).await.map(drop) }).await
    })
}

/// A stream with as many entries as there are operations, and no group.
pub(crate) fn fill(work: &Work) -> Result<()> {
    block_on(async {
        let mut connection = connect(work).await?;
        cmd("DEL").arg(STREAM).exec_async(&mut connection).await?;
        let mut left = work.operations;
        while left > 0 {
            let some = left.min(10_000);
            let mut entries = pipe();
            for _ in 0..some {
                entries.cmd("XADD").arg(STREAM).arg("*").arg("body").arg(BODY).ignore();
            }
            entries.exec_async(&mut connection).await?;
            left -= some;
        }
        Ok(())
    })
}

/// Reads as many at a time as the plugin does, and acknowledges them.
pub(crate) fn consume(work: &Work) -> Result<Duration> {
    block_on(async {
        let mut connection = connect(work).await?;
        cmd("XGROUP").arg("CREATE").arg(STREAM).arg("bare").arg("0").exec_async(&mut connection).await?;
        timed(async {
            let mut come = 0;
            while come < work.operations {
                let mut read = cmd("XREADGROUP");
                read.arg("GROUP").arg("bare").arg("one").arg("COUNT").arg(COUNT).arg("STREAMS").arg(STREAM).arg(">");
                type Entries = Vec<(String, Vec<(String, Vec<(String, String)>)>)>;
                let streams: Option<Entries> = read.query_async(&mut connection).await?;
                let (_, entries) = streams.unwrap_or_default().pop().context("the stream has fewer entries")?;
                let mut acknowledge = cmd("XACK");
                acknowledge.arg(STREAM).arg("bare");
                for (id, _) in &entries {
                    acknowledge.arg(id);
                }
                let acknowledged: u64 = acknowledge.query_async(&mut connection).await?;
                ensure!(acknowledged == entries.len() as u64, "not all were acknowledged");
                come += acknowledged;
            }
            Ok(())
        })
        .await
    })
}

async fn connect(work: &Work) -> Result<MultiplexedConnection> {
    Ok(Client::open(work.url.as_str())?.get_multiplexed_async_connection().await?)
}
