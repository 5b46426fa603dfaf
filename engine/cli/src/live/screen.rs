//! The live view's contents: progress, steps, health, charts. Draws a snapshot, knows no terminal.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Cell, LineGauge, Row, Table};
use throng_measure::{Percentile, Quantile, ScenarioSnapshot, Snapshot, Verdict, humane, under_load};

use super::chart;
use super::keys::Asked;
use super::theme::Theme;

/// What the view shows beside the snapshot.
#[derive(Clone, Debug)]
pub(crate) struct LiveFacts {
    /// The campaign's key.
    pub(crate) key: String,
    /// From the campaign's start to the last planned start; none if the plan has no end.
    pub(crate) planned: Option<Duration>,
    /// Whether to use colours.
    pub(crate) color: bool,
}

/// Steps shown at most: the rest is told in a line.
const STEPS: usize = 12;
/// Lines of the charts, title and axis included.
const CHART: u16 = 9;

/// Lines that the view takes if it gets them.
pub(super) fn height(snapshot: &Snapshot) -> u16 {
    let scenarios = snapshot.scenarios();
    let steps: usize = scenarios.iter().map(|scenario| scenario.shape.steps.iter().filter(|step| !step.hidden).count()).sum();
    // A headline, a gauge per scenario, the table's header, a line for steps that are not shown, health.
    u16::try_from(1 + scenarios.len() + 1 + steps.min(STEPS) + 1 + 1).unwrap_or(u16::MAX).saturating_add(CHART)
}

/// Columns of a terminal that has room for the whole table.
const ROOMY: u16 = 74;

/// Which columns the table of steps has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Columns {
    All,
    /// Without rate and executions in flight.
    Few,
}

/// Draws everything.
pub(super) fn render(frame: &mut Frame<'_>, snapshot: &Snapshot, facts: &LiveFacts, asked: Asked) {
    let theme = Theme::new(facts.color);
    let gauges = u16::try_from(snapshot.scenarios().len()).unwrap_or(u16::MAX);
    let layout = if frame.area().width < ROOMY { Columns::Few } else { Columns::All };
    let rows = rows(snapshot, layout, theme);
    let table = u16::try_from(rows.len()).unwrap_or(u16::MAX).saturating_add(1);
    let [head, progress, steps, health, charts] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(gauges),
        Constraint::Length(table),
        Constraint::Length(1),
        Constraint::Max(CHART),
    ])
    .areas(frame.area());
    headline(frame, head, snapshot, facts, asked);
    for (number, scenario) in (0_u16..).zip(snapshot.scenarios()) {
        if number < progress.height {
            gauge(frame, Rect { y: progress.y + number, height: 1, ..progress }, scenario, passed(snapshot, facts), theme);
        }
    }
    frame.render_widget(table_of(rows, layout, theme), steps);
    frame.render_widget(health_line(snapshot, theme), health);
    // A chart of a few lines shows nothing.
    if charts.height >= 5 {
        chart::render(frame, charts, snapshot.timeline(), theme);
    }
}

fn headline(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot, facts: &LiveFacts, asked: Asked) {
    let theme = Theme::new(facts.color);
    let failed: u64 = snapshot.scenarios().iter().map(ScenarioSnapshot::failed).sum();
    let planned = facts
        .planned
        .map_or(String::new(), |planned| format!(" of {}", humane::duration(u64::try_from(planned.as_nanos()).unwrap_or(u64::MAX))));
    let mut spans =
        vec![Span::styled(facts.key.clone(), theme.title()), Span::raw(format!("  {}{planned}", humane::duration(snapshot.at())))];
    spans.push(match failed {
        0 => Span::styled("  ✓ no failures", theme.good()),
        failed => Span::styled(format!("  ✗ {} failed", humane::count(failed)), theme.bad()),
    });
    let (hint, style) = match asked {
        Asked::Nothing => ("q stops", theme.dim()),
        Asked::SoftStop => ("stopping; q stops at once", theme.warn()),
        Asked::HardStop => ("stopping at once", theme.bad()),
    };
    let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Length(hint.len() as u16)]).spacing(1).areas(area);
    frame.render_widget(Line::from(spans), left);
    frame.render_widget(Line::styled(hint, style), right);
}

/// The share of the planned time that has passed.
fn passed(snapshot: &Snapshot, facts: &LiveFacts) -> f64 {
    let planned = facts.planned.unwrap_or_default().as_nanos() as f64;
    if planned > 0.0 { snapshot.at() as f64 / planned } else { 0.0 }
}

/// Progress by runs that are over, or by time where their number is open.
fn gauge(frame: &mut Frame<'_>, area: Rect, scenario: &ScenarioSnapshot, passed: f64, theme: Theme) {
    let minions = scenario.run.minions;
    let planned = scenario.shape.planned;
    let ratio = planned.filter(|planned| *planned > 0).map_or(passed, |planned| minions.completed as f64 / planned as f64);
    let asked = planned.map_or(String::new(), |planned| format!("/{}", humane::count(planned)));
    let due = scenario
        .due
        .filter(|due| *due > minions.started)
        .map_or(String::new(), |due| format!(", {} late", humane::count(due - minions.started)));
    let (started, running) = (humane::count(minions.started), humane::count(minions.running()));
    let label = format!("{}  {started}{asked} started{due}, {running} running ", scenario.shape.name);
    let gauge = LineGauge::default().ratio(ratio.clamp(0.0, 1.0)).label(label).filled_symbol("━").unfilled_symbol("─");
    let gauge = gauge.filled_style(theme.good()).unfilled_style(theme.dim());
    frame.render_widget(gauge, area);
}

fn rows(snapshot: &Snapshot, columns: Columns, theme: Theme) -> Vec<Row<'static>> {
    let scenarios = snapshot.scenarios();
    let several = scenarios.len() > 1;
    let mut rows = Vec::new();
    let mut left_out = 0;
    for (index, scenario) in scenarios.iter().enumerate() {
        for (number, shape, figures) in scenario.shown_steps() {
            if rows.len() == STEPS {
                left_out += 1;
                continue;
            }
            let name = if several { format!("{}/{}", scenario.shape.name, shape.name) } else { shape.name.to_string() };
            let response = under_load(&figures.times.response);
            let failed = figures.failed();
            let mut cells = vec![
                Cell::from(name),
                right(humane::count(figures.executions()), Style::new()),
                right(humane::count(failed), if failed > 0 { theme.bad() } else { theme.dim() }),
            ];
            if columns == Columns::All {
                cells.push(right(humane::number(snapshot.rate(index, number)), Style::new()));
                cells.push(right(humane::count(u64::try_from(figures.in_flight).unwrap_or(0)), Style::new()));
            }
            let shown = |percentile: Option<Percentile>| percentile.map_or("–".to_owned(), |known| humane::duration(known.value));
            cells.extend(
                [Quantile::P50, Quantile::P95, Quantile::P99].map(|quantile| right(shown(response.percentile(quantile)), Style::new())),
            );
            rows.push(Row::new(cells));
        }
    }
    if left_out > 0 {
        rows.push(Row::new([Cell::from(Span::styled(format!("… and {left_out} more"), theme.dim()))]));
    }
    rows
}

fn table_of(rows: Vec<Row<'static>>, columns: Columns, theme: Theme) -> Table<'static> {
    let mut headers = vec![("count", 10), ("failed", 7)];
    if columns == Columns::All {
        headers.extend([("per s", 7), ("now", 6)]);
    }
    headers.extend([("p50", 7), ("p95", 7), ("p99", 7)]);
    let widths = std::iter::once(Constraint::Fill(1)).chain(headers.iter().map(|(_, width)| Constraint::Length(*width)));
    let widths: Vec<_> = widths.collect();
    let step = Cell::from(Span::styled("step", theme.dim()));
    let header = std::iter::once(step).chain(headers.into_iter().map(|(header, _)| right(header.to_owned(), theme.dim())));
    Table::new(rows, widths).header(Row::new(header)).column_spacing(1)
}

fn right(text: String, style: Style) -> Cell<'static> {
    Cell::from(Line::styled(text, style).alignment(Alignment::Right))
}

fn health_line(snapshot: &Snapshot, theme: Theme) -> Line<'static> {
    let mut lag = throng_measure::Histogram::default();
    let mut guest = throng_measure::GuestStatistics::default();
    for scenario in snapshot.scenarios() {
        lag.merge(&scenario.run.start_lag);
        guest += scenario.run.guest;
    }
    let mut spans = Vec::new();
    if let (Some(late), Some(max)) = (lag.percentile(Quantile::P99), lag.max()) {
        let style = match late.value {
            0..=1_000_000 => theme.dim(),
            1_000_001..=10_000_000 => theme.warn(),
            _ => theme.bad(),
        };
        let told = format!("start lag p99 {}, max {}", humane::duration(late.value), humane::duration(max));
        spans.push(Span::styled(told, style));
    }
    if let Some(each) = guest.nanos.checked_div(guest.calls) {
        spans.push(Span::styled(format!(" · component {} a call", humane::duration(each)), theme.dim()));
    }
    let faults = guest.traps + guest.deadlines + guest.memory_refusals;
    if faults > 0 {
        spans.push(Span::styled(format!(" · {} in the component", humane::plural(faults, "fault")), theme.warn()));
    }
    for sign in snapshot.generator().signs() {
        let style = match sign.level {
            Verdict::Successful => theme.dim(),
            Verdict::Void => theme.bad(),
            _ => theme.warn(),
        };
        spans.push(Span::styled(if spans.is_empty() { sign.text } else { format!(" · {}", sign.text) }, style));
    }
    Line::from(spans)
}
