//! `throng run`: loads files, applies what the command line says, conducts the campaign and reports.

use std::collections::BTreeMap;
use std::path::Path;

use throng_campaign::overrides::Overrides;
use throng_campaign::{Loader, Plan, PlannedScenario, check_declared, report};
use throng_measure::HealthLimits;
use throng_measure::humane::plural;
use throng_model::Targets;
use throng_runtime::Resources;

use crate::arguments::{RunArguments, Switch};
use crate::commands::campaign::{conduct, fresh_seed, key};
use crate::commands::campaign_file::expanded;
use crate::commands::report_files;
use crate::engine::{in_file, load, print, registry, sandbox};
use crate::exit::{Exit, Failure};
use crate::style::Style;

/// Runs the scenarios of all files as one campaign.
pub(crate) fn run(arguments: &RunArguments, style: Style) -> Result<Exit, Failure> {
    let arguments = &expanded(arguments)?;
    report_files::check(&arguments.report)?;
    let registry = registry();
    let sandbox = sandbox()?;
    let limits = arguments.limits.limits();
    let loader = Loader { registry: &registry, sandbox: &sandbox, limits: limits.clone() };
    let given: BTreeMap<_, _> = arguments.settings.settings.iter().cloned().collect();
    let mut resources = Resources { registry: registry.clone(), ..Resources::default() };
    let mut scenarios = Vec::new();
    let loaded: Vec<_> = arguments
        .files
        .iter()
        .map(|file| load(file, &registry, &sandbox, &limits).map(|loaded| (file, loaded)))
        .collect::<Result<_, _>>()?;
    check_declared(loaded.iter().flat_map(|(_, loaded)| &loaded.scenarios), &given)?;
    for (file, loaded) in &loaded {
        let (pinned, settings) = loader.pin(loaded, &given).map_err(|error| in_file(file, &error))?;
        let program = pinned.program().map(|(digest, program)| {
            resources.programs.insert(digest.clone(), program);
            digest
        });
        for scenario in pinned.scenarios {
            scenarios.push(PlannedScenario {
                origin: file.display().to_string(),
                folder: file.parent().map(Path::to_path_buf).unwrap_or_default(),
                document: pinned.document.clone(),
                scenario,
                program: program.clone(),
                settings: settings.clone(),
            });
        }
    }
    check_unique(&scenarios)?;
    let scenarios = overridden(scenarios, arguments)?;
    let seed = arguments.overrides.seed.unwrap_or_else(fresh_seed);
    let first = scenarios.first().map_or("campaign", |planned| planned.scenario.name.as_str());
    let plan = Plan {
        key: arguments.key.clone().unwrap_or_else(|| key(first, seed)),
        scenarios,
        speed: arguments.overrides.speed.unwrap_or(1.0),
        seed,
        start_offset: arguments.start_offset.unwrap_or(Plan::START_OFFSET),
        warm_up: arguments.warm_up.unwrap_or_default(),
        soft_timeout: arguments.timeout,
        hard_timeout: arguments.hard_timeout.unwrap_or(Plan::HARD_TIMEOUT),
        zone: arguments.zone.clone(),
        fresh_instances: arguments.fresh_instances,
        health: HealthLimits::default(),
    };
    announce(&plan);
    let report = conduct(&plan, &resources, &arguments.display, style)?;
    // First what cannot fail: a file that cannot be written must not cost the figures.
    if arguments.display.summary == Switch::On {
        print(&report::summary(&report, style.of_report()));
    }
    report_files::write_all(&report, &arguments.report)?;
    Ok(report.verdict.into())
}

fn overridden(scenarios: Vec<PlannedScenario>, arguments: &RunArguments) -> Result<Vec<PlannedScenario>, Failure> {
    let changed = Overrides::from(&arguments.overrides).apply(scenarios.iter().map(|planned| planned.scenario.clone()).collect())?;
    let mut planned: BTreeMap<_, _> = scenarios.into_iter().map(|planned| (planned.scenario.name.clone(), planned)).collect();
    let with = |scenario: throng_model::Scenario| planned.remove(&scenario.name).map(|planned| PlannedScenario { scenario, ..planned });
    Ok(changed.into_iter().filter_map(with).collect())
}

fn check_unique(scenarios: &[PlannedScenario]) -> Result<(), Failure> {
    let mut seen = BTreeMap::new();
    for planned in scenarios {
        if let Some(other) = seen.insert(&planned.scenario.name, &planned.origin) {
            let message =
                format!("scenario `{}` is in `{other}` and in `{}`; names are unique in a campaign", planned.scenario.name, planned.origin);
            return Err(Failure::bad_input(message));
        }
    }
    Ok(())
}

/// Says what is run and which hosts it may talk to: local files are granted what they declare.
fn announce(plan: &Plan) {
    let mut targets = Targets::default();
    for planned in &plan.scenarios {
        targets.extend(&planned.scenario.targets);
        let minions = plural(planned.scenario.minions, "minion");
        eprintln!("{}: {minions}, {}", planned.scenario.name, planned.scenario.profile);
    }
    let targets: Vec<_> = targets.texts().collect();
    let granted = if targets.is_empty() { "no hosts".to_owned() } else { targets.join(", ") };
    eprintln!("granted: {granted}; seed {}; campaign {}", plan.seed, plan.key);
    let rules: usize = plan.scenarios.iter().map(|planned| planned.scenario.rules.len()).sum();
    if rules > 0 {
        eprintln!("warning: this version does not judge `rules` yet: {rules} of them will not bear on the verdict");
    }
}
