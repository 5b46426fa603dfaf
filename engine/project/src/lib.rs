//! Projects: a folder with one scenario component's source, in any of the languages, made from a template and built by its toolchain.
//!
//! [`create`] writes a new one. [`Project::open`] finds out which language a folder is in, [`Project::build`] makes the component, with
//! the language's own compiler, which must be there: nothing is installed unless [`Project::set_up`] is called, and then into the project's folder alone.

mod command;
mod component;
mod contract;
mod error;
mod language;
mod languages;
mod project;
mod sources;
mod template;
mod types;

pub use error::ProjectError;
pub use language::Language;
pub use project::Project;
pub use sources::{Sources, is_built};
pub use template::{NewProject, create};
pub use types::{go_types, python_types, typescript_types};
