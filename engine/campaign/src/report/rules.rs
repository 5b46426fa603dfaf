//! Each rule with its figure, and whether it was kept.

use throng_measure::rules::{RuleExample, RuleReport, StepPlace};
use throng_measure::{Report, Verdict, humane};

use super::paint::{Style, Tone, harmless, one_line, sign};
use super::summary::title;
use super::table::{Cell, Column, Table};

pub(super) fn section(report: &Report, style: Style) -> String {
    if report.rules.is_empty() {
        return String::new();
    }
    let lines: String = report.rules.iter().map(|rule| line(rule, report.scenarios.len() > 1, style)).collect();
    title(style, "Rules") + &lines
}

/// A row per rule; what it is of if there are several scenarios.
pub(super) fn table(report: &Report) -> Table {
    let mut table = Table::new(vec![Column::left("rule"), Column::left("of"), Column::left(""), Column::right("figure"), Column::left("")]);
    for rule in &report.rules {
        let tone = if rule.holds { Tone::Good } else { Tone::of(verdict(rule)) };
        let of = rule.scenario.as_deref().unwrap_or("campaign");
        let kept = format!("{} {}", sign(verdict(rule)), if rule.holds { "kept" } else { "broken" });
        let (figure, since) =
            (Cell::toned(if rule.holds { Tone::Plain } else { tone }, figure(rule)), Cell::new(since(rule).unwrap_or_default()));
        table.row(vec![Cell::toned(Tone::Title, &rule.rule), Cell::toned(Tone::Dim, of), Cell::toned(tone, kept), figure, since]);
    }
    table
}

/// What a rule comes to: successful if it was kept.
pub(super) fn verdict(rule: &RuleReport) -> Verdict {
    if rule.holds { Verdict::Successful } else { rule.verdict }
}

/// Whether a rule decides about the failures of a step, so that they do not fail it by themselves.
pub(super) fn decides(report: &Report, place: StepPlace) -> bool {
    report.rules.iter().filter_map(|rule| rule.decides.as_ref()).any(|decision| decision.steps.contains(&place))
}

/// The rule's figure, as a part of a sentence.
pub(super) fn was(rule: &RuleReport) -> String {
    match &rule.value {
        Some(value) if !rule.saw_nothing => format!("was {}", one_line(&value.text)),
        _ => figure(rule),
    }
}

fn figure(rule: &RuleReport) -> String {
    match &rule.value {
        _ if rule.saw_nothing => "saw nothing".to_owned(),
        Some(value) => value.text.clone(),
        None => "had nothing to go by".to_owned(),
    }
}

/// Since when it was broken, and for how long; none if it was kept.
pub(super) fn since(rule: &RuleReport) -> Option<String> {
    let breach = rule.first_breach.as_ref().filter(|_| !rule.holds)?;
    Some(format!("broken since {} for {}", humane::duration(breach.at), humane::duration(rule.broken_for)))
}

/// One case of what a broken rule counts, of one line and more.
pub(super) fn example(rule: &RuleReport) -> Option<String> {
    let RuleExample { scenario, step, minion, at, code, message } = rule.example.as_ref().filter(|_| !rule.holds)?;
    let place = one_line(&format!("{scenario}/{step}"));
    Some(format!("{place}, minion {minion} at {}: {}: {}", humane::duration(*at), one_line(code), harmless(message)))
}

fn line(rule: &RuleReport, several: bool, style: Style) -> String {
    let verdict = verdict(rule);
    let home = rule.scenario.as_deref().filter(|_| several).map(|home| format!("{}: ", one_line(home))).unwrap_or_default();
    let since = since(rule).map(|since| format!(", {since}")).unwrap_or_default();
    let text = format!("{home}{}  {}{since}", harmless(&rule.rule), was(rule));
    let paragraph = style.paragraph(&format!("  {} ", sign(verdict)), &text);
    paragraph.lines().map(|line| format!("{}\n", style.paint(if rule.holds { Tone::Plain } else { Tone::of(verdict) }, line))).collect()
}
