//! Which files may be read: of one's own scenarios any, of others' those below one folder, or none.

use std::io;
use std::path::{Component, Path, PathBuf};

use throng_model::ConfigFault;
use throng_plugin_api::option_fault;

/// Which files scenarios may read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum FileAccess {
    /// Any that this process may. Only then are there exporters to files, too.
    #[default]
    Anywhere,
    /// Those below a folder, given without symbolic links in it; relative paths begin there.
    Within(PathBuf),
    /// None.
    Nowhere,
}

impl FileAccess {
    /// Checks a path as it is written.
    pub(crate) fn check(&self, file: &str) -> Result<(), ConfigFault> {
        let path = Path::new(file);
        let (message, hint) = match self {
            Self::Anywhere => return Ok(()),
            Self::Nowhere => {
                ("this engine reads no files", "whoever runs it can name a folder to read from: `throng serve --files FOLDER`")
            }
            Self::Within(_) if path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) => return Ok(()),
            Self::Within(_) => ("this engine reads files of its own folder alone", "write a relative path, without `..`"),
        };
        Err(option_fault("/file", message, Some(hint.to_owned())))
    }

    /// The path to open. Symbolic links that lead out are found here, when the file is there.
    pub(crate) fn resolve(&self, file: &str, folder: &Path) -> io::Result<PathBuf> {
        match self {
            Self::Anywhere => Ok(folder.join(file)),
            Self::Nowhere => Err(io::Error::new(io::ErrorKind::PermissionDenied, "this engine reads no files")),
            Self::Within(root) => {
                let path = root.join(file).canonicalize()?;
                let leads_out = || io::Error::new(io::ErrorKind::PermissionDenied, "it leads out of the folder that this engine reads");
                if path.starts_with(root) { Ok(path) } else { Err(leads_out()) }
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn nothing_leads_out_of_the_folder() {
        let outside = tempfile::tempdir().expect("a folder");
        let root = outside.path().canonicalize().expect("there").join("root");
        std::fs::create_dir(&root).expect("made");
        for file in [root.join("in"), outside.path().join("out")] {
            std::fs::write(file, "x").expect("written");
        }
        std::os::unix::fs::symlink("../out", root.join("link")).expect("linked");
        let access = FileAccess::Within(root.clone());
        assert_eq!(access.resolve("in", Path::new("elsewhere")).expect("inside"), root.join("in"));
        for (file, is_plain) in [("../out", false), ("/etc/passwd", false), ("link", true)] {
            assert_eq!(access.check(file).is_ok(), is_plain, "{file}");
            assert_eq!(access.resolve(file, Path::new("")).expect_err(file).kind(), io::ErrorKind::PermissionDenied);
        }
        assert!(FileAccess::Nowhere.check("in").is_err() && FileAccess::Nowhere.resolve("in", &root).is_err());
    }
}
