//! Colour, and whether there is any.

use std::fmt::Display;
use std::io::IsTerminal;

use throng_campaign::report;

use crate::arguments::Color;

/// How to write for people.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// For standard output.
    pub(crate) color: bool,
    /// For standard error.
    pub(crate) color_on_stderr: bool,
}

impl Style {
    /// Colour as it is asked for; else where a terminal reads and NO_COLOR (no-color.org) is not set.
    pub(crate) fn of(color: Color) -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let on = |is_terminal: bool| match color {
            Color::Auto => is_terminal && !unwanted,
            Color::On => true,
            Color::Off => false,
        };
        Self { color: on(std::io::stdout().is_terminal()), color_on_stderr: on(std::io::stderr().is_terminal()) }
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
