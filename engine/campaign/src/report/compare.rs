//! Two reports against each other: what has become better or worse, by how much, and how sure that is.

mod bootstrap;
mod figure;
mod show;

use throng_measure::{Report, ScenarioReport, StepReport, TimesReport, Verdict};

pub use figure::{Change, Difference, FigureName, Mark};
pub use show::{markdown, text};

use super::steps::is_shown;
use figure::Sample;

/// Two reports, figure by figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What is compared with.
    pub before: Side,
    /// What is compared.
    pub after: Side,
    /// How much worse a figure may be, as a share: 0.1 is 10 %.
    pub tolerated: f64,
    /// Those that both have, in the order of the first report.
    pub scenarios: Vec<ScenarioComparison>,
    /// `scenario` or `scenario/step` that only the first has.
    pub only_before: Vec<String>,
    /// `scenario` or `scenario/step` that only the second has.
    pub only_after: Vec<String>,
}

/// One of the reports.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// The campaign's name.
    pub key: String,
    /// What it came to.
    pub verdict: Verdict,
    /// Nanoseconds.
    pub duration: u64,
}

/// A scenario that both reports have.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioComparison {
    /// Its name.
    pub name: String,
    /// The journey, then the steps that both have.
    pub steps: Vec<StepComparison>,
}

/// A step that both reports have.
#[derive(Clone, Debug, PartialEq)]
pub struct StepComparison {
    /// Its name, or `journey`.
    pub name: String,
    /// Those of which both have a value.
    pub differences: Vec<Difference>,
}

impl Comparison {
    /// Compares a report with an earlier one. A figure may be worse by the share `tolerated`: 0.1 is 10 %.
    ///
    /// The same reports give the same result: what is drawn is drawn from a fixed seed.
    pub fn new(before: &Report, after: &Report, tolerated: f64) -> Self {
        let mut comparison = Self {
            before: side(before),
            after: side(after),
            tolerated,
            scenarios: Vec::new(),
            only_before: Vec::new(),
            only_after: Vec::new(),
        };
        let seconds = [before, after].map(|report| report.campaign.duration as f64 / 1e9);
        for scenario in &before.scenarios {
            match after.scenarios.iter().find(|other| other.name == scenario.name) {
                Some(other) => {
                    comparison.note_missing(scenario, other);
                    comparison.scenarios.push(of_scenario([scenario, other], seconds, tolerated));
                }
                None => comparison.only_before.push(scenario.name.clone()),
            }
        }
        let new = after.scenarios.iter().filter(|scenario| before.scenarios.iter().all(|other| other.name != scenario.name));
        comparison.only_after.extend(new.map(|scenario| scenario.name.clone()));
        comparison
    }

    /// Whether a figure is worse by more than is tolerated, as far as chance allows to say so.
    pub fn is_worse(&self) -> bool {
        self.differences().any(|difference| difference.mark == Mark::TooMuchWorse)
    }

    /// All differences.
    pub fn differences(&self) -> impl Iterator<Item = &Difference> {
        self.scenarios.iter().flat_map(|scenario| &scenario.steps).flat_map(|step| &step.differences)
    }

    fn note_missing(&mut self, before: &ScenarioReport, after: &ScenarioReport) {
        let missing = |of: &ScenarioReport, from: &ScenarioReport| {
            let missing = of.steps.iter().filter(|step| is_shown(step) && from.steps.iter().all(|other| other.name != step.name));
            missing.map(|step| format!("{}/{}", of.name, step.name)).collect::<Vec<_>>()
        };
        self.only_before.extend(missing(before, after));
        self.only_after.extend(missing(after, before));
    }
}

fn side(report: &Report) -> Side {
    Side { key: report.campaign.key.clone(), verdict: report.verdict, duration: report.campaign.duration }
}

fn of_scenario<'a>(scenarios: [&'a ScenarioReport; 2], seconds: [f64; 2], tolerated: f64) -> ScenarioComparison {
    let [before, after] = scenarios;
    let [seconds_before, seconds_after] = seconds;
    let journey = |of: &'a ScenarioReport, seconds| sample(of.minions.completed, None, seconds, &of.journey);
    let mut steps = vec![of_step("journey", &[journey(before, seconds_before), journey(after, seconds_after)], tolerated)];
    for step in &before.steps {
        let other = after.steps.iter().find(|other| other.name == step.name);
        if let Some(other) = other.filter(|other| is_shown(step) || is_shown(other)) {
            steps.push(of_step(&step.name, &[of_report(step, seconds_before), of_report(other, seconds_after)], tolerated));
        }
    }
    ScenarioComparison { name: before.name.clone(), steps }
}

fn of_report(step: &StepReport, seconds: f64) -> Sample<'_> {
    sample(step.outcomes.executions(), Some(step.outcomes.failed()), seconds, &step.times)
}

fn sample(count: u64, failed: Option<u64>, seconds: f64, times: &TimesReport) -> Sample<'_> {
    Sample { count, failed, seconds, response: (&times.response.histogram).into(), service: (&times.service.histogram).into() }
}

fn of_step(name: &str, samples: &[Sample<'_>; 2], tolerated: f64) -> StepComparison {
    let differences = FigureName::ALL.into_iter().filter_map(|figure| figure::difference(figure, samples, tolerated)).collect();
    StepComparison { name: name.to_owned(), differences }
}
