//! `throng run`: loads files, applies what the command line says, conducts the campaign and reports.

use throng_campaign::{Plan, check_rules, check_timeouts, check_zone, report};
use throng_measure::humane::plural;
use throng_model::{CampaignDocument, Targets};

use crate::arguments::{RunArguments, Switch};
use crate::commands::campaign::{conduct, fresh_seed, key};
use crate::commands::campaign_file::{self, CampaignFile, health, time};
use crate::commands::prepare::{Asked, Prepared};
use crate::commands::report_files;
use crate::engine::print;
use crate::exit::{Exit, Failure};
use crate::style::Style;

/// Runs the scenarios of all files as one campaign.
pub(crate) fn run(arguments: &RunArguments, style: Style) -> Result<Exit, Failure> {
    report_files::check(&arguments.report)?;
    let campaign = campaign_file::read(&arguments.files)?;
    let asked = Asked {
        files: &arguments.files,
        overrides: &arguments.overrides,
        settings: &arguments.settings,
        limits: &arguments.limits,
        campaign: campaign.as_ref(),
    };
    let Prepared { scenarios, resources, speed, seed } = asked.prepare()?;
    let seed = seed.unwrap_or_else(fresh_seed);
    let plan = Plan { scenarios, speed, seed, ..said(arguments, campaign.as_ref().map(|file| &file.campaign.document)) };
    let first = plan.scenarios.first().map_or("campaign", |planned| planned.scenario.name.as_str());
    let plan = Plan { key: if plan.key.is_empty() { key(first, seed) } else { plan.key }, ..plan };
    check(&plan, arguments, campaign.as_ref())?;
    announce(&plan);
    let report = conduct(&plan, &resources, &arguments.display, style)?;
    // First what cannot fail: a file that cannot be written must not cost the figures.
    if arguments.display.summary == Switch::On {
        print(&report::summary(&report, style.of_report()));
    }
    report_files::write_all(&report, &arguments.report)?;
    Ok(report.verdict.into())
}

/// What is said of the campaign itself; of what is said twice, the command line's.
fn said(arguments: &RunArguments, document: Option<&CampaignDocument>) -> Plan {
    let usual = Plan::default();
    let in_document = |pick: fn(&CampaignDocument) -> Option<throng_model::DurationText>| time(document.and_then(pick));
    let histogram_memory = document.and_then(|document| document.histogram_memory).map(|size| size.0);
    let tags = document.map(|document| document.tags.clone()).unwrap_or_default();
    Plan {
        key: arguments.key.clone().or(document.and_then(|document| document.key.clone())).unwrap_or_default(),
        start_offset: arguments.start_offset.or(in_document(|document| document.start_offset)).unwrap_or(usual.start_offset),
        warm_up: arguments.warm_up.or(in_document(|document| document.warm_up)).unwrap_or(usual.warm_up),
        soft_timeout: arguments.timeout.or(in_document(|document| document.soft_timeout)),
        hard_timeout: arguments.hard_timeout.or(in_document(|document| document.hard_timeout)).unwrap_or(usual.hard_timeout),
        zone: arguments.zone.clone().or(document.and_then(|document| document.zone.clone())),
        tags: tags.into_iter().chain(arguments.tags.iter().cloned()).collect(),
        rules: document
            .map(|document| document.rules.clone())
            .unwrap_or_default()
            .into_iter()
            .chain(arguments.rules.iter().cloned())
            .collect(),
        fresh_instances: arguments.fresh_instances,
        histogram_memory: arguments.histogram_memory.or(histogram_memory).unwrap_or(usual.histogram_memory),
        health: document.map_or(usual.health, |document| health(&document.health)),
        ..usual
    }
}

/// Checks what only all together can tell; the error names who said it.
fn check(plan: &Plan, arguments: &RunArguments, campaign: Option<&CampaignFile>) -> Result<(), Failure> {
    let blame = |on_command_line: bool, option: &str, pointer: &str, error: &dyn std::fmt::Display| match campaign {
        Some(file) if !on_command_line => file.fault(pointer, error),
        _ => Failure::bad_input(format!("{option}: {error}")),
    };
    check_timeouts(plan.soft_timeout, plan.hard_timeout).map_err(|error| {
        let in_document = |pick: fn(&CampaignDocument) -> bool| campaign.is_some_and(|file| pick(&file.campaign.document));
        let (hard, soft) = (arguments.hard_timeout.is_some(), arguments.timeout.is_some());
        // Of two in one place it is the hard one; of two places the one that was to win.
        if hard || (!soft && in_document(|document| document.hard_timeout.is_some())) {
            blame(hard, "--hard-timeout", "/hard-timeout", &error)
        } else {
            blame(soft, "--timeout", "/soft-timeout", &error)
        }
    })?;
    check_zone(plan.zone.as_deref(), &plan.scenarios).map_err(|error| blame(arguments.zone.is_some(), "--zone", "/zone", &error))?;
    // The document's rules come first.
    let in_document = plan.rules.len() - arguments.rules.len();
    check_rules(plan).map_err(|faults| match faults.first() {
        Some(fault) => blame(fault.position >= in_document, "--rule", &format!("/rules/{}", fault.position), fault),
        None => Failure::engine("a rule is wrong, and nobody says which"),
    })
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
}
