//! The built-in HTTP server to try scenarios on, and its small shop.
//!
//! Plain answers are prebuilt and lean, so that a load test measures its own engine rather than this server. Delays, faults and freezes are
//! drawn from a seed by the number of the request: the same requests get the same answers.
//!
//! Everything that waits does so by the clock that is handed in; tests serve it over in-memory connections in virtual time.

mod answers;
mod content;
mod counts;
mod draws;
mod error;
mod options;
mod route;
mod run;
mod server;
mod shop;
#[cfg(test)]
mod tests;
mod text;
mod timing;

pub use error::TargetError;
pub use options::{ShopOptions, TargetOptions};
pub use run::run;
pub use server::Target;
pub use text::Share;
