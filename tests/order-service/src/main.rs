//! A small order service with faults to be found: orders come in over HTTP, pass three links that are joined by queues of RabbitMQ, and
//! end as rows of PostgreSQL.
//!
//! ```text
//! POST /orders ─▶ orders.reserve ─▶ orders.charge ─▶ orders.write ─▶ table `orders`
//!      │ 202         takes stock        takes time       a row
//!      ▼                 │                  │              │
//!   the client           └──────── exchange `order-events`: `reserved`, `charged`, `written`
//! ```
//!
//! The API answers 202 as soon as the broker has the order. Everything that goes wrong behind it goes wrong behind that answer.

mod api;
mod broker;
mod faults;
mod links;
mod store;

use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::Parser;
use tokio::net::TcpListener;

use crate::broker::Broker;
use crate::faults::Faults;
use crate::store::Store;

/// An order service with faults to be found
#[derive(Debug, Parser)]
struct Arguments {
    /// Where it listens; 0 takes a free port
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// The broker
    #[arg(long, default_value = "amqp://127.0.0.1:5672")]
    amqp: String,

    /// The database
    #[arg(long, default_value = "postgres://postgres@127.0.0.1:5432/postgres")]
    postgres: String,

    #[command(flatten)]
    faults: Faults,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let store = Store::open(&arguments.postgres).await.with_context(|| format!("cannot use {}", arguments.postgres))?;
    let broker = Broker::open(&arguments.amqp).await.with_context(|| format!("cannot use {}", arguments.amqp))?;
    let (store, faults) = (Arc::new(store), Arc::new(arguments.faults));
    links::start(&broker, &store, &faults).await?;
    let listener = TcpListener::bind(("127.0.0.1", arguments.port)).await.context("cannot listen")?;
    println!("order service listening on http://{}", listener.local_addr()?);
    axum::serve(listener, api::routes(broker.publisher().await?, store)).with_graceful_shutdown(told_to_end()).await?;
    Ok(())
}

/// An interrupt, or a termination.
async fn told_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminated) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = terminated.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
