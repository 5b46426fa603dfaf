//! The live view's contents: progress, rules, steps, joins, meters, health, charts. Draws a snapshot, knows no terminal.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::Paragraph;
use throng_measure::Snapshot;

use super::keys::Asked;
use super::parts::Parts;
use super::theme::Theme;
use super::{chart, health, joins, meters, progress, rules, steps};

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

/// Lines of the charts, title and axis included.
const CHART: u16 = 9;

/// What each part would take, were there room for all.
fn wanted(snapshot: &Snapshot, columns: u16, theme: Theme) -> Parts {
    let lines = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
    Parts {
        head: 1,
        progress: lines(snapshot.scenarios().len()),
        rules: rules::wanted(snapshot),
        steps: steps::wanted(snapshot),
        joins: joins::wanted(snapshot),
        meters: meters::wanted(snapshot),
        // A line is kept for it while there is nothing to say.
        health: lines(health::lines(snapshot, columns, theme).len()).clamp(1, 3),
        charts: CHART,
    }
}

/// Lines that the view takes if it gets them.
pub(super) fn height(snapshot: &Snapshot, columns: u16) -> u16 {
    wanted(snapshot, columns, Theme::new(false)).total()
}

/// Draws everything that has room.
pub(super) fn render(frame: &mut Frame<'_>, snapshot: &Snapshot, facts: &LiveFacts, asked: Asked) {
    let theme = Theme::new(facts.color);
    let whole = frame.area();
    let parts = wanted(snapshot, whole.width, theme).within(whole.height);
    let mut top = whole.y;
    let mut next = |height: u16| {
        let area = Rect { y: top, height, ..whole };
        top = top.saturating_add(height);
        area
    };
    progress::headline(frame, next(parts.head), snapshot, facts, asked, theme);
    progress::gauges(frame, next(parts.progress), snapshot, facts, theme);
    rules::render(frame, next(parts.rules), snapshot, theme);
    steps::render(frame, next(parts.steps), snapshot, theme);
    joins::render(frame, next(parts.joins), snapshot, theme);
    meters::render(frame, next(parts.meters), snapshot, theme);
    frame.render_widget(Paragraph::new(health::lines(snapshot, whole.width, theme)), next(parts.health));
    if parts.charts > 0 {
        chart::render(frame, next(parts.charts), snapshot.timeline(), theme);
    }
}
