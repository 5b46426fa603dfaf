//! Throughput and response times over time, from the report's timeline.

use throng_measure::{Report, Slot, SlotTimes, humane};

use super::chart::{Axis, Chart, Hint, LARGE, Line};
use super::scale::{Scale, duration, number};

/// Both charts side by side; nothing if nothing was heard of.
pub(super) fn charts(report: &Report) -> String {
    let spans = spans(report);
    if spans.iter().all(|span| span.slot.starts == 0 && span.slot.executions == 0) {
        return String::new();
    }
    let end = spans.last().map_or(1.0, |span| span.to);
    let (throughput, response) = (throughput(&spans, end), response(&spans, end));
    let note = "<p class=\"note\">Of the steps that talk to a target, of all scenarios.</p>\n";
    format!(
        "<div class=\"charts large\">\n{}{}</div>\n{note}",
        throughput.render(),
        response.map(|chart| chart.render()).unwrap_or_default()
    )
}

/// A slot and when it was, in nanoseconds since the campaign's start.
struct Span<'a> {
    from: f64,
    to: f64,
    slot: &'a Slot,
}

impl Span<'_> {
    fn middle(&self) -> f64 {
        f64::midpoint(self.from, self.to)
    }

    fn per_second(&self, quantity: u64) -> f64 {
        quantity as f64 * 1e9 / (self.to - self.from).max(1.0)
    }
}

/// The last slot goes on until the campaign's end: it is as wide as the campaign went on in it.
fn spans(report: &Report) -> Vec<Span<'_>> {
    let width = report.timeline.width.max(1);
    let mut spans: Vec<_> = (0_u64..)
        .zip(&report.timeline.slots)
        .map(|(index, slot)| {
            let from = index.saturating_mul(width);
            Span { from: from as f64, to: from.saturating_add(width) as f64, slot }
        })
        .collect();
    if let Some(last) = spans.last_mut() {
        let lasted = report.campaign.duration as f64 - last.from;
        if lasted > 0.0 && lasted < width as f64 {
            last.to = last.from + lasted;
        }
    }
    // What was left over in the last moments makes no rate.
    if spans.len() > 2 && spans.last().is_some_and(|last| last.to - last.from < width as f64 / 10.0) {
        spans.pop();
    }
    spans
}

fn throughput(spans: &[Span<'_>], end: f64) -> Chart {
    let line = |name, class, of: fn(&Slot) -> u64| Line {
        name,
        class,
        points: spans.iter().map(|span| (span.middle(), Some(span.per_second(of(span.slot))))).collect(),
    };
    let mut lines = vec![line("starts", "muted", |slot| slot.starts), line("executions", "first", |slot| slot.executions)];
    if spans.iter().any(|span| span.slot.failed > 0) {
        lines.push(line("failed", "failed", |slot| slot.failed));
    }
    let values = spans.iter().flat_map(|span| [span.per_second(span.slot.starts), span.per_second(span.slot.executions)]);
    chart("Throughput, per second", spans, end, Axis::new(Scale::from_zero(values), number), lines)
}

fn response(spans: &[Span<'_>], end: f64) -> Option<Chart> {
    let line = |name, class, of: fn(SlotTimes) -> u64| Line {
        name,
        class,
        points: spans.iter().map(|span| (span.middle(), span.slot.response.map(|times| of(times) as f64))).collect(),
    };
    let lines =
        vec![line("p99", "third", |times| times.p99), line("p95", "second", |times| times.p95), line("p50", "first", |times| times.p50)];
    let values: Vec<f64> = lines.iter().flat_map(|line| &line.points).filter_map(|(_, value)| *value).collect();
    let scale = Scale::of_times(values.iter().copied());
    let title = if matches!(scale, Scale::Logarithmic { .. }) { "Response time (logarithmic)" } else { "Response time" };
    (!values.is_empty()).then(|| chart(title, spans, end, Axis::new(scale, duration), lines))
}

fn chart(title: &str, spans: &[Span<'_>], end: f64, y: Axis, lines: Vec<Line>) -> Chart {
    let hints = spans.iter().map(|span| Hint { from: span.from, to: span.to, text: hint(span) }).collect();
    Chart { title: title.to_owned(), size: LARGE, x: time_axis(end), y, lines, hints }
}

/// Times in round minutes and seconds, up to the end.
fn time_axis(end: f64) -> Axis {
    let seconds = end / 1e9;
    let steps = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 1_800.0, 3_600.0, 7_200.0, 21_600.0];
    let step = steps.into_iter().find(|step| seconds / step <= 7.0).unwrap_or(seconds / 6.0);
    let count = (seconds / step + 1e-6).floor() as u32;
    let ticks = (0..=count).map(|index| f64::from(index) * step * 1e9).map(|tick| (tick, duration(tick))).collect();
    Axis { scale: Scale::Linear { from: 0.0, to: end }, ticks }
}

fn hint(span: &Span<'_>) -> String {
    let Slot { starts, executions, failed, response } = span.slot;
    let times = response.map(|SlotTimes { p50, p95, p99, max }| {
        let [p50, p95, p99, max] = [p50, p95, p99, max].map(humane::duration);
        format!("\nresponse p50 {p50}, p95 {p95}, p99 {p99}, max {max}")
    });
    let [per_second, starts] = [*executions, *starts].map(|count| number(span.per_second(count)));
    let (from, to) = (duration(span.from), duration(span.to));
    format!("{from} to {to}: {per_second}/s, {starts} starts/s, {} failed{}", humane::count(*failed), times.unwrap_or_default())
}
