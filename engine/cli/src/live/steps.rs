//! The table of steps: executions, failures, rate and response times of each.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::text::Span;
use ratatui::widgets::{Cell, Row, Table};
use throng_measure::{Percentile, Quantile, Snapshot, StepFigures, humane, under_load};

use super::text::{Placed, cut, right};
use super::theme::Theme;

/// Columns of a terminal that has room for rate and executions in flight.
const ROOMY: u16 = 74;
/// Columns of a terminal in which failures and counts give way to times.
const NARROW: u16 = 46;
/// Columns of a name at least, as far as there is any room.
const NAME: u16 = 10;

/// A step that is shown.
struct Shown<'a> {
    scenario: usize,
    number: usize,
    name: Placed,
    figures: &'a StepFigures,
}

/// Lines that the table takes if it gets them.
pub(super) fn wanted(snapshot: &Snapshot) -> u16 {
    u16::try_from(1 + snapshot.scenarios().iter().map(|scenario| scenario.shown_steps().count()).sum::<usize>()).unwrap_or(u16::MAX)
}

/// Draws as many steps as there are lines for, failed ones before others, in their order.
pub(super) fn render(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot, theme: Theme) {
    let all = all(snapshot);
    let lines = usize::from(area.height.saturating_sub(1));
    let (shown, left_out) = choose(all, lines);
    let columns = columns(area.width);
    let fixed: u16 = columns.iter().map(|column| column.width() + 1).sum();
    let longest = shown.iter().map(|step| step.name.width()).max().unwrap_or(0).max(NAME);
    let name = longest.min(area.width.saturating_sub(fixed));
    let rows = shown.iter().map(|step| {
        let cells = columns.iter().map(|column| column.cell(step, snapshot, theme));
        Row::new(std::iter::once(Cell::from(step.name.cut(name))).chain(cells))
    });
    let more = (left_out > 0).then(|| Row::new([Cell::from(Span::styled(cut(&format!("… {left_out} more"), name), theme.dim()))]));
    let header = std::iter::once(Cell::from(Span::styled("step", theme.dim())))
        .chain(columns.iter().map(|column| right(column.header().to_owned(), theme.dim())));
    let widths = std::iter::once(name).chain(columns.iter().map(|column| column.width())).map(Constraint::Length);
    let table = Table::new(rows.chain(more), widths).header(Row::new(header)).column_spacing(1);
    frame.render_widget(table, area);
}

fn all(snapshot: &Snapshot) -> Vec<Shown<'_>> {
    let scenarios = snapshot.scenarios();
    let several = scenarios.len() > 1;
    let shown = scenarios.iter().enumerate().flat_map(|(index, scenario)| {
        let home = several.then(|| format!("{}/", scenario.shape.name));
        scenario.shown_steps().map(move |(number, shape, figures)| {
            let name = Placed::new(home.clone(), &*shape.name);
            Shown { scenario: index, number, name, figures }
        })
    });
    shown.collect()
}

/// The steps for so many lines, and how many are left out; that is told in the last line.
fn choose(all: Vec<Shown<'_>>, lines: usize) -> (Vec<Shown<'_>>, usize) {
    if all.len() <= lines {
        return (all, 0);
    }
    let room = lines.saturating_sub(1);
    let failed = all.iter().filter(|step| step.figures.failed() > 0).count().min(room);
    let (mut failed, mut others) = (failed, room - failed);
    let left_out = all.len() - room;
    let mut take = |step: &Shown<'_>| {
        let left = if step.figures.failed() > 0 { &mut failed } else { &mut others };
        *left > 0 && {
            *left -= 1;
            true
        }
    };
    (all.into_iter().filter(|step| take(step)).collect(), left_out)
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Column {
    Count,
    Failed,
    Rate,
    InFlight,
    Response(Quantile),
}

fn columns(room: u16) -> Vec<Column> {
    let [p50, p95, p99] = [Quantile::P50, Quantile::P95, Quantile::P99].map(Column::Response);
    match room {
        ROOMY.. => vec![Column::Count, Column::Failed, Column::Rate, Column::InFlight, p50, p95, p99],
        NARROW..ROOMY => vec![Column::Count, Column::Failed, p50, p95, p99],
        _ => vec![Column::Count, Column::Failed, p95],
    }
}

impl Column {
    fn header(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Failed => "failed",
            Self::Rate => "per s",
            Self::InFlight => "now",
            Self::Response(Quantile::P50) => "p50",
            Self::Response(Quantile::P95) => "p95",
            Self::Response(_) => "p99",
        }
    }

    fn width(self) -> u16 {
        match self {
            Self::Count => 10,
            Self::InFlight => 6,
            Self::Failed | Self::Rate | Self::Response(_) => 7,
        }
    }

    fn cell(self, step: &Shown<'_>, snapshot: &Snapshot, theme: Theme) -> Cell<'static> {
        let figures = step.figures;
        let plain = Style::new();
        match self {
            Self::Count => right(humane::count(figures.executions()), plain),
            Self::Failed => {
                let failed = figures.failed();
                right(humane::count(failed), if failed > 0 { theme.bad() } else { theme.dim() })
            }
            Self::Rate => right(humane::number(snapshot.rate(step.scenario, step.number)), plain),
            Self::InFlight => right(humane::count(u64::try_from(figures.in_flight).unwrap_or(0)), plain),
            Self::Response(quantile) => {
                let shown = |percentile: Option<Percentile>| percentile.map_or("–".to_owned(), |known| humane::duration(known.value));
                right(shown(under_load(&figures.times.response).percentile(quantile)), plain)
            }
        }
    }
}
