//! An engine that keeps running: takes components in over REST, runs campaigns, keeps their reports.
//!
//! It has no logic of campaigns of its own: documents, plans, figures and reports are those of the crates below. What is here: who may
//! ask for what ([`ServerConfig`]), what is kept (SQLite and files by digest, both in one folder), and which campaign runs when.
//!
//! One thread answers requests and never computes; components are compiled in a child process of low priority, one at a time; each
//! campaign has a thread of its own, as `throng run` has.

mod access;
mod api;
mod background;
mod bounds;
mod campaigns;
mod clock;
mod compiler;
mod config;
mod engine;
mod error;
mod files;
mod intake;
mod inventory;
mod problem;
mod retention;
mod secrets;
mod serve;
mod step_plugins;
mod store;
mod targets;
mod tls;

pub use access::{NewToken, Scope, TokenRecord, Tokens, UnknownScope};
pub use bounds::Bounds;
pub use compiler::{CompilerCommand, be_modest};
pub use config::ServerConfig;
pub use error::ServerError;
pub use retention::Keep;
pub use serve::{Server, Stop};
pub use targets::{AllowedTargets, AllowedTargetsError};
pub use tls::TlsFiles;

/// The REST API's description, as it is served: OpenAPI 3.1.
pub fn openapi() -> serde_json::Value {
    api::describe()
}
