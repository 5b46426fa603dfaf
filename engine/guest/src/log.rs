//! A guest's log lines: where they go, and how many may go there.

use std::sync::Arc;

use throng_model::Secrets;
use throng_protocols::{Place, Severity, Timekeeper};

/// The log of one worker's lanes for one scenario; outlives the lanes that are rebuilt.
pub(crate) struct Log {
    gate: Gate,
    time: Option<Arc<dyn Timekeeper>>,
    /// Where printed lines come from; kept up for guests that can print.
    place: Option<Arc<Place>>,
    /// What was printed on stderr in this call, on one line: what a panic says.
    last_words: String,
    /// Lines that have not ended, on stdout and stderr.
    begun: [Vec<u8>; 2],
    secrets: Secrets,
}

/// The stream that a guest prints on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

/// Longer lines are cut.
const LINE_LIMIT: usize = 8 << 10;

/// Bytes of stderr that a trap's message holds, to the end of the line.
const LAST_WORDS: usize = 1_000;

impl Log {
    /// Lets so many bytes through each second, or in all where there is no time.
    pub(crate) fn new(bytes_per_second: u64, time: Option<Arc<dyn Timekeeper>>, secrets: Secrets) -> Self {
        Self {
            gate: Gate { bytes_per_second, second: 0, used: 0, dropped: 0 },
            time,
            place: None,
            last_words: String::new(),
            begun: Default::default(),
            secrets,
        }
    }

    /// Writes a line, or drops it for want of room.
    pub(crate) fn write(&mut self, severity: Severity, place: Option<&Place>, line: &str) {
        // Before it is cut: half a secret is one, too.
        let line = self.secrets.hide(line);
        let line = line.get(..line.floor_char_boundary(LINE_LIMIT)).unwrap_or(&line);
        let second = self.time.as_ref().map_or(0, |time| time.since_start() / 1_000_000_000);
        if let Some(dropped) = self.gate.turn_to(second) {
            emit(Severity::Warn, place, &notice(dropped));
        }
        if self.gate.admit(line.len() as u64) {
            emit(severity, place, line);
        }
    }

    /// Writes a line of the engine's own about the step that is under way.
    pub(crate) fn tell(&mut self, severity: Severity, line: &str) {
        let place = self.place.clone();
        self.write(severity, place.as_deref(), line);
    }

    /// Writes the lines that end in what the guest printed.
    pub(crate) fn print(&mut self, stream: Stream, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let line = piece.strip_suffix(b"\n");
            let begun = self.begun_on(stream);
            begun.extend_from_slice(line.unwrap_or(piece));
            if line.is_some() || begun.len() >= LINE_LIMIT {
                self.end_line(stream);
            }
        }
    }

    /// A call that may print begins.
    pub(crate) fn begin(&mut self, place: Arc<Place>) {
        self.place = Some(place);
        self.last_words.clear();
    }

    /// The call has ended, and with it the lines that it began.
    pub(crate) fn end(&mut self) {
        for stream in [Stream::Stdout, Stream::Stderr] {
            if !self.begun_on(stream).is_empty() {
                self.end_line(stream);
            }
        }
    }

    /// What was printed on stderr in this call.
    pub(crate) fn last_words(&self) -> Option<&str> {
        Some(self.last_words.trim()).filter(|words| !words.is_empty())
    }

    fn end_line(&mut self, stream: Stream) {
        let mut begun = std::mem::take(self.begun_on(stream));
        let line = String::from_utf8_lossy(&begun);
        let severity = match stream {
            Stream::Stdout => Severity::Info,
            Stream::Stderr => Severity::Warn,
        };
        // Rust's hint after a panic asks for an environment variable, which guests don't have.
        let is_hint = line.starts_with("note: run with `RUST_BACKTRACE");
        if severity == Severity::Warn && !is_hint && self.last_words.len() < LAST_WORDS {
            self.last_words.push_str(line.trim());
            self.last_words.push(' ');
        }
        self.tell(severity, &line);
        begun.clear();
        *self.begun_on(stream) = begun;
    }

    fn begun_on(&mut self, stream: Stream) -> &mut Vec<u8> {
        let [stdout, stderr] = &mut self.begun;
        match stream {
            Stream::Stdout => stdout,
            Stream::Stderr => stderr,
        }
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
        Severity::Error | Severity::Abort => enabled!(target: "throng::guest", Level::ERROR),
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
        Severity::Error | Severity::Abort => event!(target: "throng::guest", Level::ERROR, scenario, step, "{line}"),
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
