//! The attribute macros of throng's Rust SDK.
