//! `throng new`: a project from a template.

use throng_project::{Language, NewProject, create};

use crate::arguments::{NewArguments, NewLanguage};
use crate::commands::schema::scenario_schema_of_all;
use crate::engine::print;
use crate::exit::{Exit, Failure};

/// Writes the project's files, and says what to do next.
pub(crate) fn new(arguments: &NewArguments) -> Result<Exit, Failure> {
    let language = match arguments.lang {
        NewLanguage::Rust => Language::Rust,
        NewLanguage::Ts => Language::TypeScript,
        NewLanguage::Js => Language::JavaScript,
        NewLanguage::Python => Language::Python,
        NewLanguage::C => Language::C,
        NewLanguage::Go => Language::Go,
    };
    let project = NewProject { folder: arguments.folder.clone(), language, sdk: arguments.sdk.clone(), schema: scenario_schema_of_all() };
    let files = create(&project).map_err(Failure::bad_input)?;
    let folder = arguments.folder.display();
    let files: String = files.iter().map(|file| format!("  {folder}/{file}\n")).collect();
    let setup = if language == Language::Rust { "" } else { " --setup" };
    print(&format!(
        "a project in {language}:\n{files}next:\n  throng build {folder}{setup}\n  throng target\n  throng run {folder} --preset smoke\n"
    ));
    Ok(Exit::Good)
}
