//! Joins by class: what has come together, and what has not.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::text::Span;
use ratatui::widgets::{Cell, Row, Table};
use throng_measure::{Snapshot, StepFigures, humane};

use super::text::{Placed, cut, right};
use super::theme::Theme;

/// A class, the columns it takes, and how bad one of it is.
struct Class {
    name: &'static str,
    width: u16,
    style: fn(Theme) -> Style,
}

const fn class(name: &'static str, width: u16, style: fn(Theme) -> Style) -> Class {
    Class { name, width, style }
}

/// The most telling ones first: a narrow terminal shows as many as have room.
const CLASSES: [Class; 7] = [
    class("matched", 9, |_| Style::new()),
    class("missing", 8, Theme::bad),
    class("late", 7, Theme::warn),
    class("duplicate", 9, Theme::warn),
    class("orphan", 8, Theme::warn),
    class("unkeyed", 7, Theme::bad),
    class("used", 9, |_| Style::new()),
];

/// Columns of a name at least.
const NAME: u16 = 10;

/// Lines that the table takes if it gets them; none without joins.
pub(super) fn wanted(snapshot: &Snapshot) -> u16 {
    match all(snapshot).len() {
        0 => 0,
        joins => u16::try_from(joins + 1).unwrap_or(u16::MAX),
    }
}

/// Draws as many joins as there are lines for.
pub(super) fn render(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot, theme: Theme) {
    let joins = all(snapshot);
    let lines = usize::from(area.height.saturating_sub(1));
    let shown = if joins.len() > lines { lines.saturating_sub(1) } else { lines };
    let left_out = joins.len().saturating_sub(shown);
    let mut room = area.width.saturating_sub(NAME);
    let classes: Vec<&Class> = CLASSES
        .iter()
        .take_while(|class| {
            let fits = room > class.width;
            room = room.saturating_sub(class.width + 1);
            fits
        })
        .collect();
    let longest = joins.iter().take(shown).map(|(name, _)| name.width()).max().unwrap_or(0).max(NAME);
    let name_width = longest.min(NAME + room);
    let rows = joins.iter().take(shown).map(|(name, figures)| {
        let cells = classes.iter().map(|class| {
            let count = figures.counter(class.name);
            right(humane::count(count), if count > 0 { (class.style)(theme) } else { theme.dim() })
        });
        Row::new(std::iter::once(Cell::from(name.cut(name_width))).chain(cells))
    });
    let more = (left_out > 0).then(|| Row::new([Cell::from(Span::styled(cut(&format!("… {left_out} more"), name_width), theme.dim()))]));
    let header = std::iter::once(Cell::from(Span::styled("join", theme.dim())))
        .chain(classes.iter().map(|class| right(class.name.to_owned(), theme.dim())));
    let widths = std::iter::once(name_width).chain(classes.iter().map(|class| class.width)).map(Constraint::Length);
    frame.render_widget(Table::new(rows.chain(more), widths).header(Row::new(header)).column_spacing(1), area);
}

fn all(snapshot: &Snapshot) -> Vec<(Placed, &StepFigures)> {
    let scenarios = snapshot.scenarios();
    let joins = scenarios.iter().flat_map(|scenario| {
        let home = (scenarios.len() > 1).then(|| format!("{}/", scenario.shape.name));
        let steps = scenario.steps().filter(|(shape, _)| shape.is_join());
        steps.map(move |(shape, figures)| (Placed::new(home.clone(), &*shape.name), figures))
    });
    joins.collect()
}
