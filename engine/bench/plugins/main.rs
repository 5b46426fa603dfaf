//! Bare loops with the libraries of the plugins, for `cargo xtask bench plugins`: `throng-bench-plugins serve SYSTEM` is a server to run them
//! against, `fill LOOP URL OPERATIONS IN-FLIGHT` makes ready what a loop finds there, and `run …` prints how long the loop took.

mod http;
mod kafka;
mod mqtt;
mod rabbitmq;
mod redis;
mod serve;
mod sql;
mod tcp;

use std::future::Future;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// The engine's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a loop is to do.
#[derive(Clone, Debug)]
struct Work {
    /// Where the server is; what it is for SQLite is a file.
    url: String,
    operations: u64,
    /// Operations that are under way at a time, at most.
    in_flight: u64,
}

/// A loop by its name, and what makes ready for it.
type Loop = (&'static str, fn(&Work) -> Result<()>, fn(&Work) -> Result<Duration>);

const LOOPS: [Loop; 13] = [
    ("http", nothing, http::ask),
    ("rabbitmq-produce", rabbitmq::make_queue, rabbitmq::produce),
    ("rabbitmq-consume", rabbitmq::fill, rabbitmq::consume),
    ("kafka-produce", nothing, kafka::produce),
    ("kafka-consume", kafka::fill, kafka::consume),
    ("mqtt-publish", nothing, mqtt::publish),
    ("mqtt-subscribe", nothing, mqtt::subscribe),
    ("redis-save", nothing, redis::save),
    ("redis-stream-consume", redis::fill, redis::consume),
    ("sql-save", sql::make_table, sql::save),
    ("sql-search", sql::fill, sql::search),
    ("sqlite-save", sql::make_file, sql::save_in_file),
    ("tcp", nothing, tcp::ask),
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["serve", system] => serve::serve(system),
        [verb @ ("fill" | "run"), name, url, operations, in_flight] => {
            let work = Work { url: (*url).to_owned(), operations: operations.parse()?, in_flight: in_flight.parse()? };
            let (_, fill, run) = LOOPS.iter().find(|(known, ..)| known == name).with_context(|| format!("there is no loop `{name}`"))?;
            if *verb == "fill" {
                return fill(&work);
            }
            println!("{}", run(&work)?.as_secs_f64());
            Ok(())
        }
        _ => bail!("say `serve SYSTEM`, or `fill` or `run`, and LOOP URL OPERATIONS IN-FLIGHT"),
    }
}

fn nothing(_: &Work) -> Result<()> {
    Ok(())
}

/// Runs a future on a runtime of one thread, as that of a worker is.
fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}

/// The time that something takes, by the machine's clock.
#[allow(clippy::disallowed_methods, reason = "a real server is measured")]
async fn timed(work: impl Future<Output = Result<()>>) -> Result<Duration> {
    let begun = std::time::Instant::now();
    work.await?;
    Ok(begun.elapsed())
}

impl Work {
    /// Host and port.
    fn address(&self) -> &str {
        self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest)
    }

    fn port(&self) -> Result<u16> {
        let port = self.address().rsplit_once(':').map(|(_, port)| port.split('/').next().unwrap_or(port));
        port.and_then(|port| port.parse().ok()).with_context(|| format!("`{}` has no port", self.url))
    }

    /// The operations of each of those that work at a time.
    fn each(&self) -> u64 {
        self.operations / self.in_flight.max(1)
    }
}
