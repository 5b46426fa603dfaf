//! A temporary folder, and files in it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// Removed with all that is in it when dropped.
#[derive(Debug)]
pub struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { folder: tempfile::Builder::new().prefix("throng-test-").tempdir().context("no temporary folder")? })
    }

    /// A new one inside of another folder.
    ///
    /// # Errors
    /// The other folder is not there or takes none.
    pub fn inside(folder: &Path) -> Result<Self> {
        let made = tempfile::Builder::new().prefix("throng-test-").tempdir_in(folder);
        Ok(Self { folder: made.with_context(|| format!("no temporary folder in {}", folder.display()))? })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into it; its path.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.path().join(name);
        std::fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}
