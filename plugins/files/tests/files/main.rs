//! The plugin over real files, used as the engine uses it.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that fails should fail loudly")]

mod bad_records;
mod configuration;
mod csv;
mod json;
mod lines;
mod opening;
mod world;
mod xml;
