//! `throng run`: loads files, applies what the command line says, conducts the campaign and reports.

use throng_campaign::{Plan, check_engine_tags, check_rules, check_timeouts, check_zone, fresh_key, fresh_seed, health_limits, report};
use throng_measure::PluginFacts;
use throng_measure::humane::plural;
use throng_model::{DurationText, Targets};
use throng_plugin_api::{Plugin, Registry};

use crate::arguments::{RunArguments, Switch};
use crate::commands::build::{Build, built};
use crate::commands::campaign::conduct;
use crate::commands::campaign_file::{self, CampaignFile};
use crate::commands::prepare::{Asked, Prepared};
use crate::commands::report_files;
use crate::config::{ConfigDocument, Configuration, InForce};
use crate::engine::print;
use crate::exit::{Exit, Failure};
use crate::style::Style;

/// Runs the scenarios of all files as one campaign.
pub(crate) fn run(arguments: &RunArguments, configuration: &Configuration, style: Style, build: Build) -> Result<Exit, Failure> {
    let files = built(&arguments.files, build)?;
    let campaign = campaign_file::read(&files)?;
    let layer = campaign.as_ref().map(CampaignFile::layer).transpose()?;
    let options = &arguments.options;
    let in_force = configuration.in_force(layer, options.overrides.preset.as_deref(), options.document())?;
    let reports = in_force.reports();
    report_files::check(&reports)?;
    let plugins = &arguments.plugins.plugins;
    let lock = arguments.lock.mode();
    let asked = Asked { files: &files, plugins, lock, in_force: &in_force, campaign: campaign.as_ref() };
    let Prepared { scenarios, resources, speed } = asked.prepare()?;
    let seed = in_force.document.seed.unwrap_or_else(fresh_seed);
    let exporters = arguments.export.plan(campaign.as_ref(), &resources.registry)?;
    let key_said = arguments.key.clone().or(campaign.as_ref().and_then(CampaignFile::key));
    let plan = Plan {
        key: key_said.unwrap_or_default(),
        scenarios,
        speed,
        seed,
        fresh_instances: arguments.fresh_instances,
        exporters,
        ..said(&in_force.document)
    };
    let first = plan.scenarios.first().map_or("campaign", |planned| planned.scenario.name.as_str());
    let plan = Plan { key: if plan.key.is_empty() { fresh_key(first, seed) } else { plan.key }, ..plan };
    check(&plan, &in_force)?;
    announce(&plan, &resources.registry);
    let report = conduct(&plan, &resources, &in_force, style)?;
    // First what cannot fail: a file that cannot be written must not cost the figures.
    if in_force.summary() == Switch::On {
        print(&report::summary(&report, style.of_report()));
    }
    report_files::write_all(&report, &reports)?;
    Ok(report.verdict.into())
}

/// What is said of the campaign itself.
fn said(document: &ConfigDocument) -> Plan {
    let usual = Plan::default();
    let time = |text: Option<DurationText>| text.map(|text| text.0);
    Plan {
        start_offset: time(document.start_offset).unwrap_or(usual.start_offset),
        warm_up: time(document.warm_up).unwrap_or(usual.warm_up),
        soft_timeout: time(document.soft_timeout),
        hard_timeout: time(document.hard_timeout).unwrap_or(usual.hard_timeout),
        zone: document.zone.clone(),
        tags: document.tags.clone(),
        rules: document.rules.clone(),
        histogram_memory: document.histogram_memory.map_or(usual.histogram_memory, |size| size.0),
        health: health_limits(&document.health),
        ..usual
    }
}

/// Checks what only all together can tell; the error names who said it.
fn check(plan: &Plan, in_force: &InForce) -> Result<(), Failure> {
    check_timeouts(plan.soft_timeout, plan.hard_timeout).map_err(|error| {
        // Of two in one place it is the hard one; of two places the one that was to win.
        let blamed = if in_force.rank("hard-timeout") >= in_force.rank("soft-timeout") { "hard-timeout" } else { "soft-timeout" };
        in_force.fault(&[blamed], &error)
    })?;
    check_zone(plan.zone.as_deref(), &plan.scenarios).map_err(|error| in_force.fault(&["zone"], &error))?;
    let own = &in_force.document.engine_tags;
    check_engine_tags(own, &plan.scenarios).map_err(|error| in_force.fault(&["engine-tags", &error.key], &error))?;
    check_rules(plan).map_err(|faults| match faults.first() {
        Some(fault) => in_force.fault(&["rules", &fault.position.to_string()], fault),
        None => Failure::engine("a rule is wrong, and nobody says which"),
    })
}

/// Says what is run, by which plugins that are no part of the engine, and which hosts it may talk to: local files are granted what they declare.
fn announce(plan: &Plan, registry: &Registry) {
    let mut targets = Targets::default();
    for planned in &plan.scenarios {
        targets.extend(&planned.scenario.targets);
        let minions = plural(planned.scenario.minions, "minion");
        eprintln!("{}: {minions}, {}", planned.scenario.name, planned.scenario.profile);
    }
    for PluginFacts { name, version, digest } in registry.plugins().filter_map(Plugin::facts) {
        eprintln!("plugin: {name}@{version}, sha256 {digest}");
    }
    let targets: Vec<_> = targets.texts().collect();
    let granted = if targets.is_empty() { "no hosts".to_owned() } else { targets.join(", ") };
    eprintln!("granted: {granted}; seed {}; campaign {}", plan.seed, plan.key);
}
