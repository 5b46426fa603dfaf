//! A table in text: columns as wide as their contents, the first one shortened if the whole is too wide.

use super::paint::{Style, Tone, one_line, shorten, width};

/// Between columns.
const GAP: usize = 2;
/// Before the first column.
const INDENT: usize = 2;
/// What the first column is never shortened below.
const LEAST_FIRST: usize = 12;

/// One cell: a line of harmless text.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    pub(super) fn new(text: impl AsRef<str>) -> Self {
        Self::toned(Tone::Plain, text)
    }

    pub(super) fn toned(tone: Tone, text: impl AsRef<str>) -> Self {
        Self { text: one_line(text.as_ref()), tone }
    }

    /// Without the room that a percentile keeps for its mark.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }

    pub(super) fn tone(&self) -> Tone {
        self.tone
    }
}

/// The first column, and those of texts, are aligned to the left; the others to the right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) header: &'static str,
    pub(super) align: Align,
    /// Written above the headers, where it differs from the column before.
    pub(super) group: &'static str,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Align {
    Left,
    Right,
}

impl Column {
    pub(super) const fn left(header: &'static str) -> Self {
        Self { header, align: Align::Left, group: "" }
    }

    pub(super) const fn right(header: &'static str) -> Self {
        Self { header, align: Align::Right, group: "" }
    }

    pub(super) const fn under(self, group: &'static str) -> Self {
        Self { group, ..self }
    }
}

/// Rows of cells under headers.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub(super) fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Each as long as there are columns, or shorter: what is not there is empty.
    pub(super) fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    /// Whether it keeps within the width, with a first column of a readable length.
    pub(super) fn fits(&self, style: Style) -> bool {
        let widths = self.widths();
        let first = widths.first().copied().unwrap_or(0);
        total(&widths) - first + first.min(LEAST_FIRST) <= style.width
    }

    pub(super) fn render(&self, style: Style) -> String {
        let mut widths = self.widths();
        let excess = total(&widths).saturating_sub(style.width);
        if let Some(first) = widths.first_mut() {
            *first = first.saturating_sub(excess).max(LEAST_FIRST.min(*first));
        }
        let mut text = self.groups(&widths, style);
        let header = |column: &Column| Cell::toned(Tone::Dim, column.header);
        text.push_str(&self.line(&self.columns.iter().map(header).collect::<Vec<_>>(), &widths, style));
        for row in &self.rows {
            text.push_str(&self.line(row, &widths, style));
        }
        text
    }

    fn widths(&self) -> Vec<usize> {
        let cells = |index: usize| self.rows.iter().filter_map(move |row| row.get(index)).map(|cell| width(&cell.text));
        let column = |(index, column): (usize, &Column)| cells(index).max().unwrap_or(0).max(width(column.header));
        self.columns.iter().enumerate().map(column).collect()
    }

    fn groups(&self, widths: &[usize], style: Style) -> String {
        if self.columns.iter().all(|column| column.group.is_empty()) {
            return String::new();
        }
        let mut line = " ".repeat(INDENT);
        let mut before = "";
        for (column, room) in self.columns.iter().zip(widths) {
            let (group, room) = (if column.group == before { "" } else { column.group }, room + GAP);
            before = column.group;
            let padding = room.saturating_sub(width(group) + GAP);
            line.push_str(&format!("{}{group}{}", " ".repeat(padding), " ".repeat(GAP)));
        }
        format!("{}\n", style.paint(Tone::Dim, line.trim_end()))
    }

    fn line(&self, cells: &[Cell], widths: &[usize], style: Style) -> String {
        let mut line = " ".repeat(INDENT);
        for ((column, cell), room) in self.columns.iter().zip(cells).zip(widths) {
            let text = shorten(&cell.text, *room);
            let padding = " ".repeat(room - width(&text));
            let painted = style.paint(cell.tone, &text);
            line.push_str(&match column.align {
                Align::Left => format!("{painted}{padding}"),
                Align::Right => format!("{padding}{painted}"),
            });
            line.push_str(&" ".repeat(GAP));
        }
        format!("{}\n", line.trim_end())
    }
}

fn total(widths: &[usize]) -> usize {
    INDENT + widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}
