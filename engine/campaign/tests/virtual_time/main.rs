//! Whole campaigns in virtual time: exact, and the same on any number of workers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what went wrong by panicking"
)]

mod documentation;
mod harness;
mod semantics;
mod stopping;
