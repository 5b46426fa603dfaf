//! Whole campaigns in virtual time: exact, and the same on any number of workers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what went wrong by panicking"
)]

mod before_and_after;
mod campaigns;
mod collect;
mod documentation;
mod errors;
mod events;
mod exporters;
mod freeze;
mod harness;
mod health;
mod holds;
mod iterations;
mod joins;
mod memory_exporter;
mod meters;
mod moments;
mod pace;
mod plugin;
mod profiles;
mod random;
mod semantics;
mod shelf;
mod side_trees;
mod stages;
mod starts;
mod stopping;
mod topics;
