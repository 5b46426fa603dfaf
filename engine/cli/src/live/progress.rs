//! The head of the live view: how far the campaign is, and how far each scenario.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::LineGauge;
use throng_measure::{ScenarioSnapshot, Snapshot, humane};

use super::keys::Asked;
use super::screen::LiveFacts;
use super::text::{cut, width};
use super::theme::Theme;

/// Columns below which words are left out.
const ROOMY: u16 = 72;
/// Columns of a gauge at least; less says nothing.
const GAUGE: u16 = 8;
/// Columns of the campaign's key at least; less says nothing.
const KEY: u16 = 8;
/// Columns of a scenario's name at most.
const NAME: u16 = 32;

/// The campaign's key, its time, whether anything failed, and what the keys do.
pub(super) fn headline(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot, facts: &LiveFacts, asked: Asked, theme: Theme) {
    let planned = facts.planned.and_then(|planned| u64::try_from(planned.as_nanos()).ok());
    let planned = planned.map_or(String::new(), |planned| format!(" of {}", time(planned)));
    let mut spans = vec![Span::raw(format!("{}{planned}", time(snapshot.at())))];
    let failed: u64 = snapshot.scenarios().iter().map(ScenarioSnapshot::failed).sum();
    let broken = snapshot.rules().iter().filter(|rule| rule.holds == Some(false)).count() as u64;
    match (failed, broken) {
        (0, 0) => spans.push(Span::styled("  ✓ no failures", theme.good())),
        (0, broken) => spans.push(Span::styled(format!("  ✗ {} broken", humane::plural(broken, "rule")), theme.bad())),
        (failed, _) => spans.push(Span::styled(format!("  ✗ {} failed", humane::count(failed)), theme.bad())),
    }
    let held = snapshot.pace().held;
    if let Some(pace) = pace(snapshot) {
        spans.push(Span::styled(format!("  {pace}"), theme.warn()));
    }
    let told = spans.iter().map(Span::width).sum::<usize>();
    let has_room = |hint: &str| told + usize::from(width(hint)) < usize::from(area.width);
    let space = if held { "space resumes, q stops" } else { "space holds, q stops" };
    let (hint, style) = match asked {
        Asked::Nothing => (if has_room(space) { space } else { "q stops" }, theme.dim()),
        Asked::SoftStop => ("stopping; q stops at once", theme.warn()),
        Asked::HardStop => ("stopping at once", theme.bad()),
    };
    // The key gives way first: it is told above the view, and in the summary.
    let hint_width = width(hint).min(area.width);
    let others = spans.iter().map(Span::width).sum::<usize>() + usize::from(hint_width) + 3;
    let room = area.width.saturating_sub(u16::try_from(others).unwrap_or(u16::MAX));
    if room >= KEY {
        spans.insert(0, Span::styled(format!("{}  ", cut(&facts.key, room)), theme.title()));
    }
    let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Length(hint_width)]).spacing(1).areas(area);
    frame.render_widget(Line::from(spans), left);
    frame.render_widget(Line::styled(hint, style), right);
}

/// How the plan goes by, where somebody has changed that.
fn pace(snapshot: &Snapshot) -> Option<String> {
    let pace = snapshot.pace();
    match (pace.held, pace.speed) {
        (true, _) => Some("held".to_owned()),
        (false, 1.0) => None,
        (false, speed) => Some(format!("speed × {speed}")),
    }
}

/// A line for each scenario, in columns; the last line tells how many scenarios are left out.
pub(super) fn gauges(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot, facts: &LiveFacts, theme: Theme) {
    let scenarios = snapshot.scenarios();
    let columns = GaugeColumns::new(scenarios, area.width);
    let lines = usize::from(area.height);
    let shown = if scenarios.len() > lines { lines.saturating_sub(1) } else { lines };
    for (line, scenario) in (area.y..area.bottom()).zip(scenarios.iter().take(shown)) {
        gauge(frame, Rect { y: line, height: 1, ..area }, scenario, passed(snapshot, facts), columns, theme);
    }
    if scenarios.len() > shown && area.height > 0 {
        let more = Line::styled(cut(&format!("… and {} more scenarios", scenarios.len() - shown), area.width), theme.dim());
        frame.render_widget(more, Rect { y: area.bottom() - 1, height: 1, ..area });
    }
}

/// Widths that hold for all scenarios, and for the whole run, so that nothing moves.
#[derive(Clone, Copy)]
struct GaugeColumns {
    name: u16,
    started: u16,
    running: u16,
    late: u16,
    with_words: bool,
}

impl GaugeColumns {
    fn new(scenarios: &[ScenarioSnapshot], columns: u16) -> Self {
        let most = |of: &dyn Fn(&ScenarioSnapshot) -> String| scenarios.iter().map(|scenario| width(&of(scenario))).max().unwrap_or(0);
        let planned = |scenario: &ScenarioSnapshot| humane::count(scenario.shape.planned.unwrap_or(scenario.run.minions.started));
        let with_words = columns >= ROOMY;
        let started = most(&|scenario| {
            let planned = planned(scenario);
            if scenario.shape.planned.is_some() { format!("{planned}/{planned}") } else { planned }
        });
        let name = most(&|scenario| scenario.shape.name.to_string()).min(NAME).min(columns / 5);
        Self { name, started, running: most(&planned).min(7), late: most(&late).max(1), with_words }
    }
}

fn late(scenario: &ScenarioSnapshot) -> String {
    humane::count(scenario.due.unwrap_or(0).saturating_sub(scenario.run.minions.started))
}

/// Progress by runs that are over, or by time where their number is open.
fn gauge(frame: &mut Frame<'_>, area: Rect, scenario: &ScenarioSnapshot, passed: f64, columns: GaugeColumns, theme: Theme) {
    let minions = scenario.run.minions;
    let planned = scenario.shape.planned;
    let over = minions.completed + minions.cancelled + minions.starved + minions.dropped;
    let ratio = planned.filter(|planned| *planned > 0).map_or(passed, |planned| over as f64 / planned as f64).clamp(0.0, 1.0);
    let started =
        planned.map_or(humane::count(minions.started), |planned| format!("{}/{}", humane::count(minions.started), humane::count(planned)));
    let late = late(scenario);
    let late_style = if late == "0" { theme.dim() } else { theme.warn() };
    let GaugeColumns { name, started: started_width, running, late: late_width, with_words } = columns;
    let words = |word: &str| if with_words { format!(" {word}") } else { String::new() };
    let spans = vec![
        Span::raw(pad(&cut(&scenario.shape.name, name), name)),
        Span::raw(format!("  {}{}", pad_left(&started, started_width), words("started"))),
        Span::raw(format!("  {} running", pad_left(&humane::count(minions.running()), running))),
    ];
    let late = Span::styled(format!("  {} late", pad_left(&late, late_width)), late_style);
    let mut counts = Line::from(spans);
    if counts.width() + late.width() <= usize::from(area.width) {
        counts.push_span(late);
    }
    let counted = u16::try_from(counts.width()).unwrap_or(u16::MAX);
    frame.render_widget(counts, area);
    let left = area.width.saturating_sub(counted.saturating_add(2));
    let share = format!("{:>3.0} %", (ratio * 100.0).floor());
    let share_width = width(&share);
    if left > GAUGE + share_width {
        let bar = Rect { x: area.x + counted + 2, width: left - share_width - 1, ..area };
        let gauge = LineGauge::default().ratio(ratio).label("").filled_symbol("━").unfilled_symbol("─");
        frame.render_widget(gauge.filled_style(theme.good()).unfilled_style(theme.dim()), bar);
        frame.render_widget(Line::raw(share), Rect { x: area.right() - share_width, width: share_width, ..area });
    }
}

/// The share of the planned time that has passed.
fn passed(snapshot: &Snapshot, facts: &LiveFacts) -> f64 {
    let planned = facts.planned.unwrap_or_default().as_nanos() as f64;
    if planned > 0.0 { snapshot.at() as f64 / planned } else { 0.0 }
}

fn pad(text: &str, columns: u16) -> String {
    format!("{text}{}", " ".repeat(usize::from(columns.saturating_sub(width(text)))))
}

fn pad_left(text: &str, columns: u16) -> String {
    format!("{}{text}", " ".repeat(usize::from(columns.saturating_sub(width(text)))))
}

/// Time since the start. Nanoseconds would be news to nobody.
pub(super) fn time(nanoseconds: u64) -> String {
    if nanoseconds < 1_000_000 { "0 s".to_owned() } else { humane::duration(nanoseconds) }
}
