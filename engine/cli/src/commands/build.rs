//! `throng build`: a project's component, built and checked; and what `throng run DIR` does of it.

use std::path::{Path, PathBuf};

use throng_campaign::PluginLock;
use throng_measure::humane::plural;
use throng_project::{Project, ProjectError};

use crate::arguments::BuildArguments;
use crate::config::Configuration;
use crate::engine::{load, print, registry, sandbox, step_plugins};
use crate::exit::{Exit, Failure};

/// Builds and checks.
pub(crate) fn build(arguments: &BuildArguments, configuration: &Configuration) -> Result<Exit, Failure> {
    let project = open(&arguments.folder)?;
    if arguments.setup {
        eprintln!("installing what {} needs into `{}`", project.language(), arguments.folder.display());
        project.set_up().map_err(failed)?;
    }
    let component = build_project(&project)?;
    let limits = configuration.in_force(None, None, arguments.limits.document())?.limits();
    let sandbox = sandbox()?;
    let registry = step_plugins(&arguments.plugins.plugins, &PluginLock::default(), &sandbox, &limits)?.beside(registry());
    let loaded = load(&component, &registry, &sandbox, &limits)?;
    for scenario in &loaded.scenarios {
        let (steps, minions) = (plural(scenario.graph.steps.len() as u64, "step"), plural(scenario.minions, "minion"));
        print(&format!("{}: valid, {steps}, {minions}, {}\n", scenario.name, scenario.profile));
    }
    Ok(Exit::Good)
}

/// Which projects are built before they are run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Build {
    /// Those with a source that is newer than the component.
    IfStale,
    /// All.
    Always,
}

/// The files to run: folders are projects, which are built.
pub(crate) fn built(files: &[PathBuf], build: Build) -> Result<Vec<PathBuf>, Failure> {
    files.iter().map(|file| if file.is_dir() { built_project(file, build) } else { Ok(file.clone()) }).collect()
}

fn built_project(folder: &Path, build: Build) -> Result<PathBuf, Failure> {
    let project = open(folder)?;
    if build == Build::Always || project.is_stale().map_err(failed)? { build_project(&project) } else { Ok(shown(&project.component())) }
}

fn build_project(project: &Project) -> Result<PathBuf, Failure> {
    let component = shown(&project.component());
    eprintln!("building `{}` from {}", component.display(), project.language());
    project.build().map_err(failed)?;
    Ok(component)
}

fn open(folder: &Path) -> Result<Project, Failure> {
    Project::open(folder).map_err(failed)
}

/// As a person in the working folder would write it.
fn shown(path: &Path) -> PathBuf {
    let here = std::env::current_dir().and_then(|folder| folder.canonicalize()).unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).to_path_buf()
}

/// All of it is about the person's project and machine.
fn failed(error: ProjectError) -> Failure {
    Failure::bad_input(error)
}
