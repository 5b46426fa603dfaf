//! What a test came to.

use std::fmt;

use throng_campaign::report;
use throng_measure::{Report, ScenarioReport, StepReport, Verdict};

/// A campaign that has ended, with its verdict and its figures.
#[derive(Clone)]
pub struct Outcome {
    report: Report,
}

impl Outcome {
    pub(crate) fn new(report: Report) -> Self {
        Self { report }
    }

    /// What it came to.
    pub fn verdict(&self) -> Verdict {
        self.report.verdict
    }

    /// All figures, and why the verdict is what it is.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// What `throng run` shows at its end.
    pub fn summary(&self) -> String {
        report::summary(&self.report, report::Style::default())
    }

    /// Ends the test with the summary unless the verdict is successful; a warning is not.
    ///
    /// # Panics
    /// The verdict is another.
    #[track_caller]
    #[allow(clippy::panic, reason = "an assertion ends its test")]
    pub fn assert_successful(&self) {
        if self.verdict() != Verdict::Successful {
            panic!("successful expected, found {}\n{}", self.verdict(), self.summary());
        }
    }

    /// The scenario of this name.
    ///
    /// # Panics
    /// There is none; the message lists them.
    #[track_caller]
    #[allow(clippy::panic, reason = "a test that asks for what is not there has to end")]
    pub fn scenario(&self, name: &str) -> &ScenarioReport {
        match self.report.scenarios.iter().find(|scenario| scenario.name == name) {
            Some(scenario) => scenario,
            None => panic!("there is no scenario `{name}` in the report; there are {}", self.names()),
        }
    }

    /// The step of this name; of the first scenario that has one, if there are several.
    ///
    /// # Panics
    /// There is none; the message lists them.
    #[track_caller]
    #[allow(clippy::panic, reason = "a test that asks for what is not there has to end")]
    pub fn step(&self, name: &str) -> &StepReport {
        let steps = || self.report.scenarios.iter().flat_map(|scenario| &scenario.steps);
        match steps().find(|step| step.name == name) {
            Some(step) => step,
            None => {
                let known: Vec<_> = steps().map(|step| format!("`{}`", step.name)).collect();
                panic!("there is no step `{name}` in the report; there are {}", known.join(", "))
            }
        }
    }

    fn names(&self) -> String {
        self.report.scenarios.iter().map(|scenario| format!("`{}`", scenario.name)).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Outcome").field("verdict", &self.verdict()).field("scenarios", &self.names()).finish()
    }
}

/// The summary.
impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.summary())
    }
}
