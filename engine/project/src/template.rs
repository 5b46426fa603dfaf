//! New projects: one template for each language, embedded, with the project's name put in.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::types::{go_types, python_types, typescript_contract, typescript_types};
use crate::{Language, ProjectError, contract};

/// Stands for the project's name in templates.
const NAME: &str = "@NAME@";
/// Stands for the folder of the Rust SDK.
const SDK: &str = "@SDK@";

/// What a new project is to be.
#[derive(Clone, Debug)]
pub struct NewProject {
    /// Its folder, which is not there yet or empty; the last part is the project's and the scenario's name.
    pub folder: PathBuf,
    /// What it is written in.
    pub language: Language,
    /// The folder of the Rust SDK; for Rust only.
    pub sdk: Option<PathBuf>,
    /// The JSON schema of the scenario document, of which types are made where the language has any.
    pub schema: Json,
}

/// Writes a new project and returns its files, relative to its folder.
///
/// # Errors
/// The name is no scenario's, the folder has something in it, the SDK is not there, or a file cannot be written.
pub fn create(new: &NewProject) -> Result<Vec<&'static str>, ProjectError> {
    let name = new.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if !is_kebab_case(&name) {
        return Err(ProjectError::Name(name));
    }
    if new.folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(ProjectError::NotEmpty(new.folder.clone()));
    }
    let sdk = sdk(new)?;
    let mut written = Vec::new();
    for (path, template) in files(new.language) {
        let content = template.replace(NAME, &name).replace(SDK, &sdk);
        write(&new.folder.join(path), &content)?;
        written.push(path);
    }
    for (path, types) in types(new)? {
        write(&new.folder.join(path), &types)?;
        written.push(path);
    }
    Ok(written)
}

/// All files of a language's template, by their paths.
fn files(language: Language) -> Vec<(&'static str, &'static str)> {
    let mut files = vec![
        ("throng.toml", include_str!("../templates/common/throng.toml")),
        (".gitignore", include_str!("../templates/common/gitignore")),
    ];
    let own: &[_] = match language {
        Language::Rust => &[
            ("Cargo.toml", include_str!("../templates/rust/Cargo.toml")),
            (".cargo/config.toml", include_str!("../templates/rust/config.toml")),
            ("src/lib.rs", include_str!("../templates/rust/lib.rs")),
        ],
        Language::JavaScript => {
            &[("package.json", include_str!("../templates/js/package.json")), ("main.js", include_str!("../templates/js/main.js"))]
        }
        Language::TypeScript => &[
            ("package.json", include_str!("../templates/ts/package.json")),
            ("tsconfig.json", include_str!("../templates/ts/tsconfig.json")),
            ("main.ts", include_str!("../templates/ts/main.ts")),
        ],
        Language::Python => &[
            ("requirements.txt", include_str!("../templates/python/requirements.txt")),
            ("main.py", include_str!("../templates/python/main.py")),
        ],
        Language::C => {
            &[("requirements.txt", include_str!("../templates/c/requirements.txt")), ("main.c", include_str!("../templates/c/main.c"))]
        }
        Language::Go => &[
            ("requirements.txt", include_str!("../templates/go/requirements.txt")),
            ("go.mod", include_str!("../templates/go/go.mod")),
            ("main.go", include_str!("../templates/go/main.go")),
        ],
    };
    files.extend(own);
    // The SDK has the contract in it.
    if language != Language::Rust {
        files.extend(contract::FILES);
    }
    files
}

/// The types of the scenario document and of the engine's modules, for languages whose editors check them.
fn types(new: &NewProject) -> Result<Vec<(&'static str, String)>, ProjectError> {
    let contract = || {
        let failed =
            |error: anyhow::Error| ProjectError::Contract { folder: PathBuf::from(contract::FOLDER), message: format!("{error:#}") };
        Ok(("throng.d.ts", typescript_contract().map_err(failed)?))
    };
    Ok(match new.language {
        Language::TypeScript | Language::JavaScript => vec![("throng-document.d.ts", typescript_types(&new.schema)), contract()?],
        Language::Python => vec![("throng_document.py", python_types(&new.schema))],
        Language::Go => vec![("document/document.go", go_types(&new.schema))],
        // The SDK is typed, and in C the document is a text.
        Language::Rust | Language::C => Vec::new(),
    })
}

/// The SDK's folder as an absolute path, as it stands in a manifest.
fn sdk(new: &NewProject) -> Result<String, ProjectError> {
    if new.language != Language::Rust {
        return Ok(String::new());
    }
    let folder = new.sdk.as_deref().ok_or(ProjectError::NoSdk)?;
    let absolute = folder.canonicalize().ok().filter(|folder| folder.join("Cargo.toml").is_file());
    let absolute = absolute.ok_or_else(|| ProjectError::NotTheSdk(folder.to_path_buf()))?;
    Ok(absolute.display().to_string())
}

fn write(path: &Path, content: &str) -> Result<(), ProjectError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(ProjectError::file(folder, "made"))?;
    }
    std::fs::write(path, content).map_err(ProjectError::file(path, "written"))
}

/// Whether it may be a scenario's name.
fn is_kebab_case(name: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.split('-').all(is_word)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Project;

    fn new(folder: PathBuf, language: Language) -> NewProject {
        NewProject { folder, language, sdk: None, schema: json!({}) }
    }

    #[test]
    fn every_template_is_a_project_of_its_language() {
        let folder = tempfile::tempdir().unwrap();
        for language in Language::ALL {
            let project = NewProject {
                folder: folder.path().join(format!("my-{}", language.name())),
                language,
                sdk: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk-rust")),
                schema: json!({}),
            };
            for file in create(&project).unwrap() {
                let text = std::fs::read_to_string(project.folder.join(file)).unwrap();
                assert!(!text.contains("@NAME@") && !text.contains("@SDK@"), "{file}: {text}");
            }
            assert_eq!(Project::open(&project.folder).unwrap().language(), language);
        }
    }

    #[test]
    fn what_is_there_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("taken");
        create(&new(taken.clone(), Language::C)).unwrap();
        let error = create(&new(taken, Language::C)).unwrap_err().to_string();
        assert!(error.ends_with("is there already and is not empty; take another name, or remove it"), "{error}");
    }

    #[test]
    fn names_are_those_of_scenarios() {
        for name in ["My-shop", "my_shop", "2shops", "shop--two", "-shop", "shop-"] {
            let error = create(&new(PathBuf::from(name), Language::C)).unwrap_err();
            assert!(matches!(error, ProjectError::Name(_)), "{name}: {error}");
        }
    }

    #[test]
    fn rust_needs_the_sdk() {
        let folder = tempfile::tempdir().unwrap();
        let mut project = new(folder.path().join("shop"), Language::Rust);
        assert!(matches!(create(&project), Err(ProjectError::NoSdk)));
        project.sdk = Some(folder.path().to_path_buf());
        assert!(matches!(create(&project), Err(ProjectError::NotTheSdk(_))));
    }
}
