//! Joins by class: what came together, what did not, and how long it took.

use throng_measure::{JoinReport, Report, humane};

use super::paint::{Style, Tone};
use super::steps::times;
use super::summary::{place, title};
use super::table::{Cell, Column, Table};

pub(super) fn section(report: &Report, style: Style) -> String {
    match tables(report) {
        Some([classes, outcomes]) => title(style, "Joins") + &classes.render(style) + &outcomes.render(style),
        None => String::new(),
    }
}

/// The classes, and how long it took; none without joins.
pub(super) fn tables(report: &Report) -> Option<[Table; 2]> {
    let steps = report.scenarios.iter().flat_map(|scenario| scenario.steps.iter().map(move |step| (scenario, step)));
    let joins: Vec<_> = steps.filter_map(|(scenario, step)| Some((place(report, scenario, &step.name), step.join.as_ref()?))).collect();
    if joins.is_empty() {
        return None;
    }
    let mut classes = vec![Column::left("join")];
    classes.extend(["matched", "missing"].map(|header| Column::right(header).under("left")));
    classes.extend(["used", "late", "duplicate", "orphan", "unkeyed"].map(|header| Column::right(header).under("right")));
    classes.push(Column::right("window"));
    let mut classes = Table::new(classes);
    let mut outcomes = vec![Column::left("time to outcome"), Column::right("count"), Column::right("early")];
    outcomes.extend(["p50 ", "p95 ", "p99 ", "p99.9 ", "max"].map(Column::right));
    let mut outcomes = Table::new(outcomes);
    for (name, join) in &joins {
        classes.row(of_classes(name, join));
        let mut cells = vec![Cell::toned(Tone::Title, name), Cell::new(humane::count(join.time_to_outcome.count))];
        cells.push(Cell::new(humane::count(join.early)));
        cells.extend(times(&join.time_to_outcome));
        outcomes.row(cells);
    }
    Some([classes, outcomes])
}

/// For how long late and duplicate rights are told from orphans, as a document writes it.
pub(super) fn window(join: &JoinReport) -> Option<String> {
    join.window.map(|window| throng_model::format_duration(std::time::Duration::from_nanos(window)))
}

fn of_classes(name: &str, join: &JoinReport) -> Vec<Cell> {
    let toned = |tone, count| if count > 0 { Cell::toned(tone, humane::count(count)) } else { Cell::toned(Tone::Dim, "0") };
    vec![
        Cell::toned(Tone::Title, name),
        Cell::new(humane::count(join.matched)),
        toned(Tone::Bad, join.missing),
        Cell::new(humane::count(join.used)),
        toned(Tone::Warn, join.late),
        toned(Tone::Warn, join.duplicate),
        toned(Tone::Warn, join.orphan),
        toned(Tone::Bad, join.unkeyed),
        Cell::toned(Tone::Dim, window(join).unwrap_or_else(|| "–".to_owned())),
    ]
}
