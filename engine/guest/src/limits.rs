//! What a component may use.

use std::time::Duration;

/// Limits of one scenario's component, each configurable.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Size of the component's file; 64 MiB by default.
    pub component_bytes: usize,
    /// Memory of one instance, all its linear memories together; 64 MiB by default.
    pub memory_bytes: usize,
    /// Computing time of one call, waiting not counted; 100 ms by default. Kept to within two ticks of 10 ms, never undercut.
    pub call_time: Duration,
    /// Computing time of `describe`, and of the start of an instance; 5 s by default.
    pub describe_time: Duration,
    /// Size of the scenario document; 1 MiB by default.
    pub document_bytes: usize,
    /// Log lines of one worker's lanes, in bytes a second; 64 KiB by default. What exceeds it is dropped, and counted in the log.
    pub log_bytes_per_second: u64,
    /// Handles to values and requests that a guest may hold at a time; 10 000 by default.
    pub handles: usize,
    /// Recordings, events and messages of one call together; 10 000 by default.
    pub effects_per_call: usize,
    /// Different meters of one lane; 1 000 by default.
    pub meters: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            component_bytes: 64 << 20,
            memory_bytes: 64 << 20,
            call_time: Duration::from_millis(100),
            describe_time: Duration::from_secs(5),
            document_bytes: 1 << 20,
            log_bytes_per_second: 64 << 10,
            handles: 10_000,
            effects_per_call: 10_000,
            meters: 1_000,
        }
    }
}
