//! The plugin against real servers in the test's own runtime, used as the engine uses it.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that fails should fail loudly")]

mod answers;
mod bodies;
mod configuration;
mod connections;
mod extras;
mod failures;
mod polls;
mod pool;
mod proxies;
mod server;
mod tls;
mod versions;
mod world;
