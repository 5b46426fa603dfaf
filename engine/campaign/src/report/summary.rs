//! What a person reads when a campaign has ended: the verdict first, then what was asked, what it took, and what went wrong.

use throng_measure::{EndReason, Reason, Report, ScenarioReport, StateEntry, humane};

use super::paint::{Style, Tone, harmless, one_line, sign};
use super::table::{Cell, Column, Table};
use super::{errors, health, joins, meters, rules, steps};

/// The summary of a report, in lines that keep within the width as far as names and numbers allow.
pub fn summary(report: &Report, style: Style) -> String {
    let sections = [
        verdict(report, style),
        rules::section(report, style),
        asked_and_sent(report, style),
        steps::section(report, style),
        joins::section(report, style),
        meters::section(report, style),
        errors::errors(report, style),
        errors::messages(report, style),
        health::section(report, style),
    ];
    let sections: Vec<_> = sections.into_iter().filter(|section| !section.is_empty()).collect();
    sections.join("\n")
}

/// A section's title line.
pub(super) fn title(style: Style, text: &str) -> String {
    format!("{}\n", style.paint(Tone::Title, text))
}

/// A step's name, with its scenario's if there are several.
pub(super) fn place(report: &Report, scenario: &ScenarioReport, step: &str) -> String {
    one_line(&if report.scenarios.len() > 1 { format!("{}/{step}", scenario.name) } else { step.to_owned() })
}

/// How it ended, and with what it can be run again.
pub(super) fn how(report: &Report) -> String {
    let facts = &report.campaign;
    let end = match &facts.end {
        EndReason::Completed => "completed",
        EndReason::SoftStopped(_) => "stopped softly",
        EndReason::Aborted(_) => "aborted",
        EndReason::Failed(_) => "failed",
    };
    let speed = if facts.speed == 1.0 { String::new() } else { format!(", speed × {}", facts.speed) };
    format!("{end} after {}{}, seed {}{speed}", humane::duration(facts.duration), paces(&facts.states), facts.seed)
}

/// How long it was held, and how often its speed was changed while it ran.
fn paces(states: &[StateEntry]) -> String {
    let until = states.iter().skip(1).map(|next| next.at);
    let held: u64 =
        states.iter().zip(until).filter(|(entry, _)| entry.state == "held").map(|(entry, until)| until.saturating_sub(entry.at)).sum();
    let running: Vec<_> = states.iter().map(|entry| entry.state.as_str()).filter(|state| state.starts_with("running")).collect();
    let changes = running.windows(2).filter(|two| two.first() != two.last()).count() as u64;
    let held = if held > 0 { format!(", {} of them held", humane::duration(held)) } else { String::new() };
    let changed = if changes > 0 { format!(", its speed changed {}", humane::plural(changes, "time")) } else { String::new() };
    held + &changed
}

fn verdict(report: &Report, style: Style) -> String {
    let headline = format!("{} {}", sign(report.verdict), report.verdict);
    let headline = style.paint(Tone::of(report.verdict), &headline);
    let mut text = format!("{headline}  {}\n", style.paint(Tone::Title, &one_line(&report.campaign.key)));
    text.push_str(&format!("  {}\n", style.paint(Tone::Dim, &how(report))));
    report.reasons.iter().for_each(|reason| text.push_str(&told("  ", "", reason, style)));
    // Of several scenarios the last one's broken rule would be screens away, behind all that failed before it.
    let several = report.scenarios.len() > 1;
    let of_rules: Vec<_> =
        report.rules.iter().filter(|_| several).filter_map(|rule| Some((rule.scenario.as_ref()?, rule.reason()?))).collect();
    of_rules.iter().for_each(|(home, reason)| text.push_str(&told("  ", &format!("{home}: "), reason, style)));
    for scenario in &report.scenarios {
        let verdict = style.paint(Tone::of(scenario.verdict), &format!("{} {}", sign(scenario.verdict), scenario.verdict));
        text.push_str(&format!("  {verdict}  {}\n", one_line(&scenario.name)));
        let reasons =
            scenario.reasons.iter().filter(|reason| !of_rules.iter().any(|(home, told)| **home == scenario.name && told == *reason));
        let mut reasons = reasons.collect::<Vec<_>>();
        let left_out = reasons.split_off(reasons.len().min(REASONS));
        reasons.iter().for_each(|reason| text.push_str(&told("    ", "", reason, style)));
        if !left_out.is_empty() {
            text.push_str(&format!(
                "    {}\n",
                style.paint(Tone::Dim, &format!("… and {}", humane::plural(left_out.len() as u64, "more reason")))
            ));
        }
    }
    text
}

/// Reasons of a scenario at most: that all of forty steps failed is seen in their table.
const REASONS: usize = 8;
/// Lines of a reason at most: an example can hold the body of an answer, which is told whole among the errors.
const LINES: usize = 5;

/// A reason, with whose it is before it if that is not told by its place.
fn told(margin: &str, whose: &str, reason: &Reason, style: Style) -> String {
    let paragraph = style.paragraph(&format!("{margin}{} ", sign(reason.verdict)), &harmless(&format!("{whose}{}", reason.text)));
    let lines = paragraph.lines().count();
    let shown = paragraph.lines().take(LINES).enumerate().map(|(number, line)| {
        let line = if number + 1 == LINES && lines > LINES { shorten_end(line, style.width) } else { line.to_owned() };
        format!("{}\n", style.paint(Tone::of(reason.verdict), &line))
    });
    shown.collect()
}

/// The line with a mark that something is left out behind it.
fn shorten_end(line: &str, columns: usize) -> String {
    let kept: String = line.chars().take(columns.saturating_sub(2)).collect();
    format!("{} …", kept.trim_end())
}

fn asked_and_sent(report: &Report, style: Style) -> String {
    let table = asked_and_sent_table(report);
    if table.is_empty() { String::new() } else { title(style, "Asked and sent") + &table.render(style) }
}

pub(super) fn asked_and_sent_table(report: &Report) -> Table {
    let mut columns = vec![Column::left("scenario"), Column::right("asked"), Column::right("started"), Column::right("")];
    columns.extend(["completed", "cancelled", "starts/s"].map(Column::right));
    let mut table = Table::new(columns);
    for scenario in &report.scenarios {
        let minions = &scenario.minions;
        let seconds = report.campaign.duration as f64 / 1e9;
        let rate = if seconds > 0.0 { humane::number(minions.started as f64 / seconds) } else { String::new() };
        let cancelled = if minions.cancelled > 0 { Tone::Bad } else { Tone::Dim };
        table.row(vec![
            Cell::new(&scenario.name),
            Cell::new(minions.planned.map_or("open".to_owned(), humane::count)),
            Cell::new(humane::count(minions.started)),
            Cell::new(minions.planned.map_or(String::new(), |planned| humane::percentage(minions.started, planned))),
            Cell::new(humane::count(minions.completed)),
            Cell::toned(cancelled, humane::count(minions.cancelled)),
            Cell::new(rate),
        ]);
    }
    table
}
