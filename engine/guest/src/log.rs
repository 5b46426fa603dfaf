//! A guest's log lines: where they go, and how many may go there.

use std::sync::Arc;

use throng_protocols::{Place, Severity, Timekeeper};

/// The log of one worker's lanes for one scenario; outlives the lanes that are rebuilt.
pub(crate) struct Log {
    gate: Gate,
    time: Option<Arc<dyn Timekeeper>>,
    /// Where printed lines come from; kept up for guests that can print.
    pub(crate) place: Option<Arc<Place>>,
    /// The last line that was printed on stderr in this call: what a panic says.
    pub(crate) last_words: Option<String>,
}

/// Longer lines are cut.
const LINE_LIMIT: usize = 8 << 10;

impl Log {
    /// Lets so many bytes through each second, or in all where there is no time.
    pub(crate) fn new(bytes_per_second: u64, time: Option<Arc<dyn Timekeeper>>) -> Self {
        Self { gate: Gate { bytes_per_second, second: 0, used: 0, dropped: 0 }, time, place: None, last_words: None }
    }

    /// Writes a line, or drops it for want of room.
    pub(crate) fn write(&mut self, severity: Severity, place: Option<&Place>, line: &str) {
        let line = line.get(..line.floor_char_boundary(LINE_LIMIT)).unwrap_or(line);
        let second = self.time.as_ref().map_or(0, |time| time.since_start() / 1_000_000_000);
        if let Some(dropped) = self.gate.turn_to(second) {
            emit(Severity::Warn, place, &notice(dropped));
        }
        if self.gate.admit(line.len() as u64) {
            emit(severity, place, line);
        }
    }

    /// The same, for a line that the guest printed.
    pub(crate) fn print(&mut self, severity: Severity, line: &str) {
        let place = self.place.clone();
        if severity >= Severity::Warn {
            self.last_words = Some(line.chars().take(1_000).collect());
        }
        self.write(severity, place.as_deref(), line);
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if self.gate.dropped > 0 {
            emit(Severity::Warn, self.place.as_deref(), &notice(self.gate.dropped));
        }
    }
}

fn notice(dropped: u64) -> String {
    format!("{dropped} lines dropped: the scenario logs more than its limit `log`")
}

/// Counts bytes by the second.
#[derive(Debug)]
struct Gate {
    bytes_per_second: u64,
    second: u64,
    used: u64,
    dropped: u64,
}

impl Gate {
    /// A new second has all its room; answers how many lines the earlier ones dropped.
    fn turn_to(&mut self, second: u64) -> Option<u64> {
        if second == self.second {
            return None;
        }
        self.second = second;
        self.used = 0;
        Some(std::mem::take(&mut self.dropped)).filter(|dropped| *dropped > 0)
    }

    fn admit(&mut self, bytes: u64) -> bool {
        let used = self.used + bytes;
        let admitted = used <= self.bytes_per_second;
        if admitted {
            self.used = used;
        } else {
            self.dropped += 1;
        }
        admitted
    }
}

/// Whether anybody listens to lines of this severity.
pub(crate) fn is_enabled(severity: Severity) -> bool {
    use tracing::{Level, enabled};
    match severity {
        Severity::Trace => enabled!(target: "throng::guest", Level::TRACE),
        Severity::Debug => enabled!(target: "throng::guest", Level::DEBUG),
        Severity::Info => enabled!(target: "throng::guest", Level::INFO),
        Severity::Warn => enabled!(target: "throng::guest", Level::WARN),
        Severity::Error => enabled!(target: "throng::guest", Level::ERROR),
    }
}

fn emit(severity: Severity, place: Option<&Place>, line: &str) {
    use tracing::{Level, event};
    let scenario = place.map(|place| &*place.scenario);
    let step = place.map(|place| &*place.step);
    match severity {
        Severity::Trace => event!(target: "throng::guest", Level::TRACE, scenario, step, "{line}"),
        Severity::Debug => event!(target: "throng::guest", Level::DEBUG, scenario, step, "{line}"),
        Severity::Info => event!(target: "throng::guest", Level::INFO, scenario, step, "{line}"),
        Severity::Warn => event!(target: "throng::guest", Level::WARN, scenario, step, "{line}"),
        Severity::Error => event!(target: "throng::guest", Level::ERROR, scenario, step, "{line}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_second_has_its_room() {
        let mut gate = Gate { bytes_per_second: 10, second: 0, used: 0, dropped: 0 };
        assert_eq!([6, 6, 4, 1].map(|bytes| gate.admit(bytes)), [true, false, true, false]);
        assert_eq!(gate.turn_to(0), None);
        assert_eq!(gate.turn_to(1), Some(2));
        assert_eq!(gate.turn_to(2), None);
        assert!(gate.admit(10));
    }
}
