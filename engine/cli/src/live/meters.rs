//! The scenario's own meters: how many or how much, and how they are distributed.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::text::Span;
use ratatui::widgets::{Cell, Row, Table};
use throng_measure::{Histogram, MeterValue, Quantile, Snapshot, humane};

use super::text::{Placed, cut, right};
use super::theme::Theme;

/// Columns of a terminal that has room for percentiles.
const ROOMY: u16 = 60;
/// Columns of a name at least.
const NAME: u16 = 10;
/// Meters that are shown at most: there may be a thousand.
const MOST: usize = 8;

/// Lines that the table takes if it gets them; none without meters.
pub(super) fn wanted(snapshot: &Snapshot) -> u16 {
    match names(snapshot).count() {
        0 => 0,
        meters => u16::try_from(meters.min(MOST) + 1).unwrap_or(u16::MAX),
    }
}

/// Draws as many meters as there are lines for.
pub(super) fn render(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot, theme: Theme) {
    let meters: Vec<_> = names(snapshot).collect();
    let lines = usize::from(area.height.saturating_sub(1));
    let shown = if meters.len() > lines { lines.saturating_sub(1) } else { lines };
    let left_out = meters.len().saturating_sub(shown);
    let percentiles = if area.width < ROOMY { 0 } else { 3 };
    let widths: Vec<u16> = std::iter::once(12).chain(std::iter::repeat_n(8, percentiles)).collect();
    let fixed: u16 = widths.iter().map(|width| width + 1).sum();
    let longest = meters.iter().take(shown).map(|(name, _)| name.width()).max().unwrap_or(0).max(NAME);
    let name_width = longest.min(area.width.saturating_sub(fixed));
    let rows = meters.iter().take(shown).map(|(name, value)| {
        let (amount, distribution) = told(value, snapshot.at());
        let cells = std::iter::once(amount).chain(distribution).take(1 + percentiles).map(|text| right(text, Style::new()));
        Row::new(std::iter::once(Cell::from(name.cut(name_width))).chain(cells))
    });
    let more = (left_out > 0).then(|| Row::new([Cell::from(Span::styled(cut(&format!("… {left_out} more"), name_width), theme.dim()))]));
    let headers = ["count", "p50", "p95", "p99"].into_iter().take(1 + percentiles);
    let header =
        std::iter::once(Cell::from(Span::styled("meter", theme.dim()))).chain(headers.map(|header| right(header.to_owned(), theme.dim())));
    let widths = std::iter::once(name_width).chain(widths).map(Constraint::Length);
    frame.render_widget(Table::new(rows.chain(more), widths).header(Row::new(header)).column_spacing(1), area);
}

fn names(snapshot: &Snapshot) -> impl Iterator<Item = (Placed, &MeterValue)> {
    let scenarios = snapshot.scenarios();
    let several = scenarios.len() > 1;
    scenarios.iter().flat_map(move |scenario| {
        scenario.steps().flat_map(move |(shape, figures)| {
            let home = if several { format!("{}/{}", scenario.shape.name, shape.name) } else { shape.name.to_string() };
            figures.guest.iter().map(move |(meter, value)| (Placed::new(Some(format!("{home} ")), meter.to_string()), value))
        })
    })
}

/// How many or how much, and the percentiles where there are samples.
fn told(value: &MeterValue, nanoseconds: u64) -> (String, Vec<String>) {
    let percentiles = |samples: &Histogram, text: fn(u64) -> String| {
        let of = |quantile| samples.percentile(quantile).map_or("–".to_owned(), |percentile| text(percentile.value));
        [Quantile::P50, Quantile::P95, Quantile::P99].map(of).to_vec()
    };
    match value {
        MeterValue::Counter(count) => (humane::count(*count), vec![]),
        MeterValue::Gauge(last) => (last.map_or("–".to_owned(), humane::number), vec![]),
        MeterValue::Timer(timer) => (humane::count(timer.count()), percentiles(timer, humane::duration)),
        MeterValue::Summary(summary) => {
            let samples = summary.thousandths();
            (humane::count(samples.count()), percentiles(samples, |value| humane::number(value as f64 / 1_000.0)))
        }
        MeterValue::Rate { benchmark, total } if *total != 0.0 => (format!("{} %", humane::number(benchmark * 100.0 / total)), vec![]),
        MeterValue::Throughput(sum) if nanoseconds > 0 => (format!("{}/s", humane::number(sum * 1e9 / nanoseconds as f64)), vec![]),
        MeterValue::Rate { .. } | MeterValue::Throughput(_) => ("–".to_owned(), vec![]),
    }
}
