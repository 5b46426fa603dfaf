//! The terminal behind the standard error stream: writes in one piece for each frame, and asks nothing of a stream that is not its own.

use std::io::{self, BufWriter, IsTerminal, Stderr, Write};

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// As crossterm's, which asks for the cursor's position over standard output: where that is a file or a pipe, the question would end up
/// in it, and nobody would answer.
pub(super) struct StderrBackend {
    inner: CrosstermBackend<BufWriter<Stderr>>,
    can_ask: bool,
}

impl StderrBackend {
    pub(super) fn new() -> Self {
        // As much as a frame takes, so that it is written at once and does not flicker.
        let inner = CrosstermBackend::new(BufWriter::with_capacity(64 * 1024, io::stderr()));
        Self { inner, can_ask: io::stdout().is_terminal() }
    }
}

impl Backend for StderrBackend {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> io::Result<()> {
        self.inner.draw(content)
    }

    fn append_lines(&mut self, lines: u16) -> io::Result<()> {
        self.inner.append_lines(lines)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.inner.show_cursor()
    }

    /// Where it cannot be asked for, the cursor is taken to the last line.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Write::flush(&mut self.inner)?;
        if self.can_ask {
            return self.inner.get_cursor_position();
        }
        let bottom = Position { x: 0, y: self.size()?.height.saturating_sub(1) };
        self.set_cursor_position(bottom)?;
        Ok(bottom)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        self.inner.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::flush(&mut self.inner)
    }
}
