//! The ledger check: what was acknowledged under load, against what is stored behind it.
//!
//! Step kind `ledger-record` keeps, of each value that passes, a key and what belongs to it; step kind `ledger-check` compares that with the
//! rows that it is given, in a tree behind the load. [`LedgerPlugin`] is all that an engine needs.

mod check;
mod function;
mod ledger;
mod options;
mod plugin;
mod record;
mod verdict;

pub use plugin::LedgerPlugin;
