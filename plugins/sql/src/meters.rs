//! What steps and sources record about their statements.

use throng_plugin_api::{MeterId, Meters, Visit};

/// The names of a kind's meters.
pub(crate) struct Names {
    records: &'static str,
    time: &'static str,
    connect: &'static str,
    opened: &'static str,
    pool_wait: &'static str,
    bytes: &'static str,
}

/// Of `sql-poll`.
pub(crate) const POLL: Names = Names {
    records: "sql-poll-records",
    time: "sql-poll-time",
    connect: "sql-poll-connect",
    opened: "sql-poll-connections-opened",
    pool_wait: "sql-poll-pool-wait",
    bytes: "sql-poll-bytes",
};

/// Of `sql-search`.
pub(crate) const SEARCH: Names = Names {
    records: "sql-search-records",
    time: "sql-search-time",
    connect: "sql-search-connect",
    opened: "sql-search-connections-opened",
    pool_wait: "sql-search-pool-wait",
    bytes: "sql-search-bytes",
};

/// Of `sql-save`.
pub(crate) const SAVE: Names = Names {
    records: "sql-save-records",
    time: "sql-save-time",
    connect: "sql-save-connect",
    opened: "sql-save-connections-opened",
    pool_wait: "sql-save-pool-wait",
    bytes: "sql-save-bytes",
};

/// The meters of one step on one worker.
#[derive(Debug)]
pub(crate) struct SqlMeters {
    records: MeterId,
    time: MeterId,
    connect: MeterId,
    opened: MeterId,
    pool_wait: MeterId,
    bytes: MeterId,
}

impl SqlMeters {
    pub(crate) fn register(meters: &mut dyn Meters, names: &Names) -> Self {
        Self {
            records: meters.counter(names.records),
            time: meters.timer(names.time),
            connect: meters.timer(names.connect),
            opened: meters.counter(names.opened),
            pool_wait: meters.timer(names.pool_wait),
            bytes: meters.counter(names.bytes),
        }
    }

    /// A connection had to be waited for.
    pub(crate) fn waited(&self, visit: &Visit<'_>, nanoseconds: u64) {
        visit.observe(self.pool_wait, nanoseconds);
    }

    /// A connection was opened, log-in included.
    pub(crate) fn opened(&self, visit: &Visit<'_>, nanoseconds: u64) {
        visit.count(self.opened, 1);
        visit.observe(self.connect, nanoseconds);
    }

    /// A statement was answered.
    pub(crate) fn answered(&self, visit: &Visit<'_>, records: u64, bytes: u64, nanoseconds: u64) {
        visit.count(self.records, records);
        visit.count(self.bytes, bytes);
        visit.observe(self.time, nanoseconds);
    }
}
