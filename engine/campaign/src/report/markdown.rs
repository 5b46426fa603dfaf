//! The report as GitHub's Markdown, for job summaries: the verdict first, then a table of each kind.

use std::fmt::Write as _;

use throng_measure::{Reason, Report, ScenarioReport};

use super::paint::{Tone, one_line, sign};
use super::table::{Align, Cell, Column, Table};
use super::{errors, health, joins, meters, rules, steps, summary};

pub(super) fn render(report: &Report) -> String {
    let sections = [
        verdict(report),
        of_rules(report),
        asked_and_sent(report),
        of_steps(report),
        of_joins(report),
        titled("Meters", of_table(&meters::table(report))),
        titled("Errors", of_errors(report)),
        titled("Messages", messages(report)),
        titled(health::TITLE, of_health(report)),
    ];
    let sections: Vec<_> = sections.into_iter().filter(|section| !section.is_empty()).collect();
    sections.join("\n")
}

/// A table in pipes; nothing without rows.
pub(super) fn of_table(table: &Table) -> String {
    if table.is_empty() {
        return String::new();
    }
    let headers: Vec<_> = table.columns().iter().map(header).collect();
    let rules: Vec<_> = table.columns().iter().map(|column| if column.align == Align::Left { "---" } else { "---:" }).collect();
    let mut text = format!("| {} |\n| {} |\n", headers.join(" | "), rules.join(" | "));
    for row in table.rows() {
        let cells: Vec<_> = row.iter().map(cell).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

/// Text as it is, on one line, whatever it holds.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in one_line(text).chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // A name behind it would be called.
            '@' => escaped.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '$' | '!' => escaped.extend(['\\', character]),
            other => escaped.push(other),
        }
    }
    escaped
}

fn verdict(report: &Report) -> String {
    let headline = format!("## {} {}: {}\n\n", sign(report.verdict), report.verdict, escape(&report.campaign.key));
    let mut text = headline + &escape(&summary::how(report)) + "\n\n";
    report.reasons.iter().for_each(|reason| text.push_str(&told("", reason)));
    for scenario in &report.scenarios {
        let _ = writeln!(text, "- {} **{}** {}", sign(scenario.verdict), scenario.verdict, escape(&scenario.name));
        scenario.reasons.iter().for_each(|reason| text.push_str(&told("  ", reason)));
    }
    text
}

fn told(margin: &str, reason: &Reason) -> String {
    format!("{margin}- {} {}\n", sign(reason.verdict), escape(&reason.text))
}

fn of_rules(report: &Report) -> String {
    let examples = report.rules.iter().filter_map(rules::example);
    let examples: String = examples.map(|example| format!("\n{}\n", escape(&example))).collect();
    titled("Rules", of_table(&rules::table(report)) + &examples)
}

fn asked_and_sent(report: &Report) -> String {
    titled("Asked and sent", of_table(&summary::asked_and_sent_table(report)))
}

fn of_steps(report: &Report) -> String {
    let mut text = String::new();
    for scenario in &report.scenarios {
        let _ = writeln!(text, "### Steps of {}\n\n{}", escape(&scenario.name), of_table(&steps::middle_table(scenario)));
        let outside = steps::notes_outside_the_load(scenario);
        outside.iter().for_each(|note| text.push_str(&format!("{}\n\n", escape(note))));
    }
    if !text.is_empty() {
        let note = escape(&steps::note(&text));
        text.push_str(&format!("<sub>{note}</sub>\n"));
    }
    text
}

fn of_joins(report: &Report) -> String {
    let tables = joins::tables(report).map(|tables| tables.each_ref().map(of_table).join("\n"));
    titled("Joins", tables.unwrap_or_default())
}

fn of_errors(report: &Report) -> String {
    let groups = errors::groups(report);
    let told = |group: &errors::ErrorGroup| {
        let (place, code, when) = (escape(&group.place), escape(&group.code), escape(&group.when));
        format!("- **{place}** {code}: {when}; {}:\n\n{}", group.whose, block(&group.message))
    };
    groups.iter().map(told).collect::<Vec<_>>().join("\n")
}

fn messages(report: &Report) -> String {
    let of_scenario = |scenario: &ScenarioReport| {
        let mut lines: Vec<_> = errors::left_messages(report, scenario).iter().map(message).collect();
        lines.extend(errors::more_messages(scenario).map(|more| format!("- {more}\n")));
        lines.concat()
    };
    report.scenarios.iter().map(of_scenario).collect()
}

fn message(message: &errors::LeftMessage) -> String {
    format!("- {} **{}** {}\n", message.sign(), escape(&message.place), escape(&message.text))
}

fn of_health(report: &Report) -> String {
    health::lines(report).iter().map(|(lead, line)| format!("- {}{}\n", escape(lead), escape(line))).collect()
}

fn titled(title: &str, body: String) -> String {
    if body.is_empty() { body } else { format!("### {title}\n\n{body}") }
}

fn header(column: &Column) -> String {
    let (group, header) = (column.group, column.header.trim());
    escape(&if group.is_empty() { header.to_owned() } else { format!("{header} ({group})") })
}

fn cell(cell: &Cell) -> String {
    let text = escape(cell.text());
    match cell.tone() {
        Tone::Bad | Tone::Warn | Tone::Title if !text.is_empty() => format!("**{text}**"),
        _ => text,
    }
}

/// A block of foreign text under a list's item; its fence is longer than any in the text.
fn block(text: &str) -> String {
    let fence = "`".repeat(longest_run(text, '`').max(2) + 1);
    let lines: String = text.lines().map(|line| format!("  {line}\n")).collect();
    format!("  {fence}text\n{lines}  {fence}\n")
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|character| character != of).map(str::len).max().unwrap_or(0)
}
