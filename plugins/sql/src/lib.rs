//! The SQL plugin: polls, searches and saves in PostgreSQL, MySQL, MariaDB and SQLite.
//!
//! Source kind `sql-poll` asks for rows that are new, step kind `sql-search` asks with what a minion brings, `sql-save` changes rows. The exporter
//! `postgresql` writes meters and events to tables.
//! [`SqlPlugin`] is all that an engine needs.

mod address;
mod bytes;
mod checks;
mod connection;
mod database;
mod error;
mod export;
mod insert;
mod meters;
mod mysql;
mod options;
mod parameters;
mod plan;
mod plugin;
mod poll;
mod pool;
mod postgres;
mod sqlite;
mod step;
mod tie_breaker;
mod value;

pub use plugin::{Access, SqlPlugin};
