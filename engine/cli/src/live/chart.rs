//! Throughput and latency over time, drawn side by side.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::Line;
use ratatui::widgets::{Axis, Block, Chart, Dataset, GraphType};
use throng_measure::{Slot, SlotTimes, Timeline, humane};

use super::theme::Theme;

/// Draws what the timeline holds; the slot that goes on is left out, its rate is not known yet.
pub(super) fn render(frame: &mut Frame<'_>, area: Rect, timeline: &Timeline, theme: Theme) {
    let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).spacing(2).areas(area);
    let rates = points(timeline, |slot| Some(timeline.per_second(slot.executions)));
    let medians = points(timeline, |slot| slot.response.map(|times: SlotTimes| times.p50 as f64));
    let tails = points(timeline, |slot| slot.response.map(|times: SlotTimes| times.p99 as f64));
    let per_second = |rate: f64| humane::number(rate);
    let duration = |nanoseconds: f64| humane::duration(nanoseconds as u64);
    let lines = [Plotted { points: &rates, style: theme.line() }];
    plot(frame, left, "executions per second", &lines, per_second, timeline, theme);
    let lines = [Plotted { points: &tails, style: theme.second_line() }, Plotted { points: &medians, style: theme.line() }];
    plot(frame, right, "response p50 and p99", &lines, duration, timeline, theme);
}

struct Plotted<'a> {
    points: &'a [(f64, f64)],
    style: Style,
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
    title: &str,
    lines: &[Plotted<'_>],
    label: impl Fn(f64) -> String,
    timeline: &Timeline,
    theme: Theme,
) {
    let top = lines.iter().flat_map(|line| line.points).map(|(_, value)| *value).fold(0.0, f64::max);
    let top = if top > 0.0 { top * 1.05 } else { 1.0 };
    let end = (timeline.closed().len() as u64).max(1).saturating_mul(timeline.width());
    let datasets =
        lines.iter().map(|line| Dataset::default().marker(Marker::Braille).graph_type(GraphType::Line).style(line.style).data(line.points));
    let [first, last] = [0, end].map(|at| Line::styled(humane::duration(at), theme.dim()));
    let values = if lines.iter().all(|line| line.points.is_empty()) { vec![] } else { vec![0.0, top / 2.0, top] };
    let values = values.into_iter().map(|value| Line::styled(label(value), theme.dim()));
    let chart = Chart::new(datasets.collect())
        .block(Block::new().title(Line::styled(title.to_owned(), theme.dim())))
        .x_axis(Axis::default().bounds([0.0, end as f64 / 1e9]).labels([first, last]).style(theme.dim()))
        .y_axis(Axis::default().bounds([0.0, top]).labels(values).style(theme.dim()));
    frame.render_widget(chart, area);
}
