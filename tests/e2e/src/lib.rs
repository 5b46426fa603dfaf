//! Tests that go through the doors a user has: the program, its files, its exit codes.
//!
//! The tests are in `tests/`, a file for each topic; here is what they share.

pub mod documents;
pub mod errors;
