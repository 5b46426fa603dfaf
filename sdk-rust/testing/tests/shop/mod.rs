//! The built-in target inside of the test's process.

use std::cell::RefCell;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use anyhow::{Context as _, Result, anyhow};
use serde::Deserialize;
use throng_target::{Target, TargetOptions};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

/// A shop on a free port, with a thread of its own.
pub(crate) struct Shop {
    url: String,
    serving: RefCell<Option<Serving>>,
}

/// It closes when `close` is dropped.
struct Serving {
    close: oneshot::Sender<()>,
    thread: JoinHandle<Result<()>>,
}

/// What the shop has counted.
#[derive(Debug, Deserialize)]
pub(crate) struct Stats {
    pub(crate) orders: Orders,
}

/// Its orders.
#[derive(Debug, Deserialize)]
pub(crate) struct Orders {
    pub(crate) accepted: u64,
}

impl Shop {
    /// Opens it.
    pub(crate) fn open() -> Result<Self> {
        let (opened, opening) = mpsc::sync_channel(1);
        let (close, closing) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let target = Target::bind(TargetOptions { port: 0, ..TargetOptions::default() }).await?;
                opened.send(target.address())?;
                target.serve(async { drop(closing.await) }).await?;
                Ok(())
            })
        });
        let url = format!("http://{}", opening.recv().context("the shop did not open")?);
        Ok(Self { url, serving: RefCell::new(Some(Serving { close, thread })) })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What it has counted; then it closes.
    pub(crate) fn end(&self) -> Result<Stats> {
        let stats = self.stats()?;
        let Serving { close, thread } = self.serving.take().context("the shop was closed before")?;
        drop(close);
        thread.join().map_err(|_| anyhow!("the shop panicked"))??;
        Ok(stats)
    }

    fn stats(&self) -> Result<Stats> {
        use std::io::{Read as _, Write as _};
        let address = self.url.trim_start_matches("http://");
        let mut stream = std::net::TcpStream::connect(address)?;
        write!(stream, "GET /stats HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (_, body) = answer.split_once("\r\n\r\n").context("an answer without a body")?;
        Ok(serde_json::from_str(body)?)
    }
}
