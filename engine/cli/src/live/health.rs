//! The generator's own health: start lag, starts that were held back, the component's cost and faults, workers and machine.

use ratatui::text::{Line, Span};
use throng_measure::{GuestStatistics, Histogram, Quantile, Snapshot, Verdict, humane};

use super::text::flow;
use super::theme::Theme;

/// The health in lines of at most so many columns; at least one.
pub(super) fn lines(snapshot: &Snapshot, columns: u16, theme: Theme) -> Vec<Line<'static>> {
    flow(items(snapshot, theme), &Span::styled(" · ", theme.dim()), columns)
}

/// What there is to say, the most telling first.
fn items(snapshot: &Snapshot, theme: Theme) -> Vec<Span<'static>> {
    let mut lag = Histogram::default();
    let mut guest = GuestStatistics::default();
    let (mut queued, mut dropped) = (0, 0);
    for scenario in snapshot.scenarios() {
        lag.merge(&scenario.run.start_lag);
        guest += scenario.run.guest;
        queued += scenario.run.minions.queued;
        dropped += scenario.run.minions.dropped;
    }
    let mut items = Vec::new();
    if let (Some(late), Some(max)) = (lag.percentile(Quantile::P99), lag.max()) {
        let style = match late.value {
            0..=1_000_000 => theme.dim(),
            1_000_001..=10_000_000 => theme.warn(),
            _ => theme.bad(),
        };
        let told = format!("start lag p99 {}, max {}", humane::duration(late.value), humane::duration(max));
        items.push(Span::styled(told, style));
    }
    let held_back = [(dropped, "dropped"), (queued, "queued")].into_iter().filter(|(starts, _)| *starts > 0);
    items.extend(held_back.map(|(starts, how)| Span::styled(format!("{} {how}", humane::plural(starts, "start")), theme.warn())));
    let faults = guest.traps + guest.deadlines + guest.memory_refusals;
    if faults > 0 {
        items.push(Span::styled(format!("{} in the component", humane::plural(faults, "fault")), theme.warn()));
    }
    if let Some(each) = guest.nanos.checked_div(guest.calls) {
        items.push(Span::styled(format!("component {} a call", humane::duration(each)), theme.dim()));
    }
    items.extend(snapshot.generator().signs().into_iter().map(|sign| {
        let style = match sign.level {
            Verdict::Successful => theme.dim(),
            Verdict::Void => theme.bad(),
            _ => theme.warn(),
        };
        Span::styled(sign.text, style)
    }));
    items
}
