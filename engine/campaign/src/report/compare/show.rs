//! A comparison as text and as Markdown.

use throng_measure::{Verdict, humane};

use super::{Change, Comparison, Difference, FigureName, Mark, ScenarioComparison, Side};
use crate::report::markdown::{escape, of_table};
use crate::report::paint::{Style, Tone, one_line, sign};
use crate::report::table::{Cell, Column, Table};

/// The comparison for a terminal: whether it is worse first, then a table per scenario.
pub fn text(comparison: &Comparison, style: Style) -> String {
    let tone = if comparison.is_worse() { Tone::Bad } else { Tone::Good };
    let mut text = format!("{}\n", style.paint(tone, &headline(comparison)));
    sides(comparison).iter().for_each(|line| text.push_str(&style.paragraph("  ", line)));
    for scenario in &comparison.scenarios {
        text.push_str(&format!("\n{}\n{}", style.paint(Tone::Title, &one_line(&scenario.name)), table(scenario).render(style)));
    }
    let notes = notes(comparison);
    if !notes.is_empty() {
        text.push('\n');
        notes.iter().for_each(|line| text.push_str(&style.paragraph("  ", line)));
    }
    text
}

/// The comparison for a job summary or a merge request.
pub fn markdown(comparison: &Comparison) -> String {
    let mut text = format!("## {}\n\n", escape(&headline(comparison)));
    sides(comparison).iter().for_each(|line| text.push_str(&format!("- {}\n", escape(line))));
    for scenario in &comparison.scenarios {
        text.push_str(&format!("\n### {}\n\n{}", escape(&scenario.name), of_table(&table(scenario))));
    }
    let notes = notes(comparison);
    if !notes.is_empty() {
        text.push('\n');
        notes.iter().for_each(|line| text.push_str(&format!("- {}\n", escape(line))));
    }
    text
}

fn headline(comparison: &Comparison) -> String {
    let limit = humane::number(comparison.tolerated * 100.0);
    let limit = if limit.contains('.') { limit.trim_end_matches('0').trim_end_matches('.') } else { &limit };
    let count = |mark| comparison.differences().filter(|difference| difference.mark == mark).count() as u64;
    match count(Mark::TooMuchWorse) {
        0 => {
            let slightly = match count(Mark::Worse) {
                0 => String::new(),
                worse => format!("; {} significantly worse, within that", humane::plural(worse, "figure")),
            };
            format!("{} not worse by more than {limit} %{slightly}", sign(Verdict::Successful))
        }
        worse => format!("{} {} significantly worse by more than {limit} %", sign(Verdict::Failed), humane::plural(worse, "figure")),
    }
}

fn sides(comparison: &Comparison) -> Vec<String> {
    let sides = [("A", &comparison.before), ("B", &comparison.after)];
    let line =
        |(name, side): &(&str, &Side)| format!("{name}: {} {}, {}", one_line(&side.key), side.verdict, humane::duration(side.duration));
    let mut lines: Vec<_> = sides.iter().map(line).collect();
    let unfit = sides.iter().filter(|(_, side)| side.verdict == Verdict::Void);
    lines.extend(unfit.map(|(name, _)| format!("{name} is void: its generator was not fit, so its figures say nothing about the target")));
    lines
}

fn notes(comparison: &Comparison) -> Vec<String> {
    let only = [("A", &comparison.only_before), ("B", &comparison.only_after)];
    let only = only.into_iter().filter(|(_, names)| !names.is_empty());
    let mut notes: Vec<_> = only.map(|(side, names)| format!("only in {side}: {}", one_line(&names.join(", ")))).collect();
    if comparison.differences().any(|difference| difference.mark == Mark::NotJudged && difference.figure != FigureName::Count) {
        notes.push("· has too few samples to be judged".to_owned());
    }
    notes
}

fn table(scenario: &ScenarioComparison) -> Table {
    let mut columns = vec![Column::left("step"), Column::left("figure")];
    columns.extend(["A", "B", "change", "95 % interval"].map(Column::right));
    columns.push(Column::left(""));
    let mut table = Table::new(columns);
    for step in &scenario.steps {
        for (index, difference) in step.differences.iter().enumerate() {
            let name = if index == 0 { step.name.as_str() } else { "" };
            let mut cells = vec![Cell::toned(Tone::Title, name), Cell::toned(Tone::Dim, difference.figure.name())];
            cells.extend(figures(difference));
            table.row(cells);
        }
    }
    table
}

fn figures(difference: &Difference) -> [Cell; 5] {
    let (tone, word) = match difference.mark {
        Mark::NotJudged if difference.figure == FigureName::Count => (Tone::Plain, ""),
        Mark::NotJudged => (Tone::Dim, "·"),
        Mark::Same => (Tone::Plain, "="),
        Mark::Better => (Tone::Good, "better"),
        Mark::Worse => (Tone::Warn, "worse"),
        Mark::TooMuchWorse => (Tone::Bad, "✗ worse"),
    };
    let [before, after] = [difference.before, difference.after].map(|value| Cell::new(shown(difference.figure, value)));
    let changed = match difference.change {
        Some(change) => percent(change),
        None if difference.after > 0.0 => "from none".to_owned(),
        None => String::new(),
    };
    // Of nothing and nothing there is nothing to say.
    let told = difference.before > 0.0 || difference.after > 0.0;
    let interval = difference.interval.filter(|_| told);
    let interval = interval.map_or(String::new(), |Change { low, high }| format!("{} to {}", percent(low), percent(high)));
    [before, after, Cell::toned(tone, changed), Cell::toned(Tone::Dim, interval), Cell::toned(tone, word)]
}

fn shown(figure: FigureName, value: f64) -> String {
    match figure {
        FigureName::Count => humane::count(value as u64),
        FigureName::FailureShare => humane::percentage((value * 1e9).round() as u64, 1_000_000_000),
        FigureName::Throughput => format!("{}/s", humane::number(value)),
        _ => humane::duration(value.round() as u64),
    }
}

fn percent(change: f64) -> String {
    let percent = change * 100.0;
    if percent > 999.0 {
        return "> +999 %".to_owned();
    }
    let text = format!("{percent:+.1} %");
    if text == "-0.0 %" { "+0.0 %".to_owned() } else { text }
}
