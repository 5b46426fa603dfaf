//! Throughput and latency over time, drawn side by side.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Block, Chart, Dataset, GraphType};
use throng_measure::{Slot, SlotTimes, Timeline, humane};

use super::progress::time;
use super::theme::Theme;

/// Columns of what is written at the vertical axis, so that the chart stays where it is.
const LABEL: usize = 7;

/// Draws what the timeline holds; the slot that goes on is left out, its rate is not known yet.
pub(super) fn render(frame: &mut Frame<'_>, area: Rect, timeline: &Timeline, theme: Theme) {
    let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).spacing(2).areas(area);
    let rates = points(timeline, |slot| Some(timeline.per_second(slot.executions)));
    let medians = points(timeline, |slot| slot.response.map(|times: SlotTimes| times.p50 as f64));
    let tails = points(timeline, |slot| slot.response.map(|times: SlotTimes| times.p99 as f64));
    let (thin, thick) = (Marker::Dot, Marker::Braille);
    let lines = [Plotted { points: &rates, style: theme.line(), marker: thick }];
    plot(frame, left, Line::styled("executions per second", theme.dim()), &lines, humane::number, timeline, theme);
    // Without colours the two are told apart by how they are drawn.
    let median = if theme.has_color() { thick } else { thin };
    let lines = [
        Plotted { points: &tails, style: theme.second_line(), marker: thick },
        Plotted { points: &medians, style: theme.line(), marker: median },
    ];
    let names = if theme.has_color() { ["━ p50", "━ p99"] } else { ["• p50", "⠒ p99"] };
    let title = Line::from(vec![
        Span::styled("response  ", theme.dim()),
        Span::styled(names[0], theme.line()),
        Span::raw("  "),
        Span::styled(names[1], theme.second_line()),
    ]);
    plot(frame, right, title, &lines, |nanoseconds| humane::duration(nanoseconds as u64), timeline, theme);
}

struct Plotted<'a> {
    points: &'a [(f64, f64)],
    style: Style,
    marker: Marker,
}

/// Points in seconds since the campaign's start, in the middle of their slots.
fn points(timeline: &Timeline, value: impl Fn(&Slot) -> Option<f64>) -> Vec<(f64, f64)> {
    let width = timeline.width() as f64 / 1e9;
    let point = |(index, slot): (usize, &Slot)| value(slot).map(|value| ((index as f64 + 0.5) * width, value));
    timeline.closed().enumerate().filter_map(point).collect()
}

fn plot(
    frame: &mut Frame<'_>,
    area: Rect,
    title: Line<'_>,
    lines: &[Plotted<'_>],
    label: impl Fn(f64) -> String,
    timeline: &Timeline,
    theme: Theme,
) {
    let top = round_up(lines.iter().flat_map(|line| line.points).map(|(_, value)| *value).fold(0.0, f64::max));
    let end = (timeline.closed().len() as u64).max(1).saturating_mul(timeline.width());
    let dataset = |line: &Plotted<'_>| Dataset::default().marker(line.marker).graph_type(GraphType::Line).style(line.style);
    let datasets = lines.iter().map(|line| dataset(line).data(line.points));
    let times = [0, end / 2, end].map(|at| Line::styled(time(at), theme.dim()));
    let is_empty = lines.iter().all(|line| line.points.is_empty());
    let label = |value: f64| if value == 0.0 { "0".to_owned() } else { label(value) };
    let values = [0.0, top / 2.0, top].map(|value| if is_empty { String::new() } else { label(value) });
    let values = values.map(|value| Line::styled(format!("{value:>LABEL$}"), theme.dim()));
    let chart = Chart::new(datasets.collect())
        .block(Block::new().title(title))
        .x_axis(Axis::default().bounds([0.0, end as f64 / 1e9]).labels(times).style(theme.dim()))
        .y_axis(Axis::default().bounds([0.0, top]).labels(values).style(theme.dim()));
    frame.render_widget(chart, area);
}

/// The next of 1, 2, 3, 4, 5, 6, 8 and 10 in the number's own magnitude: half of it is short as well, and the axis seldom changes.
fn round_up(number: f64) -> f64 {
    if number <= 0.0 {
        return 1.0;
    }
    let magnitude = 10_f64.powf(number.log10().floor());
    let mut steps = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0].into_iter().map(|step| step * magnitude);
    steps.find(|step| number <= *step).unwrap_or(10.0 * magnitude)
}

#[cfg(test)]
mod tests {
    use super::round_up;

    #[test]
    fn axes_end_at_round_numbers() {
        let tops = [0.0, 0.003, 1.0, 7.1, 9.5, 220.0, 24_200_000.0].map(round_up);
        assert_eq!(tops, [1.0, 0.003, 1.0, 8.0, 10.0, 300.0, 30_000_000.0]);
    }
}
