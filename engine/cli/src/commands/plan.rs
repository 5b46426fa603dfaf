//! `throng plan`: the starting lines that a run would follow, without starting anything.

use std::fmt::Write;

use throng_campaign::{LinePlan, LockMode, PlannedScenario, plan_lines};
use throng_measure::humane::{count, plural};
use throng_plugin_api::Clock;
use throng_runtime::{ProgramSetup, timekeeper};

use crate::arguments::PlanArguments;
use crate::commands::build::{Build, built};
use crate::commands::campaign_file::{self, CampaignFile};
use crate::commands::prepare::{Asked, Prepared};
use crate::config::Configuration;
use crate::engine::print;
use crate::exit::{Exit, Failure};

/// Prints the plan of each chosen scenario.
pub(crate) fn plan(arguments: &PlanArguments, configuration: &Configuration) -> Result<Exit, Failure> {
    let files = built(std::slice::from_ref(&arguments.file), Build::IfStale)?;
    let campaign = campaign_file::read(&files)?;
    let layer = campaign.as_ref().map(CampaignFile::layer).transpose()?;
    let command_line = arguments.overrides.document(&arguments.settings, &arguments.limits);
    let in_force = configuration.in_force(layer, arguments.overrides.preset.as_deref(), command_line)?;
    let asked = Asked {
        files: &files,
        plugins: &arguments.plugins.plugins,
        lock: LockMode::Look,
        in_force: &in_force,
        campaign: campaign.as_ref(),
    };
    let prepared = asked.prepare()?;
    let plans: Vec<_> = prepared
        .scenarios
        .iter()
        .map(|planned| {
            let named = |reason| Failure::bad_input(format!("`{}`: scenario `{}`: {reason}", planned.origin, planned.scenario.name));
            lines(planned, &prepared, in_force.document.seed).map(|lines| (planned, lines)).map_err(named)
        })
        .collect::<Result<_, _>>()?;
    print(&if arguments.json { json(&plans) } else { table(&plans) });
    Ok(Exit::Good)
}

fn lines(planned: &PlannedScenario, prepared: &Prepared, seed: Option<u64>) -> Result<LinePlan, String> {
    let setup = ProgramSetup {
        settings: planned.settings.clone().into(),
        secrets: planned.secrets(),
        timekeeper: timekeeper(Clock::system()),
        abort: std::sync::Arc::default(),
        fresh_instances: false,
    };
    let program = planned.program.as_ref().and_then(|digest| prepared.resources.programs.get(digest));
    let callbacks = program.map(|program| program.attach(setup)).transpose()?;
    plan_lines(&planned.scenario, prepared.speed, seed.unwrap_or(0), callbacks.as_deref())
}

/// A list of lines; with several scenarios an object of such lists by name.
fn json(plans: &[(&PlannedScenario, LinePlan)]) -> String {
    let list = |plan: &LinePlan| {
        let lines = plan.lines().iter().map(|(count, offset)| format!("{{\"count\":{count},\"offset_ms\":{}}}", milliseconds(*offset)));
        format!("[{}]", lines.collect::<Vec<_>>().join(","))
    };
    match plans {
        [(_, plan)] => list(plan) + "\n",
        several => {
            let named = several.iter().map(|(planned, plan)| format!("\"{}\":{}", planned.scenario.name, list(plan)));
            format!("{{{}}}\n", named.collect::<Vec<_>>().join(","))
        }
    }
}

fn table(plans: &[(&PlannedScenario, LinePlan)]) -> String {
    let mut text = String::new();
    for (planned, plan) in plans {
        let head = format!("{}: {}, {}\n", planned.scenario.name, plural(plan.total(), "minion"), planned.scenario.profile);
        let columns = format!("{:>8}  {:>16}  {:>10}  {:>10}\n", "line", "offset in ms", "count", "started");
        text.push_str(&head);
        text.push_str(&zones(planned, plan.total()));
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

/// What each zone would get, a line; nothing without zones.
fn zones(planned: &PlannedScenario, minions: u64) -> String {
    let Some(zones) = &planned.zones else { return String::new() };
    let shares = zones.shares(minions).map(|share| format!("{} {} ({})", share.zone, count(share.minions), share.percentage));
    format!("   zones: {}\n", shares.collect::<Vec<_>>().join(", "))
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
