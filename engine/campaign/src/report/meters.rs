//! Meters that plugins and scenarios add to their steps.

use throng_measure::{
    Distribution, GuestMeterReport, Histogram, MeterValue, Percentile, PluginMeter, Quantile, Report, StepReport, TimerReport, humane,
};

use super::paint::{Style, Tone};
use super::steps::{shown, times};
use super::summary::{place, title};
use super::table::{Cell, Column, Table};

pub(super) fn section(report: &Report, style: Style) -> String {
    let table = table(report);
    if table.is_empty() { String::new() } else { title(style, "Meters") + &table.render(style) }
}

pub(super) fn table(report: &Report) -> Table {
    let mut columns = vec![Column::left("meter"), Column::left("step"), Column::right("count")];
    columns.extend(["p50 ", "p95 ", "p99 ", "max"].map(Column::right));
    let mut table = Table::new(columns);
    for scenario in &report.scenarios {
        for step in shown(scenario) {
            let at = place(report, scenario, &step.name);
            plugin(step, &at, &mut table);
        }
        for step in &scenario.steps {
            let at = place(report, scenario, &step.name);
            step.guest_meters.iter().for_each(|meter| table.row(guest(meter, &at, report.campaign.duration)));
        }
    }
    table
}

fn plugin(step: &StepReport, at: &str, table: &mut Table) {
    for meter in &step.plugin_meters {
        let mut cells = vec![Cell::new(&meter.name), Cell::toned(Tone::Dim, at)];
        match &meter.value {
            PluginMeter::Counter(count) => cells.push(Cell::new(humane::count(*count))),
            PluginMeter::Timer(timer) => cells.extend(timed(timer)),
        }
        table.row(cells);
    }
}

fn timed(timer: &Histogram) -> Vec<Cell> {
    let timer = TimerReport::from(timer.clone());
    let [p50, p95, p99, _, max] = times(&timer);
    vec![Cell::new(humane::count(timer.count)), p50, p95, p99, max]
}

fn guest(report: &GuestMeterReport, at: &str, duration: u64) -> Vec<Cell> {
    let mut cells = vec![Cell::new(report.meter.to_string()), Cell::toned(Tone::Dim, at)];
    match &report.value {
        MeterValue::Counter(count) => cells.push(Cell::new(humane::count(*count))),
        MeterValue::Gauge(last) => cells.push(Cell::new(last.map_or("–".to_owned(), humane::number))),
        MeterValue::Timer(timer) => cells.extend(timed(timer)),
        MeterValue::Summary(summary) => cells.extend(distributed(summary)),
        MeterValue::Rate { benchmark, total } if *total != 0.0 => {
            cells.push(Cell::new(format!("{} %", humane::number(benchmark * 100.0 / total))));
        }
        MeterValue::Rate { .. } => cells.push(Cell::new("–")),
        MeterValue::Throughput(sum) => {
            let seconds = duration as f64 / 1e9;
            cells.push(Cell::new(if seconds > 0.0 { format!("{}/s", humane::number(sum / seconds)) } else { "–".to_owned() }));
        }
    }
    cells
}

fn distributed(summary: &Distribution) -> Vec<Cell> {
    let samples = summary.thousandths();
    let value = |quantile| match samples.percentile(quantile) {
        Some(Percentile { value, few_samples }) => {
            format!("{}{}", humane::number(value as f64 / 1_000.0), if few_samples { "*" } else { " " })
        }
        None => "– ".to_owned(),
    };
    let mut cells = vec![Cell::new(humane::count(samples.count()))];
    cells.extend([Quantile::P50, Quantile::P95, Quantile::P99].map(value).map(Cell::new));
    cells.push(Cell::new(humane::number(summary.max())));
    cells
}
