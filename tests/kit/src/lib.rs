//! What the tests share: the program and its servers as child processes, built guests, temporary folders, free ports.
//!
//! Everything returns `anyhow::Result`, and an error shows what the child process said: a test ends with `?`.

mod binary;
mod child;
mod command;
mod engine;
mod folder;
mod guests;
mod http_recorder;
mod influxdb;
mod kafka;
mod mariadb;
mod memory;
mod mosquitto;
mod mutations;
mod nginx;
mod order_service;
mod output;
mod port;
mod postgres;
mod proxies;
mod proxy;
mod rabbitmq;
mod redis;
mod target;
mod tls_front;
mod unpacked;

pub use binary::throng_binary;
pub use command::{Finished, Started, Throng};
pub use engine::{Answered, EngineProcess, ask};
pub use folder::Folder;
pub use guests::{example, guest, languages_folder, project};
pub use http_recorder::{HttpRecorder, Recorded};
pub use influxdb::InfluxServer;
pub use kafka::KafkaServer;
pub use mariadb::MariaDbServer;
pub use memory::resident;
pub use mosquitto::MosquittoServer;
pub use mutations::Mutations;
pub use nginx::{NginxServer, NginxTls};
pub use order_service::OrderService;
pub use port::free_port;
pub use postgres::PostgresServer;
pub use proxies::ProxyServer;
pub use proxy::Proxy;
pub use rabbitmq::RabbitServer;
pub use redis::RedisServer;
pub use target::TargetProcess;
pub use tls_front::TlsFront;

/// A new temporary folder, removed when dropped.
///
/// # Errors
/// The operating system gives none.
pub fn tempdir() -> anyhow::Result<Folder> {
    Folder::new()
}
