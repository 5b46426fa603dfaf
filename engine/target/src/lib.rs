//! The built-in HTTP server to try scenarios on, and its small shop.
