//! The files of `--report`: refused early if they have no place, and never written by half.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use throng_campaign::report::ReportError;
use throng_measure::Report;

use crate::arguments::ReportFile;
use crate::exit::Failure;

/// A report that has no place is refused before the campaign, not after it.
pub(crate) fn check(files: &[ReportFile]) -> Result<(), Failure> {
    for (index, file) in files.iter().enumerate() {
        check_place(&file.path)?;
        if files.iter().take(index).any(|other| other.path == file.path) {
            return Err(wrong(&file.path, "it is given twice; give each format a file of its own"));
        }
    }
    Ok(())
}

/// Writes every file, also when another one could not be written.
pub(crate) fn write_all(report: &Report, files: &[ReportFile]) -> Result<(), Failure> {
    let written: Vec<_> = files.iter().map(|file| write(&file.path, &file.format.render(report).map_err(engine)?)).collect();
    written.into_iter().collect()
}

/// Whether a file can come to be there.
pub(crate) fn check_place(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.is_dir() {
        return Err(wrong(path, "it is a folder; give a file in it"));
    }
    if folder.is_dir() { Ok(()) } else { Err(wrong(path, "its folder is not there; make the folder first")) }
}

/// Writes a report.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_whole(path, text).map_err(|error| wrong(path, &error.to_string()))
}

/// Written beside and moved, so that there is never half a file.
pub(crate) fn write_whole(path: &Path, contents: impl AsRef<[u8]>) -> std::io::Result<()> {
    let beside = beside(path);
    let written = std::fs::write(&beside, contents).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        // It may not be there at all.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(".part");
    path.with_file_name(name)
}

fn wrong(path: &Path, why: &str) -> Failure {
    Failure::bad_input(format!("the report `{}` cannot be written: {why}", path.display()))
}

fn engine(error: ReportError) -> Failure {
    Failure::engine(error)
}
