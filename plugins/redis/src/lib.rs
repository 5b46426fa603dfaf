//! The Redis plugin.
//!
//! The step kind `redis-save` sets values, hashes, lists and sets, `redis-stream-produce` adds entries to streams. The source `redis-poll`
//! makes records of keys or of what is in one, the source `redis-stream-consume` of a stream's entries, as a group. [`RedisPlugin`] is all
//! that an engine needs.

mod consume;
mod consumer;
mod entry;
mod failure;
mod json_plan;
mod line;
mod options;
mod plugin;
mod poll;
mod produce;
mod records;
mod save;
mod scan;
mod seen;
mod sentinel;
mod server;
mod step;
mod values;

pub use plugin::RedisPlugin;
