//! Which files of a folder are source, and whether they have changed.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::ProjectError;

/// What a build makes, or a set-up brings.
const MADE: [&str; 6] = [".git", ".venv", "__pycache__", "bindings", "node_modules", "target"];
/// The extensions of source files; reports and the like may be in the folder as well.
const SOURCES: [&str; 15] = ["c", "cjs", "go", "h", "js", "json", "lock", "mjs", "mod", "py", "rs", "toml", "ts", "txt", "wit"];
/// Says how to run, not what.
const CONFIGURATION: &str = "throng.toml";
/// What package managers write while they build or set up, and a run itself.
const WRITTEN: [&str; 3] = ["Cargo.lock", "package-lock.json", "throng.lock"];

/// The source files of folders, and other files, each with when it was changed last.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sources(BTreeMap<PathBuf, SystemTime>);

impl Sources {
    /// What is there now. A path that is not there has no files.
    ///
    /// # Errors
    /// A folder cannot be read.
    pub fn of(paths: &[PathBuf]) -> Result<Self, ProjectError> {
        let mut files = BTreeMap::new();
        for path in paths {
            if path.is_dir() {
                collect(path, &mut files)?;
            } else if let Ok(modified) = path.metadata().and_then(|found| found.modified()) {
                files.insert(path.clone(), modified);
            }
        }
        Ok(Self(files))
    }

    /// The files that are new, changed or gone since; without those that a build writes itself.
    pub fn changed_since<'a>(&'a self, before: &'a Self) -> Vec<&'a Path> {
        let changed = self.0.iter().filter(|(path, modified)| before.0.get(*path) != Some(modified)).map(|(path, _)| path);
        let gone = before.0.keys().filter(|path| !self.0.contains_key(*path));
        let is_written = |path: &Path| WRITTEN.iter().any(|written| path.file_name() == Some(OsStr::new(written)));
        changed.chain(gone).map(PathBuf::as_path).filter(|path| !is_written(path)).collect()
    }

    /// Whether a file that a component is built of was changed after a time.
    pub(crate) fn are_newer(&self, than: SystemTime) -> bool {
        self.0.iter().any(|(path, modified)| *modified > than && is_built(path))
    }
}

/// Whether a component is built of a source file: the configuration of its runs is none of those.
pub fn is_built(source: &Path) -> bool {
    source.file_name() != Some(OsStr::new(CONFIGURATION))
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, SystemTime>) -> Result<(), ProjectError> {
    for entry in folder.read_dir().map_err(ProjectError::file(folder, "read"))? {
        let entry = entry.map_err(ProjectError::file(folder, "read"))?;
        let (path, name) = (entry.path(), entry.file_name());
        // Editors write a file by putting another in its place: it may be gone by now.
        let Ok(found) = entry.metadata() else { continue };
        if found.is_dir() {
            if !MADE.iter().any(|made| name == *made) {
                collect(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| SOURCES.iter().any(|source| extension == *source)) {
            let modified = found.modified().map_err(ProjectError::file(&path, "read"))?;
            files.insert(path, modified);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn write(folder: &Path, name: &str, seconds: u64) {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let file = std::fs::File::create(path).unwrap();
        file.set_modified(at(seconds)).unwrap();
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn sources(folder: &Path) -> Sources {
        Sources::of(&[folder.to_path_buf()]).unwrap()
    }

    #[test]
    fn neither_what_a_build_makes_nor_the_configuration_is_built() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "main.py", 10);
        for name in ["bindings/new.py", "throng.toml", "report.html", "shop.wasm"] {
            write(folder.path(), name, 20);
        }
        assert!(sources(folder.path()).are_newer(at(9)) && !sources(folder.path()).are_newer(at(10)));
        write(folder.path(), "parts/new.py", 15);
        assert!(sources(folder.path()).are_newer(at(10)));
    }

    #[test]
    fn what_has_changed_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let check = |before: &Sources, expected: &[&str]| {
            let now = sources(folder.path());
            let changed: Vec<_> =
                now.changed_since(before).iter().map(|path| path.strip_prefix(folder.path()).unwrap().to_owned()).collect();
            assert_eq!(changed, expected.iter().map(PathBuf::from).collect::<Vec<_>>());
            now
        };
        for name in ["main.rs", "old.rs", "throng.toml"] {
            write(folder.path(), name, 10);
        }
        let before = check(&sources(folder.path()), &[]);
        write(folder.path(), "main.rs", 11);
        write(folder.path(), "throng.toml", 11);
        write(folder.path(), "parts/new.rs", 5);
        // The first build writes it.
        write(folder.path(), "Cargo.lock", 12);
        std::fs::remove_file(folder.path().join("old.rs")).unwrap();
        let before = check(&before, &["main.rs", "parts/new.rs", "throng.toml", "old.rs"]);
        check(&before, &[]);
    }

    #[test]
    fn a_file_is_watched_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("smoke.json");
        let files = [file.clone()];
        let before = Sources::of(&files).unwrap();
        write(folder.path(), "smoke.json", 10);
        write(folder.path(), "other.json", 10);
        assert_eq!(Sources::of(&files).unwrap().changed_since(&before), [file.as_path()]);
    }
}
