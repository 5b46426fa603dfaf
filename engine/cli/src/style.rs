//! Colour, and whether there is any.

use std::fmt::Display;
use std::io::IsTerminal;

use throng_campaign::report;

/// How to write for people.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// For standard output.
    pub(crate) color: bool,
    /// For standard error.
    pub(crate) color_on_stderr: bool,
}

impl Style {
    /// Colour where a terminal reads, unless NO_COLOR (no-color.org) or `--no-color` says otherwise.
    pub(crate) fn detect(no_color: bool) -> Self {
        let wanted = !no_color && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { color: wanted && std::io::stdout().is_terminal(), color_on_stderr: wanted && std::io::stderr().is_terminal() }
    }

    /// How a summary on standard output is to look: as wide as the terminal, 120 columns where there is none.
    pub(crate) fn of_report(self) -> report::Style {
        let width = ratatui::crossterm::terminal::size().ok().filter(|_| std::io::stdout().is_terminal());
        report::Style { color: self.color, width: width.map_or(120, |(columns, _)| usize::from(columns)) }
    }

    /// An error for standard error: every line after the first is indented under it.
    pub(crate) fn error(self, message: &dyn Display) -> String {
        let (on, off) = if self.color_on_stderr { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        format!("{on}error:{off} {}", message.to_string().replace('\n', "\n       "))
    }
}
