//! `throng plan`: the starting lines that a run would follow, without starting anything.

use std::collections::BTreeMap;
use std::fmt::Write;

use throng_campaign::overrides::Overrides;
use throng_campaign::{LinePlan, Loaded, Loader, check_declared, plan_lines};
use throng_measure::humane::plural;
use throng_model::Scenario;
use throng_plugin_api::Clock;
use throng_runtime::{ProgramSetup, timekeeper};

use crate::arguments::PlanArguments;
use crate::engine::{in_file, load, print, registry, sandbox};
use crate::exit::{Exit, Failure};

/// Prints the plan of each chosen scenario.
pub(crate) fn plan(arguments: &PlanArguments) -> Result<Exit, Failure> {
    let registry = registry();
    let sandbox = sandbox()?;
    let limits = arguments.limits.limits();
    let loaded = load(&arguments.file, &registry, &sandbox, &limits)?;
    let given: BTreeMap<_, _> = arguments.settings.settings.iter().cloned().collect();
    check_declared(&loaded.scenarios, &given)?;
    let loader = Loader { registry: &registry, sandbox: &sandbox, limits };
    let (pinned, settings) = loader.pin(&loaded, &given).map_err(|error| in_file(&arguments.file, &error))?;
    let scenarios = Overrides::from(&arguments.overrides).apply(pinned.scenarios.clone())?;
    let plans: Vec<_> = scenarios
        .iter()
        .map(|scenario| {
            let lines = lines(scenario, &pinned, &settings, arguments);
            let named = |reason| in_file(&arguments.file, &format!("scenario `{}`: {reason}", scenario.name));
            lines.map(|lines| (scenario, lines)).map_err(named)
        })
        .collect::<Result<_, _>>()?;
    print(&if arguments.json { json(&plans) } else { table(&plans) });
    Ok(Exit::Good)
}

fn lines(scenario: &Scenario, pinned: &Loaded, settings: &BTreeMap<String, String>, arguments: &PlanArguments) -> Result<LinePlan, String> {
    let setup = ProgramSetup {
        settings: settings.clone().into(),
        timekeeper: timekeeper(Clock::system()),
        abort: std::sync::Arc::default(),
        fresh_instances: false,
    };
    let callbacks = pinned.program().map(|(_, program)| program.attach(setup)).transpose()?;
    plan_lines(scenario, arguments.overrides.speed.unwrap_or(1.0), arguments.overrides.seed.unwrap_or(0), callbacks.as_deref())
}

/// A list of lines; with several scenarios an object of such lists by name.
fn json(plans: &[(&Scenario, LinePlan)]) -> String {
    let list = |plan: &LinePlan| {
        let lines = plan.lines().iter().map(|(count, offset)| format!("{{\"count\":{count},\"offset_ms\":{}}}", milliseconds(*offset)));
        format!("[{}]", lines.collect::<Vec<_>>().join(","))
    };
    match plans {
        [(_, plan)] => list(plan) + "\n",
        several => {
            let named = several.iter().map(|(scenario, plan)| format!("\"{}\":{}", scenario.name, list(plan)));
            format!("{{{}}}\n", named.collect::<Vec<_>>().join(","))
        }
    }
}

fn table(plans: &[(&Scenario, LinePlan)]) -> String {
    let mut text = String::new();
    for (scenario, plan) in plans {
        let head = format!("{}: {}, {}\n", scenario.name, plural(plan.total(), "minion"), scenario.profile);
        let columns = format!("{:>8}  {:>16}  {:>10}  {:>10}\n", "line", "offset in ms", "count", "started");
        text.push_str(&head);
        text.push_str(&columns);
        let mut started = 0;
        for (number, (count, offset)) in (1..).zip(plan.lines()) {
            started += count;
            let written = writeln!(text, "{number:>8}  {:>16}  {count:>10}  {started:>10}", milliseconds(*offset));
            debug_assert!(written.is_ok(), "writing to a string cannot fail");
        }
    }
    text
}

/// Nanoseconds as exact decimal milliseconds.
fn milliseconds(nanoseconds: u64) -> String {
    let (whole, rest) = (nanoseconds / 1_000_000, nanoseconds % 1_000_000);
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:06}").trim_end_matches('0').to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_exact() {
        assert_eq!([0, 1_000_000, 1_500_000, 1, 33_333_333].map(milliseconds), ["0", "1", "1.5", "0.000001", "33.333333"]);
    }
}
