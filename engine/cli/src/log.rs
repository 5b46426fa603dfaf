//! The log on standard error; above the live view while that holds the terminal.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::style::Style;

/// Libraries whose words about each lost connection are in the failures of steps already.
const SILENT: &str = ",lapin=off";

/// Starts the log. `THRONG_LOG` refines it, in the syntax of tracing's `EnvFilter`.
pub(crate) fn start(verbose: u8, style: Style) {
    let level = match verbose {
        0 => "warn",
        1 => "info,throng=debug,guest=debug",
        _ => "debug,throng=trace,guest=trace",
    };
    let filter = EnvFilter::try_from_env("THRONG_LOG").unwrap_or_else(|_| EnvFilter::new(format!("{level}{SILENT}")));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(Writer).with_ansi(style.color_on_stderr).init();
}

/// Lines that wait for the live view; none while standard error can be written to at once.
static WAITING: Mutex<Option<VecDeque<String>>> = Mutex::new(None);

/// Lines that wait at most; after that the oldest is dropped, for a view shows the latest only.
const LINES: usize = 200;

/// From now on lines wait to be taken.
pub(crate) fn hold() {
    *waiting() = Some(VecDeque::new());
}

/// The lines since the last time.
pub(crate) fn take_lines() -> Vec<String> {
    waiting().as_mut().map(|lines| lines.drain(..).collect()).unwrap_or_default()
}

/// Lines go to standard error again, those that wait first.
pub(crate) fn release() {
    let lines = waiting().take().unwrap_or_default();
    for line in lines {
        eprintln!("{line}");
    }
}

/// Tells the person at the terminal something, without getting into the live view's way.
pub(crate) fn tell(line: &str) {
    // Where nobody reads, nothing is lost.
    let _ = Writer.write_all(format!("{line}\n").as_bytes());
}

fn waiting() -> MutexGuard<'static, Option<VecDeque<String>>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Writer;

impl<'a> MakeWriter<'a> for Writer {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

impl Write for Writer {
    /// The subscriber writes a whole line at a time.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match waiting().as_mut() {
            None => io::stderr().write_all(line)?,
            Some(lines) => {
                if lines.len() == LINES {
                    lines.pop_front();
                }
                lines.push_back(String::from_utf8_lossy(line).trim_end().to_owned());
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
