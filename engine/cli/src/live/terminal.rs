//! Holds the terminal while the live view is on, and gives it back whatever happens.

use std::io;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ratatui::backend::Backend;
use ratatui::crossterm::style::Print;
use ratatui::crossterm::{cursor, event, execute, terminal};
use ratatui::layout::{Position, Size};
use ratatui::text::Line;
use ratatui::{Terminal, TerminalOptions, Viewport};
use throng_campaign::Progress;
use throng_measure::Snapshot;

use super::backend::StderrBackend;
use super::keys::{Action, Asked};
use super::screen::{self, LiveFacts};
use super::text::{broken, without_escapes};

/// Whether some view holds the terminal; asked by the panic hook.
static HELD: AtomicBool = AtomicBool::new(false);

/// Whether the process was stopped and goes on: the terminal is as the shell has left it.
static CONTINUED: AtomicBool = AtomicBool::new(false);

/// The live view, in the last lines of the terminal on the standard error stream. Dropping it wipes it and restores the terminal.
pub(crate) struct LiveView {
    terminal: Terminal<StderrBackend>,
    /// Lines that it takes if the terminal has them.
    height: u16,
    /// Of the terminal when it was drawn last.
    size: Size,
    facts: LiveFacts,
    asked: Asked,
}

impl LiveView {
    /// Takes the terminal. The snapshot says how many lines are needed.
    ///
    /// # Errors
    /// The standard error stream is no terminal, or does not answer: show plain lines instead.
    pub(crate) fn open(facts: LiveFacts, snapshot: &Snapshot) -> io::Result<Self> {
        restore_on_panic();
        terminal::enable_raw_mode()?;
        HELD.store(true, Ordering::SeqCst);
        Self::start(facts, snapshot).inspect_err(|_| release())
    }

    fn start(facts: LiveFacts, snapshot: &Snapshot) -> io::Result<Self> {
        let (columns, _) = terminal::size()?;
        let height = screen::height(snapshot, columns);
        let terminal = inline(StderrBackend::new(), height)?;
        let size = terminal.size()?;
        Ok(Self { terminal, height, size, facts, asked: Asked::default() })
    }

    /// Draws what the snapshot says, until when it is planned, and whether the campaign was stopped.
    ///
    /// # Errors
    /// The terminal cannot be written to, or was given back.
    pub(crate) fn draw(&mut self, snapshot: &Snapshot, progress: Progress) -> io::Result<()> {
        self.asked.hear(progress.ending);
        self.facts.planned = Some(progress.planned_starts_until);
        if take_again()? {
            // Whatever is there now, it is not the view.
            self.size = Size::ZERO;
        }
        if !HELD.load(Ordering::SeqCst) {
            return Err(io::Error::other("a panic has taken the terminal, and its message is to be read"));
        }
        self.fit(snapshot)?;
        self.terminal.draw(|frame| screen::render(frame, snapshot, &self.facts, self.asked))?;
        Ok(())
    }

    /// Takes more lines when there is more to show, such as a scenario's own meters, and never less; begins anew on a terminal of another
    /// size, because nobody knows where that has moved the lines.
    fn fit(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        let size = self.terminal.size()?;
        let height = screen::height(snapshot, size.width).max(self.height);
        if size != self.size {
            self.terminal.backend_mut().clear()?;
            self.begin_at(Position::ORIGIN, height)?;
        } else if height > self.height && self.height < size.height {
            let top = self.terminal.get_frame().area().as_position();
            self.terminal.clear()?;
            self.begin_at(top, height)?;
        }
        (self.height, self.size) = (height, size);
        Ok(())
    }

    fn begin_at(&mut self, top: Position, height: u16) -> io::Result<()> {
        self.terminal.backend_mut().flush()?;
        self.terminal = inline(StderrBackend::at(top), height)?;
        Ok(())
    }

    /// Writes a line above the view, such as a log line.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub(crate) fn print_above(&mut self, line: &str) -> io::Result<()> {
        let plain = without_escapes(line);
        let lines = broken(&plain, self.terminal.size()?.width.max(1));
        self.terminal.insert_before(u16::try_from(lines.len()).unwrap_or(u16::MAX), |buffer| {
            let area = buffer.area;
            for (row, line) in (area.y..area.bottom()).zip(&lines) {
                buffer.set_line(area.x, row, &Line::raw(line), area.width);
            }
        })
    }

    /// What was asked for by keys since the last time. Never waits.
    ///
    /// # Errors
    /// The terminal cannot be read from.
    pub(crate) fn poll(&mut self) -> io::Result<Option<Action>> {
        let mut latest = None;
        while event::poll(Duration::ZERO)? {
            latest = self.asked.take(&event::read()?).or(latest);
        }
        Ok(latest)
    }
}

impl Drop for LiveView {
    fn drop(&mut self) {
        // After a panic the terminal was given back already: wiping it would take the panic's message away.
        if HELD.load(Ordering::SeqCst) {
            // Nobody is left to hear of an error here.
            let top = self.terminal.get_frame().area().as_position();
            let _ = self.terminal.clear();
            let _ = self.terminal.backend_mut().set_cursor_position(top);
            let _ = self.terminal.backend_mut().flush();
            release();
        }
    }
}

/// A terminal whose last lines are the view's.
fn inline(backend: StderrBackend, height: u16) -> io::Result<Terminal<StderrBackend>> {
    Terminal::with_options(backend, TerminalOptions { viewport: Viewport::Inline(height) })
}

/// Gives the terminal back for as long as the process is stopped.
pub(super) fn suspend() {
    if HELD.load(Ordering::SeqCst) {
        below_the_view();
        release();
    }
}

/// The process goes on: the view takes the terminal when it is drawn next.
pub(super) fn resume() {
    CONTINUED.store(true, Ordering::SeqCst);
}

/// Takes the terminal once more after the process was stopped; says whether it was.
fn take_again() -> io::Result<bool> {
    let was_stopped = CONTINUED.swap(false, Ordering::SeqCst);
    if was_stopped {
        // Who was stopped without being asked believes that it still has the raw mode.
        terminal::disable_raw_mode()?;
        terminal::enable_raw_mode()?;
        HELD.store(true, Ordering::SeqCst);
    }
    Ok(was_stopped)
}

/// What is written next goes below the view, not into it.
fn below_the_view() {
    let bottom = terminal::size().map_or(0, |(_, rows)| rows.saturating_sub(1));
    let _ = execute!(io::stderr(), cursor::MoveTo(0, bottom), Print("\r\n"));
}

fn release() {
    if HELD.swap(false, Ordering::SeqCst) {
        let _ = terminal::disable_raw_mode();
        let _ = execute!(io::stderr(), cursor::Show);
    }
}

/// A panic on any thread must leave a terminal in which its message can be read.
fn restore_on_panic() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if HELD.load(Ordering::SeqCst) {
                below_the_view();
                release();
            }
            before(panic);
        }));
    });
}
