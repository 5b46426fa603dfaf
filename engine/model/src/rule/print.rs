//! From a rule to its text, which is parsed to the same rule.

use std::fmt::{self, Display, Formatter};

use super::scan::needs_quotes;
use super::{Meter, Rule, RuleAction, RuleCondition, RulePhase, RuleSelector, RuleSubject, RuleValue, RuleWindow, Statistic, name_in};
use crate::duration::format_duration;

impl Display for Rule {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut arguments = selectors(&self.selector);
        let head = match &self.subject {
            RuleSubject::Tally(tally) => tally.name().to_owned(),
            RuleSubject::Meter(statistic, meter) => {
                arguments.insert(0, meter.to_string());
                statistic.to_string()
            }
        };
        write!(formatter, "{head}({}) {}{}", arguments.join(", "), self.condition, self.window)?;
        match self.action {
            RuleAction::Fail => Ok(()),
            action => write!(formatter, " then {}", name_in(&RuleAction::NAMES, &action)),
        }
    }
}

/// A subject in an error: `p99(response)`.
pub(super) fn subject_text(subject: &RuleSubject) -> String {
    match subject {
        RuleSubject::Tally(tally) => format!("`{}`", tally.name()),
        RuleSubject::Meter(statistic, meter) => format!("`{statistic}({meter})`"),
    }
}

fn selectors(selector: &RuleSelector) -> Vec<String> {
    let named = [("step", &selector.step), ("scenario", &selector.scenario), ("zone", &selector.zone)];
    let named = named.into_iter().filter_map(|(key, name)| name.as_deref().map(|name| format!("{key}:{}", quoted(name))));
    named.chain(selector.tags.iter().map(|(key, value)| format!("tag:{}={}", quoted(key), quoted(value)))).collect()
}

fn quoted(name: &str) -> String {
    if needs_quotes(name) { serde_json::Value::from(name).to_string() } else { name.to_owned() }
}

impl Display for Statistic {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percentile(thousandths) => write!(formatter, "p{}", f64::from(*thousandths) / 1_000.0),
            named => formatter.write_str(name_in(&Self::NAMES, named)),
        }
    }
}

impl Display for Meter {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            // What is called like one of the engine's own is told apart by its quotes.
            Self::Named(name) if Self::NAMES.iter().any(|(known, _)| known == name) => write!(formatter, "\"{name}\""),
            Self::Named(name) => formatter.write_str(&quoted(name)),
            known => formatter.write_str(name_in(&Self::NAMES, known)),
        }
    }
}

impl Display for RuleCondition {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare(comparison, value) => write!(formatter, "{} {value}", comparison.symbol()),
            Self::Between(low, high) => write!(formatter, "between {low} and {high}"),
            Self::NotBetween(low, high) => write!(formatter, "not between {low} and {high}"),
        }
    }
}

impl Display for RuleValue {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Duration(duration) => formatter.write_str(&format_duration(*duration)),
            Self::PerSecond(number) => write!(formatter, "{number}/s"),
            Self::Percent(percent) => write!(formatter, "{percent}%"),
            Self::PercentOfIntended(percent) => write!(formatter, "{percent}% of intended"),
        }
    }
}

impl Display for RuleWindow {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        for (key, time) in [("over", self.over), ("for", self.lasting), ("after", self.after)] {
            if let Some(time) = time {
                write!(formatter, " {key} {}", format_duration(time))?;
            }
        }
        match self.phase {
            Some(phase) => write!(formatter, " phase {phase}"),
            None => Ok(()),
        }
    }
}

impl Display for RulePhase {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(name_in(&Self::NAMES, self))
    }
}
