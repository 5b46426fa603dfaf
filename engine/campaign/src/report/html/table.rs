//! A table as HTML: it scrolls in itself, and its first column stays.

use super::class;
use super::escape::escape;
use crate::report::table::{Align, Cell, Column, Table};

/// The table; nothing without rows.
pub(super) fn render(table: &Table) -> String {
    if table.is_empty() {
        return String::new();
    }
    let columns = table.columns();
    let headers: String = columns.iter().map(|column| format!("<th{}>{}</th>", align(column), escape(column.header.trim()))).collect();
    let rows: String = table.rows().iter().map(|row| format!("<tr>{}</tr>\n", cells(columns, row))).collect();
    let groups = groups(columns);
    format!("<div class=\"scroll\"><table>\n<thead>\n{groups}<tr>{headers}</tr>\n</thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n")
}

/// A line of headers over those that belong together.
fn groups(columns: &[Column]) -> String {
    if columns.iter().all(|column| column.group.is_empty()) {
        return String::new();
    }
    let groups = columns.chunk_by(|one, next| one.group == next.group);
    let header = |columns: &[Column]| {
        let group = columns.first().map_or("", |column| column.group);
        format!("<th class=\"group\" colspan=\"{}\">{}</th>", columns.len(), escape(group))
    };
    format!("<tr>{}</tr>\n", groups.map(header).collect::<String>())
}

fn cells(columns: &[Column], row: &[Cell]) -> String {
    let cell = |(index, (column, cell)): (usize, (&Column, &Cell))| {
        let text = escape(cell.text());
        match index {
            0 => format!("<th scope=\"row\">{text}</th>"),
            _ => format!("<td class=\"{}{}\">{text}</td>", class(cell.tone()), if column.align == Align::Left { " left" } else { "" }),
        }
    };
    // A row may end early.
    let missing = "<td></td>".repeat(columns.len().saturating_sub(row.len()));
    columns.iter().zip(row).enumerate().map(cell).collect::<String>() + &missing
}

fn align(column: &Column) -> &'static str {
    if column.align == Align::Left { " class=\"left\"" } else { "" }
}
