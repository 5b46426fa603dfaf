//! How long each step took, as a curve of percentiles: every nine more has as much room as the one before.

use throng_measure::{Histogram, Quantile, ScenarioReport, TimesReport};

use super::chart::{Axis, Chart, Line, SMALL};
use super::scale::{Scale, duration};
use crate::report::steps;

/// A chart per step, after that of the journey; those without a sample are left out.
pub(super) fn charts(scenario: &ScenarioReport) -> String {
    let journey = std::iter::once(("journey", &scenario.journey));
    let steps = steps::shown(scenario).map(|step| (step.name.as_str(), &step.times));
    let charts: String = journey.chain(steps).filter_map(|(name, times)| chart(name, times)).map(|chart| chart.render()).collect();
    if charts.is_empty() { charts } else { format!("<div class=\"charts small\">\n{charts}</div>\n") }
}

/// Points of a curve.
const POINTS: u32 = 120;

fn chart(name: &str, times: &TimesReport) -> Option<Chart> {
    let response = &times.response.histogram;
    let count = response.count();
    if count == 0 {
        return None;
    }
    // The last sample alone is above the highest percentile that is shown; finer than 99.999 % no quantile is.
    let nines = (count as f64).log10().clamp(0.5, 5.0);
    let mut lines = vec![line("response", "first", response, nines)];
    if !times.service.histogram.is_empty() {
        lines.push(line("service", "second", &times.service.histogram, nines));
    }
    let scale = Scale::of_times(lines.iter().flat_map(|line| &line.points).filter_map(|(_, value)| *value));
    let kind = if matches!(scale, Scale::Logarithmic { .. }) { " (logarithmic)" } else { "" };
    let ticks = [(0.301, "50 %"), (1.0, "90 %"), (2.0, "99 %"), (3.0, "99.9 %"), (4.0, "99.99 %"), (5.0, "99.999 %")];
    let ticks = ticks.into_iter().filter(|(at, _)| *at <= nines + 1e-9);
    Some(Chart {
        title: format!("{name}{kind}"),
        size: SMALL,
        x: Axis { scale: Scale::Linear { from: 0.0, to: nines }, ticks: ticks.map(|(at, text)| (at, text.to_owned())).collect() },
        y: Axis::new(scale, duration),
        lines,
        hints: Vec::new(),
    })
}

fn line(name: &'static str, class: &'static str, histogram: &Histogram, nines: f64) -> Line {
    let point = |index: u32| {
        let at = nines * f64::from(index) / f64::from(POINTS);
        let thousandths = ((1.0 - 10_f64.powf(-at)) * 100_000.0).floor() as u32;
        let value = if index == POINTS {
            histogram.max()
        } else {
            histogram.percentile(Quantile::from_thousandths_of_percent(thousandths)).map(|of| of.value)
        };
        (at, value.map(|value| value as f64))
    };
    Line { name, class, points: (0..=POINTS).map(point).collect() }
}
