//! Tests that go through the doors a user has: the program, its files, its exit codes.
//!
//! The tests are in `tests/`, a file for each topic; here is what they share.

#![allow(clippy::indexing_slicing, reason = "a JSON value that is indexed with what it has not is null")]

pub mod campaign;
pub mod documents;
pub mod errors;
pub mod plugins;
pub mod schema;
pub mod uploads;
