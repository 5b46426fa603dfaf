//! Journeys and steps: how many, how they ended, how long they took. The widest layout that fits is taken.

use throng_measure::{OutcomeCounts, Percentile, Report, ScenarioReport, StepReport, TimerReport, TimesReport, humane};

use super::paint::{Style, Tone, one_line};
use super::summary::title;
use super::table::{Cell, Column, Table};

/// What a row of the section is about.
struct Line<'a> {
    name: &'a str,
    kind: &'a str,
    /// None for a journey, which has no outcome of its own.
    outcomes: Option<OutcomeCounts>,
    runs: u64,
    times: &'a TimesReport,
}

pub(super) fn section(report: &Report, style: Style) -> String {
    let tables: Vec<_> = report.scenarios.iter().map(|scenario| of_scenario(scenario, style)).collect();
    let mut text = tables.join("\n");
    if !text.is_empty() {
        let note = note(&text);
        let note: String = style.paragraph("  ", &note).lines().map(|line| format!("{}\n", style.paint(Tone::Dim, line))).collect();
        text.push_str(&note);
    }
    text
}

/// What the tables are of.
pub(super) fn note(tables: &str) -> String {
    let few = if tables.contains('*') { "; * has fewer than 10 samples above it" } else { "" };
    format!("Times are of ramp and steady load, counts of all phases{few}.")
}

/// A table for where it may be as wide as it likes.
pub(super) fn wide_table(scenario: &ScenarioReport) -> Table {
    wide(&lines(scenario))
}

/// A table with a row for response and one for service.
pub(super) fn middle_table(scenario: &ScenarioReport) -> Table {
    middle(&lines(scenario))
}

/// What was meant to start before or after the load, a line for each step that has such.
pub(super) fn notes_outside_the_load(scenario: &ScenarioReport) -> Vec<String> {
    lines(scenario).iter().filter_map(outside_the_load).map(|(name, told)| format!("{name}, {told}")).collect()
}

/// The steps that people are shown: hidden ones only if they failed.
pub(super) fn shown(scenario: &ScenarioReport) -> impl Iterator<Item = &StepReport> {
    scenario.steps.iter().filter(|step| is_shown(step))
}

/// Whether people are shown a step.
pub(super) fn is_shown(step: &StepReport) -> bool {
    !step.hidden || step.outcomes.failed() > 0
}

fn lines(scenario: &ScenarioReport) -> Vec<Line<'_>> {
    let journey = Line { name: "journey", kind: "", outcomes: None, runs: scenario.minions.completed, times: &scenario.journey };
    std::iter::once(journey).chain(shown(scenario).map(of_step)).collect()
}

fn of_scenario(scenario: &ScenarioReport, style: Style) -> String {
    let lines = lines(scenario);
    let [wide, middle, narrow] = [wide(&lines), middle(&lines), narrow(&lines)];
    let table = [wide, middle].into_iter().find(|table| table.fits(style)).unwrap_or(narrow);
    let mut text = title(style, &format!("Steps of {}", one_line(&scenario.name))) + &table.render(style);
    let outside = lines.iter().filter_map(outside_the_load);
    outside.for_each(|(name, told)| text.push_str(&style.paragraph(&format!("  {name}, "), &told)));
    text
}

fn of_step(step: &StepReport) -> Line<'_> {
    Line { name: &step.name, kind: &step.kind, outcomes: Some(step.outcomes), runs: step.outcomes.executions(), times: &step.times }
}

const PERCENTILES: [&str; 5] = ["p50 ", "p95 ", "p99 ", "p99.9 ", "max"];

/// One row per line, response and service side by side.
fn wide(lines: &[Line<'_>]) -> Table {
    let mut columns = vec![Column::left("step"), Column::left("kind")];
    columns.extend(["count", "failure", "error", "time-out", "skipped"].map(Column::right));
    columns.extend(PERCENTILES.map(|header| Column::right(header).under("response")));
    columns.extend(PERCENTILES.map(|header| Column::right(header).under("service")));
    let mut table = Table::new(columns);
    for line in lines {
        let mut cells = vec![Cell::toned(Tone::Title, line.name), Cell::toned(Tone::Dim, line.kind)];
        cells.extend(counts(line));
        cells.extend(times(&line.times.response));
        cells.extend(times(&line.times.service));
        table.row(cells);
    }
    table
}

/// Two rows per line: response, and under it service.
fn middle(lines: &[Line<'_>]) -> Table {
    let mut columns = vec![Column::left("step")];
    columns.extend(["count", "failure", "error", "time-out", "skipped"].map(Column::right));
    columns.push(Column::left(""));
    columns.extend(PERCENTILES.map(Column::right));
    let mut table = Table::new(columns);
    for line in lines {
        let mut cells = vec![Cell::toned(Tone::Title, line.name)];
        cells.extend(counts(line));
        cells.push(Cell::toned(Tone::Dim, "response"));
        cells.extend(times(&line.times.response));
        table.row(cells);
        if line.times.service.count > 0 {
            let mut cells = vec![Cell::default(); 6];
            cells.push(Cell::toned(Tone::Dim, "service"));
            cells.extend(times(&line.times.service));
            table.row(cells);
        }
    }
    table
}

/// As [`middle`], with the outcomes in words where there were others than success.
fn narrow(lines: &[Line<'_>]) -> Table {
    let mut columns = vec![Column::left("step"), Column::right("count")];
    columns.extend(PERCENTILES.map(Column::right));
    let mut table = Table::new(columns);
    for line in lines {
        let mut cells = vec![Cell::toned(Tone::Title, line.name), Cell::new(humane::count(line.runs))];
        cells.extend(times(&line.times.response));
        table.row(cells);
        if line.times.service.count > 0 {
            let mut cells = vec![Cell::toned(Tone::Dim, "  service"), Cell::default()];
            cells.extend(times(&line.times.service));
            table.row(cells);
        }
        for (tone, count, outcome) in line.outcomes.iter().flat_map(unsuccessful) {
            table.row(vec![Cell::toned(tone, format!("  {outcome}")), Cell::toned(tone, humane::count(count))]);
        }
    }
    table
}

fn unsuccessful(outcomes: &OutcomeCounts) -> impl Iterator<Item = (Tone, u64, &'static str)> {
    let kinds = [
        (Tone::Bad, outcomes.failure, "failure"),
        (Tone::Bad, outcomes.error, "error"),
        (Tone::Bad, outcomes.timeout, "time-out"),
        (Tone::Warn, outcomes.skipped, "skipped"),
    ];
    kinds.into_iter().filter(|(_, count, _)| *count > 0)
}

fn counts(line: &Line<'_>) -> Vec<Cell> {
    let mut cells = vec![Cell::new(humane::count(line.runs))];
    let toned = |tone, count| if count > 0 { Cell::toned(tone, humane::count(count)) } else { Cell::toned(Tone::Dim, "0") };
    match line.outcomes {
        Some(outcomes) => cells.extend([
            toned(Tone::Bad, outcomes.failure),
            toned(Tone::Bad, outcomes.error),
            toned(Tone::Bad, outcomes.timeout),
            toned(Tone::Warn, outcomes.skipped),
        ]),
        None => cells.extend(vec![Cell::default(); 4]),
    }
    cells
}

/// The cells of [`PERCENTILES`].
pub(super) fn times(timer: &TimerReport) -> [Cell; 5] {
    let max = timer.max.map_or("–".to_owned(), humane::duration);
    [percentile(timer.p50), percentile(timer.p95), percentile(timer.p99), percentile(timer.p99_9), Cell::new(max)]
}

fn percentile(percentile: Option<Percentile>) -> Cell {
    // The mark has a column of its own, so that units stay in line.
    Cell::new(match percentile {
        Some(Percentile { value, few_samples: true }) => format!("{}*", humane::duration(value)),
        Some(Percentile { value, few_samples: false }) => format!("{} ", humane::duration(value)),
        None => "– ".to_owned(),
    })
}

fn outside_the_load(line: &Line<'_>) -> Option<(String, String)> {
    let phases = [(&line.times.warm_up, "warm-up"), (&line.times.drain, "drain")];
    let told = phases.into_iter().filter_map(|(timer, phase)| {
        let timer = timer.as_ref()?;
        let (median, max) = (timer.p50.map(|median| humane::duration(median.value))?, timer.max.map(humane::duration)?);
        Some(format!("{phase}: {} more with response p50 {median}, max {max}", humane::count(timer.count)))
    });
    let told = told.collect::<Vec<_>>().join("; ");
    (!told.is_empty()).then(|| (one_line(line.name), told))
}
