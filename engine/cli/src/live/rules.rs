//! Each rule with its sign and its figure of now; broken ones first.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::text::Span;
use ratatui::widgets::{Cell, Row, Table};
use throng_measure::rules::RuleStanding;
use throng_measure::{Snapshot, Verdict};

use super::progress::time;
use super::text::{Placed, cut, right};
use super::theme::Theme;

/// Columns of a terminal that has room for when a rule was broken.
const ROOMY: u16 = 60;

/// Columns of a figure.
const FIGURE: u16 = 9;

/// Lines that the rules take if they get them.
pub(super) fn wanted(snapshot: &Snapshot) -> u16 {
    u16::try_from(snapshot.rules().len()).unwrap_or(u16::MAX)
}

/// Draws as many rules as there are lines for.
pub(super) fn render(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot, theme: Theme) {
    let rules = snapshot.rules();
    let lines = usize::from(area.height);
    let room = if rules.len() > lines { lines.saturating_sub(1) } else { lines };
    let mut shown: Vec<_> = rules.iter().collect();
    // Only where not all can be shown, so that rules stay where they are.
    if rules.len() > room {
        shown.sort_by_key(|rule| rule.holds != Some(false));
    }
    let left_out = shown.split_off(room.min(shown.len()));
    let since_width = if area.width < ROOMY { 0 } else { 13 };
    let names: Vec<_> = shown.iter().map(|rule| name(rule, snapshot)).collect();
    let longest = names.iter().map(Placed::width).max().unwrap_or(0);
    let fixed = 1 + FIGURE + since_width + 3;
    let name_width = longest.min(area.width.saturating_sub(fixed));
    let rows = shown.iter().zip(names).map(|(rule, name)| row(rule, &name.cut(name_width), theme));
    let more = (!left_out.is_empty()).then(|| {
        let broken = left_out.iter().filter(|rule| rule.holds == Some(false)).count();
        let (style, and) = if broken > 0 { (theme.bad(), format!(", {broken} broken")) } else { (theme.dim(), String::new()) };
        let told = format!("{} more{and}", left_out.len());
        Row::new([Cell::from(Span::styled("…", style)), Cell::from(Span::styled(cut(&told, name_width), style))])
    });
    let widths = [1, name_width, FIGURE, since_width].map(Constraint::Length);
    frame.render_widget(Table::new(rows.chain(more), widths).column_spacing(1), area);
}

fn row(rule: &RuleStanding, name: &str, theme: Theme) -> Row<'static> {
    let (sign, style) = sign(rule, theme);
    // What it is a percentage of, the rule says itself.
    let figure = rule.value.as_ref().map_or("", |value| value.text.trim_end_matches(" of intended")).to_owned();
    let since = rule.breach.as_ref().map_or(String::new(), |breach| format!(" since {}", time(breach.at)));
    let of_name = if rule.holds == Some(false) { style } else { Style::new() };
    Row::new([
        Cell::from(Span::styled(sign, style)),
        Cell::from(Span::styled(name.to_owned(), of_name)),
        right(figure, of_name),
        Cell::from(Span::styled(since, style)),
    ])
}

fn sign(rule: &RuleStanding, theme: Theme) -> (&'static str, Style) {
    match (rule.holds, rule.verdict) {
        (None, _) => ("…", theme.dim()),
        (Some(true), _) => ("✓", theme.good()),
        (Some(false), Verdict::Warning) => ("!", theme.warn()),
        (Some(false), _) => ("✗", theme.bad()),
    }
}

/// The rule, with its scenario if there are several.
pub(super) fn name(rule: &RuleStanding, snapshot: &Snapshot) -> Placed {
    let scenarios = snapshot.scenarios();
    let home = rule.scenario.filter(|_| scenarios.len() > 1).and_then(|home| scenarios.get(home));
    Placed::new(home.map(|home| format!("{}: ", home.shape.name)), rule.rule.as_str())
}
