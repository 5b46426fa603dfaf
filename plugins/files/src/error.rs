//! What can be wrong with a file as a whole.

use std::io;
use std::path::PathBuf;

use throng_plugin_api::OpenError;

/// Why a file cannot be a source.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// It is not there, or may not be read.
    #[error("`{}` cannot be opened: {source}", path.display())]
    Open {
        /// The path that was tried.
        path: PathBuf,
        /// Where relative paths begin.
        folder: PathBuf,
        source: io::Error,
    },
    /// A folder, a pipe, a device.
    #[error("`{}` is not a file that can be read from its beginning", path.display())]
    NotAFile { path: PathBuf },
    /// Its byte order mark says so.
    #[error("`{}` is UTF-16, and UTF-8 is expected", path.display())]
    Utf16 { path: PathBuf },
    /// Reading failed.
    #[error("reading failed: {0}")]
    Read(#[from] io::Error),
    /// There is nothing in a file that shall have a header.
    #[error("there is no header, for the file is empty")]
    NoHeader,
    /// The header, or what stands in its place.
    #[error("line {line}: {message}")]
    Header { line: u64, message: String, hint: String },
    /// No array in a file that shall hold one.
    #[error("line {line}: the file does not begin with `[`")]
    NoArray { line: u64 },
}

impl FileError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Open { folder, .. } => Some(format!("relative paths begin at the scenario's folder, `{}`", folder.display())),
            Self::NotAFile { .. } => Some("name a regular file".to_owned()),
            Self::Utf16 { path } => Some(format!("convert it: `iconv -f UTF-16 -t UTF-8 {}`", path.display())),
            Self::Read(_) => None,
            Self::NoHeader => Some("write one, or set `header` to false and name the `columns`".to_owned()),
            Self::Header { hint, .. } => Some(hint.clone()),
            Self::NoArray { .. } => Some("write one array around all values, or set `format` to `lines`".to_owned()),
        }
    }

    /// The same as an error of opening a step, with the file's name where the error doesn't say it.
    pub(crate) fn into_open_error(self, file: &str) -> OpenError {
        OpenError { message: self.message(file), hint: self.hint() }
    }

    /// What happened, with the file's name.
    pub(crate) fn message(&self, file: &str) -> String {
        match self {
            Self::Open { .. } | Self::NotAFile { .. } | Self::Utf16 { .. } => self.to_string(),
            Self::Header { line, message, .. } => format!("{file}:{line}: {message}"),
            Self::NoArray { line } => format!("{file}:{line}: the file does not begin with `[`"),
            Self::Read(_) | Self::NoHeader => format!("{file}: {self}"),
        }
    }
}
