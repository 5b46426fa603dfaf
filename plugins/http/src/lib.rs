//! The HTTP plugin: requests over connections that a minion keeps.
//!
//! Three step kinds: `http` opens a connection and sends requests over it, `http-with` sends further ones over the same connection,
//! `http-close` closes it before the minion is done.
//! One source kind: `http-poll` sends a request again and again. [`HttpPlugin`] is all that an engine needs; a program that wants nothing but
//! requests over one connection finds that in [`Connection`].

mod accept;
mod answer;
mod ask;
mod auth;
mod checks;
mod connect;
mod connection;
mod cookies;
mod cursor;
mod exchange;
mod failure;
mod files;
mod form;
mod inflate;
mod lines;
mod meters;
mod options;
mod origin;
mod plan;
mod plugin;
mod poll;
mod prepared;
mod proxy;
mod redirect;
mod schedule;
mod shared;
mod shelf;
mod socks;
mod source;
mod step;
mod stream;
mod version;

pub use connection::{Connection, Encoded, ExchangeError, Exchanged, ProtocolError};
pub use plugin::HttpPlugin;
