//! The terminal behind the standard error stream: writes in one piece for each frame, and asks nothing of a stream that is not its own.

use std::io::{self, BufWriter, IsTerminal, Stderr, Write};

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// As crossterm's, but for the cursor's position: that is asked for over standard output. Where this is a file or a pipe, the question
/// would end up in it; and the answer can be missed when the terminal is being resized. So it is asked for once, at most.
pub(super) struct StderrBackend {
    inner: CrosstermBackend<BufWriter<Stderr>>,
    /// Where the cursor is taken to be.
    position: Option<Position>,
}

impl StderrBackend {
    /// Begins where the cursor is.
    pub(super) fn new() -> Self {
        // As much as a frame takes, so that it is written at once and does not flicker.
        Self { inner: CrosstermBackend::new(BufWriter::with_capacity(64 * 1024, io::stderr())), position: None }
    }

    /// Begins at this position.
    pub(super) fn at(position: Position) -> Self {
        Self { position: Some(position), ..Self::new() }
    }

    fn ask(&mut self) -> io::Result<Position> {
        Write::flush(&mut self.inner)?;
        let answer = if io::stdout().is_terminal() { self.inner.get_cursor_position().ok() } else { None };
        answer.map_or_else(|| Ok(Position { x: 0, y: self.size()?.height.saturating_sub(1) }), Ok)
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
        let position = match self.position {
            Some(position) => position,
            None => self.ask()?,
        };
        self.position = Some(position);
        self.set_cursor_position(position)?;
        Ok(position)
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
