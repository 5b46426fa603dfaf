//! From figures to exported meters, for a period and for the whole campaign alike.

use std::sync::Arc;

use super::{ExportedMeter, MeterFigures, MeterScope, Stamp, Subject, Subjects};
use crate::report::TimerReport;
use crate::{
    Distribution, Histogram, MeterValue, Outcome, Phase, PluginMeter, Quantile, ScenarioSnapshot, Snapshot, StepFigures, Times, under_load,
};

/// What meters are told of.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) scope: MeterScope,
    pub(super) stamp: Stamp,
    /// In nanoseconds.
    pub(super) length: u64,
}

/// The meters of a campaign that has ended.
pub fn campaign_meters(snapshot: &Snapshot, subjects: &Subjects, stamp: Stamp) -> Vec<ExportedMeter> {
    let length = u64::try_from(stamp.at).unwrap_or(0);
    meters_of(snapshot.scenarios(), snapshot, subjects, Span { scope: MeterScope::Campaign, stamp, length })
}

/// All meters of a span. `whole` says what goes on at its end. Named steps tell their executions also when there were none.
pub(super) fn meters_of(scenarios: &[ScenarioSnapshot], whole: &Snapshot, subjects: &Subjects, span: Span) -> Vec<ExportedMeter> {
    let mut meters = Vec::new();
    for (number, (scenario, whole)) in scenarios.iter().zip(whole.scenarios()).enumerate() {
        Told { subject: subjects.scenario(number), span, meters: &mut meters }.scenario(scenario, whole);
        for (step, ((shape, figures), whole)) in scenario.steps().zip(&whole.steps).enumerate() {
            if !shape.hidden || !figures.is_empty() {
                Told { subject: subjects.step(number, step), span, meters: &mut meters }.step(figures, whole);
            }
        }
    }
    meters
}

/// The meters of one subject.
struct Told<'a> {
    subject: &'a Arc<Subject>,
    span: Span,
    meters: &'a mut Vec<ExportedMeter>,
}

impl Told<'_> {
    fn scenario(&mut self, scenario: &ScenarioSnapshot, whole: &ScenarioSnapshot) {
        let run = &scenario.run;
        let mut minions = Vec::with_capacity(8);
        minions.extend(scenario.due.filter(|_| scenario.shape.planned.is_some()).map(|due| ("due", due)));
        minions.extend([
            ("started", run.minions.started),
            ("completed", run.minions.completed),
            ("cancelled", run.minions.cancelled),
            ("starved", run.minions.starved),
            ("queued", run.minions.queued),
            ("dropped", run.minions.dropped),
            ("running", whole.run.minions.running()),
        ]);
        self.add("minions", MeterFigures::Counts(minions));
        self.timer("start-lag", run.start_lag.clone());
        self.times(&run.journey, ["journey", "journey-service", "journey-warm-up", "journey-drain"]);
        let guest = run.guest;
        if guest.calls > 0 {
            let counts = vec![
                ("calls", guest.calls),
                ("nanoseconds", guest.nanos),
                ("traps", guest.traps),
                ("deadlines", guest.deadlines),
                ("memory-refusals", guest.memory_refusals),
            ];
            self.add("guest", MeterFigures::Counts(counts));
        }
        let engine = [
            ("mailbox-waits", run.mailbox_waits),
            ("refused-recordings", run.refused_recordings),
            ("events-dropped", run.events.dropped()),
        ];
        for (name, count) in engine.into_iter().filter(|(_, count)| *count > 0) {
            self.add(name, MeterFigures::Counter(count));
        }
    }

    fn step(&mut self, figures: &StepFigures, whole: &StepFigures) {
        let mut executions = Vec::with_capacity(10);
        executions.push(("count", figures.executions()));
        executions.extend(Outcome::ALL.iter().map(|outcome| (outcome.name(), figures.count(*outcome))));
        executions.extend([
            ("attempts", figures.attempts),
            ("starved", figures.starved),
            ("slipped", figures.slipped),
            ("in-flight", u64::try_from(whole.in_flight).unwrap_or(0)),
        ]);
        self.add("executions", MeterFigures::Counts(executions));
        self.times(&figures.times, ["response", "service", "response-warm-up", "response-drain"]);
        for (name, meter) in &figures.plugin {
            match meter {
                PluginMeter::Timer(timer) => self.timer(name, timer.clone()),
                PluginMeter::Counter(count) => self.add(name, MeterFigures::Counter(*count)),
            }
        }
        for (meter, value) in &figures.guest {
            if let Some(figures) = self.of_guest(value) {
                let tagged = self.subject.tagged(&meter.tags);
                Told { subject: &tagged, span: self.span, meters: self.meters }.add(&meter.name, figures);
            }
        }
    }

    /// Response and service under load, and response apart from it.
    fn times(&mut self, times: &Times, [response, service, warm_up, drain]: [&str; 4]) {
        self.timer(response, under_load(&times.response));
        self.timer(service, under_load(&times.service));
        for (name, phase) in [(warm_up, Phase::WarmUp), (drain, Phase::Drain)] {
            if let Some(timer) = times.response.get(phase.index()) {
                self.timer(name, timer.clone());
            }
        }
    }

    fn of_guest(&self, value: &MeterValue) -> Option<MeterFigures> {
        Some(match value {
            MeterValue::Counter(count) => MeterFigures::Counter(*count),
            MeterValue::Gauge(value) => MeterFigures::Gauge((*value)?),
            MeterValue::Timer(timer) => MeterFigures::Timer(Box::new(timer.clone().into())),
            MeterValue::Summary(summary) => MeterFigures::Summary(of_summary(summary)),
            MeterValue::Rate { benchmark, total } => MeterFigures::Rate { benchmark: *benchmark, total: *total },
            MeterValue::Throughput(total) => {
                let seconds = self.span.length as f64 / 1e9;
                MeterFigures::Throughput { total: *total, per_second: if seconds > 0.0 { total / seconds } else { 0.0 } }
            }
        })
    }

    /// A timer without samples has nothing to tell.
    fn timer(&mut self, name: &str, histogram: Histogram) {
        if !histogram.is_empty() {
            self.add(name, MeterFigures::Timer(Box::new(TimerReport::from(histogram))));
        }
    }

    fn add(&mut self, name: &str, figures: MeterFigures) {
        let Span { scope, stamp, length } = self.span;
        let subject = Arc::clone(self.subject);
        self.meters.push(ExportedMeter { name: name.to_owned(), scope, stamp, span: length, subject, figures });
    }
}

fn of_summary(summary: &Distribution) -> Vec<(&'static str, f64)> {
    let samples = summary.thousandths();
    let count = samples.count();
    let mut figures = vec![("count", count as f64), ("sum", summary.sum())];
    if count > 0 {
        figures.push(("mean", summary.sum() / count as f64));
        figures.push(("min", summary.min()));
    }
    let quantiles =
        [("p50", Quantile::P50), ("p90", Quantile::P90), ("p95", Quantile::P95), ("p99", Quantile::P99), ("p99_9", Quantile::P99_9)];
    figures.extend(quantiles.into_iter().filter_map(|(name, quantile)| Some((name, samples.percentile(quantile)?.value as f64 / 1_000.0))));
    figures.extend((count > 0).then(|| ("max", summary.max())));
    figures
}
