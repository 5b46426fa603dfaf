//! The sandbox with small real guests, each of one behaviour: see `tests/guests`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod calls;
mod describe;
mod guests;
mod handles;
mod host;
mod intake;
mod limits;
mod plugins;
mod storms;
mod wasi;
