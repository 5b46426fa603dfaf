//! Which files a scenario may read: of one's own scenarios any, of others' those below one folder, or none.

use std::io;
use std::path::{Component, Path, PathBuf};

use throng_model::ConfigFault;

use crate::option_fault;

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
    /// Checks a path as it is written, at its place in the options.
    ///
    /// # Errors
    /// It leads, or may lead, to what may not be read.
    pub fn check(&self, file: &str, pointer: &str) -> Result<(), ConfigFault> {
        let path = Path::new(file);
        let (message, hint) = match self {
            Self::Anywhere => return Ok(()),
            Self::Nowhere => {
                ("this engine reads no files", "whoever runs it can name a folder to read from: `throng serve --files FOLDER`")
            }
            Self::Within(_) if stays_below(path) => return Ok(()),
            Self::Within(_) => ("this engine reads files of its own folder alone", "write a relative path, without `..`"),
        };
        Err(option_fault(pointer, message, Some(hint.to_owned())))
    }
}

/// The files of one scenario.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Files {
    access: FileAccess,
    folder: PathBuf,
}

impl Files {
    /// Relative paths begin at the folder, unless only files of another one may be read.
    pub fn new(access: FileAccess, folder: impl Into<PathBuf>) -> Self {
        Self { access, folder: folder.into() }
    }

    /// None at all.
    pub fn none() -> Self {
        Self::new(FileAccess::Nowhere, "")
    }

    /// Where relative paths begin, unless only files of another folder may be read: the folder of the scenario's file.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path to open for what is written. Symbolic links that lead out are found here, when the file is there.
    ///
    /// # Errors
    /// It may not be read, or is not there.
    pub fn path(&self, file: impl AsRef<Path>) -> io::Result<PathBuf> {
        let denied = |why| Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        let file = file.as_ref();
        match &self.access {
            FileAccess::Anywhere => Ok(self.folder.join(file)),
            FileAccess::Nowhere => denied("this engine reads no files"),
            FileAccess::Within(root) => {
                // Looked at first as it is written, so that nobody learns what is there outside.
                let path = if stays_below(file) { root.join(file).canonicalize()? } else { PathBuf::new() };
                if path.starts_with(root) { Ok(path) } else { denied("it leads out of the folder that this engine reads") }
            }
        }
    }
}

fn stays_below(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
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
        let files = Files::new(access.clone(), "elsewhere");
        assert_eq!(files.path("in").expect("inside"), root.join("in"));
        for (file, is_plain) in [("../out", false), ("/etc/passwd", false), ("link", true)] {
            assert_eq!(access.check(file, "/file").is_ok(), is_plain, "{file}");
            assert_eq!(files.path(file).expect_err(file).kind(), io::ErrorKind::PermissionDenied);
        }
        assert!(FileAccess::Nowhere.check("in", "/file").is_err() && Files::none().path("in").is_err());
        assert_eq!(Files::new(FileAccess::Anywhere, "here").path("in").expect("anywhere"), Path::new("here/in"));
    }
}
