//! How each language's projects are set up and built.

mod c;
mod go;
mod javascript;
mod python;
mod rust;

use std::path::{Path, PathBuf};

use crate::{Language, Project, ProjectError};

/// Builds a project's component.
pub(crate) fn build(project: &Project, component: &Path) -> Result<(), ProjectError> {
    match project.language() {
        Language::Rust => rust::build(project.folder(), component),
        language @ (Language::TypeScript | Language::JavaScript) => javascript::build(language, project.folder(), component),
        Language::Python => python::build(project.folder(), component),
        Language::C => c::build(project.folder(), component),
        Language::Go => go::build(project.folder(), component),
    }
}

/// Installs into a project's folder what can be installed there.
pub(crate) fn set_up(project: &Project) -> Result<(), ProjectError> {
    match project.language() {
        // Cargo brings what a project needs when it builds.
        Language::Rust => Ok(()),
        Language::TypeScript | Language::JavaScript => javascript::set_up(project.folder()),
        Language::Python => python::set_up(project.folder()),
        Language::C => c::set_up(project.folder()),
        Language::Go => go::set_up(project.folder()),
    }
}

/// A program of the project's own `.venv`, otherwise of the search path.
fn program(folder: &Path, name: &str) -> Option<PathBuf> {
    let own = folder.join(".venv/bin").join(name);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let candidates = std::iter::once(own).chain(std::env::split_paths(&path).map(|folder| folder.join(name)));
    candidates.into_iter().find(|candidate| candidate.is_file())
}
