//! Write throng scenarios in Rust.
