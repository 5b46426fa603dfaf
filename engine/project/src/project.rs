//! A project: which language its folder is in, whether its component is older than its source, and how it is built.

use std::path::{Path, PathBuf};

use crate::{Language, ProjectError, Sources, languages};

/// A folder with the source of one component.
#[derive(Clone, Debug)]
pub struct Project {
    folder: PathBuf,
    language: Language,
    name: String,
}

impl Project {
    /// Opens a folder.
    ///
    /// # Errors
    /// It cannot be read, or its files show no language, or two.
    pub fn open(folder: &Path) -> Result<Self, ProjectError> {
        let folder = folder.canonicalize().map_err(ProjectError::file(folder, "opened"))?;
        let mut languages = Language::ALL.into_iter().filter(|language| folder.join(language.mark()).is_file());
        let Some(language) = languages.next() else { return Err(ProjectError::NoProject { folder }) };
        if let Some(second) = languages.next() {
            return Err(ProjectError::TwoLanguages { folder, first: language, second });
        }
        let name = folder.file_name().map_or_else(|| "scenario".to_owned(), |name| name.to_string_lossy().into_owned());
        Ok(Self { folder, language, name })
    }

    /// The language that it is in.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Where it is, as an absolute path.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where its component is once it is built: `NAME.wasm`, by the folder's name.
    pub fn component(&self) -> PathBuf {
        self.folder.join(format!("{}.wasm", self.name))
    }

    /// Installs into the project's folder what its language needs of it, by the language's own package manager.
    ///
    /// # Errors
    /// The package manager is missing or fails.
    pub fn set_up(&self) -> Result<(), ProjectError> {
        languages::set_up(self)
    }

    /// Builds its component.
    ///
    /// # Errors
    /// The toolchain is missing, and the error says how to get it; or it fails, and the error has what it wrote.
    pub fn build(&self) -> Result<PathBuf, ProjectError> {
        let component = self.component();
        languages::build(self, &component)?;
        Ok(component)
    }

    /// Whether the component is missing, or older than a file of the source.
    ///
    /// # Errors
    /// A folder of the project cannot be read.
    pub fn is_stale(&self) -> Result<bool, ProjectError> {
        let built = self.component().metadata().and_then(|found| found.modified());
        match built {
            Ok(built) => Ok(Sources::of(std::slice::from_ref(&self.folder))?.are_newer(built)),
            Err(_) => Ok(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn the_files_show_the_language() {
        let folder = tempfile::tempdir().unwrap();
        let error = Project::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("is no project: it has none of `Cargo.toml`, `main.ts`"), "{error}");
        std::fs::write(folder.path().join("main.py"), "").unwrap();
        assert_eq!(Project::open(folder.path()).unwrap().language(), Language::Python);
        std::fs::write(folder.path().join("main.c"), "").unwrap();
        let error = Project::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("could be in Python or in C, as both `main.py` and `main.c` are there"), "{error}");
    }

    #[test]
    fn a_component_is_stale_when_a_source_is_newer() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &Path, seconds: u64| {
            let file = std::fs::File::create(path).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
        };
        let main = folder.path().join("main.py");
        write(&main, 10);
        let project = Project::open(folder.path()).unwrap();
        assert!(project.is_stale().unwrap());
        write(&project.component(), 15);
        assert!(!project.is_stale().unwrap());
        write(&main, 20);
        assert!(project.is_stale().unwrap());
    }
}
