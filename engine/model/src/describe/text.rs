//! A scenario as text: its settings, and its steps as a tree.

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use super::describe_run;
use super::detail::{describe_topic, detail};
use crate::{Iterate, MaxInFlight, Operator, Retry, Scenario, SettingDeclaration, Step, StepKind, StepNumber, format_duration};

/// Head and trees of a scenario, for terminals. A step that several others lead to is shown once, and named where they meet it again;
/// what is inside of a stage is indented.
pub fn to_text(scenario: &Scenario) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_scenario(scenario, &mut text);
    text
}

fn write_scenario(scenario: &Scenario, text: &mut String) -> fmt::Result {
    writeln!(text, "{} (version {})", scenario.name, scenario.version)?;
    if !scenario.description.is_empty() {
        writeln!(text, "  {}", scenario.description)?;
    }
    writeln!(text, "  minions: {}", scenario.minions)?;
    writeln!(text, "  profile: {}", scenario.profile)?;
    if let Some(MaxInFlight { limit, policy }) = scenario.max_in_flight {
        let policy = serde_json::to_value(policy).unwrap_or_default();
        writeln!(text, "  max-in-flight: {limit}, then {}", policy.as_str().unwrap_or_default())?;
    }
    for target in scenario.targets.texts() {
        writeln!(text, "  target: {target}")?;
    }
    for setting in &scenario.settings {
        writeln!(text, "  setting: {}", describe_setting(setting))?;
    }
    for rule in &scenario.rules {
        writeln!(text, "  rule: {rule}")?;
    }
    writeln!(text, "  steps:")?;
    let mut tree = Tree { scenario, shown: BTreeSet::new(), text };
    tree.write_chain(scenario.graph.root, "    ", "    ")?;
    for side in &scenario.graph.trees {
        writeln!(tree.text, "  side tree, {}:", describe_run(side.run))?;
        tree.write_chain(side.root, "    ", "    ")?;
    }
    Ok(())
}

struct Tree<'a> {
    scenario: &'a Scenario,
    shown: BTreeSet<StepNumber>,
    text: &'a mut String,
}

impl Tree<'_> {
    /// A step and those that follow it, until the chain branches; `first` leads the first line, `rest` the others.
    fn write_chain(&mut self, start: StepNumber, first: &str, rest: &str) -> fmt::Result {
        let (mut number, mut lead) = (start, first);
        loop {
            let step = self.scenario.graph.step(number);
            if !self.shown.insert(number) {
                return writeln!(self.text, "{lead}→ {} (shown above)", step.name);
            }
            self.write_step(step, lead)?;
            if let StepKind::Operator(Operator::Stage { first, .. }) = &step.kind {
                let inside = format!("{rest}{}", if step.next.len() > 1 { "│   " } else { "    " });
                self.write_chain(*first, &inside, &inside)?;
            }
            match step.next.as_slice() {
                [] => return Ok(()),
                [next] => (number, lead) = (*next, rest),
                [branches @ .., last] => {
                    for branch in branches {
                        self.write_chain(*branch, &format!("{rest}├─ "), &format!("{rest}│  "))?;
                    }
                    return self.write_chain(*last, &format!("{rest}└─ "), &format!("{rest}   "));
                }
            }
        }
    }

    fn write_step(&mut self, step: &Step, lead: &str) -> fmt::Result {
        write!(self.text, "{lead}{}: {}", step.name, step.kind.name())?;
        let detail = detail(&step.kind, self.scenario);
        if !detail.is_empty() {
            write!(self.text, " {detail}")?;
        }
        let taps = step.taps.iter().map(|tap| format!("also to {}", self.scenario.graph.step(*tap).name));
        let options: Vec<_> = describe_options(step).into_iter().chain(taps).collect();
        if !options.is_empty() {
            write!(self.text, " [{}]", options.join("; "))?;
        }
        writeln!(self.text)
    }
}

fn describe_options(step: &Step) -> Vec<String> {
    let timeout = step.timeout.map(|timeout| format!("timeout {}", format_duration(timeout)));
    let tolerate = step.tolerate.then(|| "tolerated".to_owned());
    let retry = step.retry.as_ref().map(describe_retry);
    let iterate = step.iterate.as_ref().map(describe_iterate);
    let topic = step.topic.as_ref().map(describe_topic);
    let concurrency = (step.concurrency > 1).then(|| format!("{} at a time", step.concurrency));
    [topic, timeout, retry, iterate, concurrency, tolerate].into_iter().flatten().collect()
}

fn describe_retry(retry: &Retry) -> String {
    let multiplier = if retry.multiplier == 1.0 { String::new() } else { format!(" × {}", retry.multiplier) };
    format!("{} retries after {}{multiplier}", retry.retries, format_duration(retry.delay))
}

fn describe_iterate(iterate: &Iterate) -> String {
    let count = match (iterate.total, iterate.iterations) {
        (Some(total), _) => format!("{total} iterations shared by all minions"),
        (None, u64::MAX) => "iterated".to_owned(),
        (None, iterations) => format!("{iterations} iterations"),
    };
    let lasting = iterate.lasting.map(|lasting| format!(" for {}", format_duration(lasting))).unwrap_or_default();
    let period = if iterate.period.is_zero() { String::new() } else { format!(" every {}", format_duration(iterate.period)) };
    format!("{count}{lasting}{period}")
}

fn describe_setting(setting: &SettingDeclaration) -> String {
    let kind = serde_json::to_value(setting.kind).unwrap_or_default();
    let kind = kind.as_str().unwrap_or_default();
    let required = if setting.required { ", required" } else { "" };
    let default = match &setting.default {
        Some(_) if setting.secret => ", default is secret".to_owned(),
        Some(default) => format!(", default {default}"),
        None => String::new(),
    };
    let description = if setting.description.is_empty() { String::new() } else { format!(": {}", setting.description) };
    format!("{} ({kind}{required}{default}){description}", setting.name)
}
