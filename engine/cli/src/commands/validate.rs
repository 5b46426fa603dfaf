//! `throng validate`: all that is wrong with files, or that nothing is.

use std::path::PathBuf;

use throng_campaign::{ComponentPlugin, LockMode, PluginLock};
use throng_measure::humane::plural;
use throng_model::Scenario;

use crate::arguments::ValidateArguments;
use crate::commands::build::{Build, built};
use crate::commands::campaign_file;
use crate::commands::prepare::Asked;
use crate::config::Configuration;
use crate::engine::{is_step_plugin, load, print, registry, sandbox, step_plugins};
use crate::exit::{Exit, Failure};
use crate::export::ExportArguments;

/// Checks every file; what is wrong with all of them is one error.
pub(crate) fn validate(arguments: &ValidateArguments, configuration: &Configuration) -> Result<Exit, Failure> {
    let sandbox = sandbox()?;
    let limits = configuration.in_force(None, None, arguments.limits.document())?.limits();
    let registry = step_plugins(&arguments.plugins.plugins, &PluginLock::default(), &sandbox, &limits)?.beside(registry());
    let mut faults = Vec::new();
    let mut files = Vec::new();
    for file in &arguments.files {
        match built(std::slice::from_ref(file), Build::IfStale) {
            Ok(built) => files.extend(built),
            Err(failure) => faults.push(failure.message),
        }
    }
    for file in &files {
        if is_step_plugin(file) {
            match step_plugins(std::slice::from_ref(file), &PluginLock::default(), &sandbox, &limits) {
                Err(failure) => faults.push(failure.message),
                Ok(plugins) => plugins.iter().for_each(print_plugin),
            }
            continue;
        }
        let scenarios = match in_campaign(file, arguments, configuration).transpose() {
            Some(scenarios) => scenarios,
            None => load(file, &registry, &sandbox, &limits).map(|loaded| loaded.scenarios),
        };
        match scenarios {
            Err(failure) => faults.push(failure.message),
            Ok(scenarios) => {
                for scenario in &scenarios {
                    let steps = scenario.graph.steps.len();
                    let steps = plural(steps as u64, "step");
                    let minions = plural(scenario.minions, "minion");
                    print(&format!("{}: valid, {steps}, {minions}, {}\n", scenario.name, scenario.profile));
                }
            }
        }
    }
    if faults.is_empty() { Ok(Exit::Good) } else { Err(Failure::bad_input(faults.join("\n"))) }
}

fn print_plugin(plugin: &ComponentPlugin) {
    let kinds = plugin.description().kinds.len();
    print(&format!("{}: valid, {}\n", plugin.address(), plural(kinds as u64, "step kind")));
}

/// The scenarios of a campaign document, with its settings and changes; none if the file is something else.
fn in_campaign(file: &PathBuf, arguments: &ValidateArguments, configuration: &Configuration) -> Result<Option<Vec<Scenario>>, Failure> {
    let files = std::slice::from_ref(file);
    let Some(campaign) = campaign_file::read(files)? else { return Ok(None) };
    let in_force = configuration.in_force(Some(campaign.layer()?), None, arguments.limits.document())?;
    let asked = Asked { files, plugins: &arguments.plugins.plugins, lock: LockMode::Look, in_force: &in_force, campaign: Some(&campaign) };
    let prepared = asked.prepare()?;
    ExportArguments::default().plan(Some(&campaign), &prepared.resources.registry)?;
    Ok(Some(prepared.scenarios.into_iter().map(|planned| planned.scenario).collect()))
}
