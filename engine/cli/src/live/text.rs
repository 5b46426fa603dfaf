//! Text that keeps to its columns: cut with a mark, never wrapped by the terminal.

use ratatui::layout::Alignment;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Cell;

/// Columns that a text takes.
pub(super) fn width(text: &str) -> u16 {
    u16::try_from(Span::raw(text).width()).unwrap_or(u16::MAX)
}

/// The text in at most so many columns; what is cut ends in a mark.
pub(super) fn cut(text: &str, columns: u16) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        kept.push(character);
        if width(&kept) >= columns {
            kept.pop();
            break;
        }
    }
    if columns > 0 {
        kept.push('…');
    }
    kept
}

/// A name with whose it is before it, if that is told. Whose it is gives way first: what follows tells one line from the next.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    home: String,
    name: String,
}

impl Placed {
    /// `home` ends with what stands between the two.
    pub(super) fn new(home: Option<String>, name: impl Into<String>) -> Self {
        Self { home: home.unwrap_or_default(), name: name.into() }
    }

    pub(super) fn width(&self) -> u16 {
        width(&self.home).saturating_add(width(&self.name))
    }

    /// In at most so many columns, of which whose it is keeps a quarter.
    pub(super) fn cut(&self, columns: u16) -> String {
        let room = columns.saturating_sub(width(&self.name)).max(columns / 4);
        let home = if width(&self.home) <= room {
            self.home.clone()
        } else {
            let separator: String = self.home.chars().last().into_iter().collect();
            cut(&self.home, room.saturating_sub(width(&separator))) + &separator
        };
        let left = columns.saturating_sub(width(&home));
        home + &cut(&self.name, left)
    }
}

/// The text in lines of at most so many columns, broken anywhere; at least one.
pub(super) fn broken(text: &str, columns: u16) -> Vec<String> {
    let mut lines = vec![String::new()];
    for character in text.chars() {
        let Some(line) = lines.last_mut() else { return lines };
        line.push(character);
        if width(line) > columns && line.chars().count() > 1 {
            line.pop();
            lines.push(character.to_string());
        }
    }
    lines
}

/// A log line without the sequences that colour it: they would be shown as text.
pub(super) fn without_escapes(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            // A control sequence ends with its first letter.
            let _ = characters.by_ref().find(char::is_ascii_alphabetic);
        } else if !character.is_control() {
            plain.push(character);
        }
    }
    plain
}

/// A cell whose text stands at its right.
pub(super) fn right(text: String, style: Style) -> Cell<'static> {
    Cell::from(Line::styled(text, style).alignment(Alignment::Right))
}

/// Spans in lines of at most so many columns; none is broken, what is longer than a line is cut.
pub(super) fn flow(items: Vec<Span<'static>>, separator: &Span<'static>, columns: u16) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = Vec::new();
    for item in items {
        let item = Span::styled(cut(&item.content, columns), item.style);
        let fits = |line: &&mut Line<'static>| line.width() + separator.width() + item.width() <= usize::from(columns);
        match lines.last_mut().filter(fits) {
            Some(line) => line.spans.extend([separator.clone(), item]),
            None => lines.push(Line::from(item)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_has_a_mark() {
        let shown = [0, 1, 3, 5, 6].map(|columns| cut("orders", columns));
        assert_eq!(shown, ["", "…", "or…", "orde…", "orders"]);
        assert_eq!(cut("名前名前", 5), "名前…", "wide characters take two columns");
        assert_eq!(cut("名前", 3), "名…");
    }

    #[test]
    fn whose_it_is_gives_way_first() {
        let placed = Placed::new(Some("checkout/".into()), "confirmation-mail");
        let shown = [26, 25, 22, 20, 12].map(|columns| placed.cut(columns));
        assert_eq!(
            shown,
            ["checkout/confirmation-mail", "checko…/confirmation-mail", "che…/confirmation-mail", "che…/confirmation-m…", "c…/confirma…"]
        );
        assert_eq!(Placed::new(None, "login").cut(3), "lo…");
        assert!((0..30).all(|columns| width(&placed.cut(columns)) <= columns.max(1)), "never wider");
    }

    #[test]
    fn long_lines_are_broken_and_lose_nothing() {
        assert_eq!(broken("abcdefg", 3), ["abc", "def", "g"]);
        assert_eq!(broken("", 3), [""]);
        assert_eq!(broken("名前", 1), ["名", "前"], "a column too few for either");
    }

    #[test]
    fn colours_of_log_lines_are_left_out() {
        assert_eq!(without_escapes("\u{1b}[2m2026\u{1b}[0m \u{1b}[33m WARN\u{1b}[0m\tlate"), "2026  WARNlate");
        assert_eq!(without_escapes("cut off \u{1b}[3"), "cut off ");
    }

    #[test]
    fn items_flow_into_lines() {
        let items = ["one", "two", "three", "twenty-one"].map(Span::raw).to_vec();
        let lines = flow(items, &Span::raw(" · "), 9).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(lines, ["one · two", "three", "twenty-o…"]);
    }
}
