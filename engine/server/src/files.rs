//! Files that are there whole or not at all: components by their digest, reports by their campaign's key.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The folder of an engine's data, with what is in it besides the database.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    data: PathBuf,
}

const COMPONENTS: &str = "components";
const INCOMING: &str = "incoming";
const REPORTS: &str = "reports";

impl Files {
    /// Makes the folders, and removes what was on its way in when the engine last ended.
    pub(crate) fn open(data: &Path) -> io::Result<Self> {
        let files = Self { data: data.to_path_buf() };
        let incoming = data.join(INCOMING);
        match fs::remove_dir_all(&incoming) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        for folder in [COMPONENTS, INCOMING, REPORTS] {
            fs::create_dir_all(data.join(folder))?;
        }
        Ok(files)
    }

    /// Where the database is.
    pub(crate) fn database(&self) -> PathBuf {
        Self::database_in(&self.data)
    }

    /// Where the database of a folder is.
    pub(crate) fn database_in(data: &Path) -> PathBuf {
        data.join("throng.sqlite")
    }

    /// A component's file. Digests are hexadecimal.
    pub(crate) fn component(&self, digest: &str) -> PathBuf {
        self.data.join(COMPONENTS).join(digest)
    }

    /// A file on its way in.
    pub(crate) fn incoming(&self, name: &str) -> PathBuf {
        self.data.join(INCOMING).join(name)
    }

    /// A campaign's report.
    pub(crate) fn report(&self, key: &str) -> PathBuf {
        self.data.join(REPORTS).join(format!("{}.json", file_name(key)))
    }

    /// What is recorded of a campaign that goes on.
    pub(crate) fn partial_report(&self, key: &str) -> PathBuf {
        self.data.join(REPORTS).join(format!("{}.partial", file_name(key)))
    }

    /// Keeps a file that came in whole: after this it is there, whatever happens.
    pub(crate) fn keep(from: &Path, to: &Path) -> io::Result<()> {
        File::open(from)?.sync_all()?;
        fs::rename(from, to)?;
        sync_folder(to)
    }

    /// Writes a file that is there whole or not at all.
    pub(crate) fn write(path: &Path, content: &[u8], lasting: Lasting) -> io::Result<()> {
        let beside = path.with_extension("new");
        let mut file = File::create(&beside)?;
        file.write_all(content)?;
        if lasting == Lasting::AtOnce {
            file.sync_all()?;
        }
        fs::rename(&beside, path)?;
        if lasting == Lasting::AtOnce { sync_folder(path) } else { Ok(()) }
    }

    /// Removes a file; that it is not there is fine.
    pub(crate) fn remove(path: &Path) -> io::Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes what is no report of these campaigns, nor recorded of one.
    pub(crate) fn keep_reports<'a>(&self, keys: impl Iterator<Item = &'a str>) -> io::Result<()> {
        let known: BTreeSet<PathBuf> = keys.flat_map(|key| [self.report(key), self.partial_report(key)]).collect();
        for entry in fs::read_dir(self.data.join(REPORTS))? {
            let path = entry?.path();
            if !known.contains(&path) {
                Self::remove(&path)?;
            }
        }
        Ok(())
    }

    /// The digests of all component files.
    pub(crate) fn component_digests(&self) -> io::Result<Vec<String>> {
        let entries = fs::read_dir(self.data.join(COMPONENTS))?;
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        names.collect()
    }
}

/// When a file must be safe from a loss of power.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Lasting {
    /// Before the write is over.
    AtOnce,
    /// When the operating system gets to it; the end of this process alone doesn't harm it.
    Eventually,
}

fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Keys are anybody's: what could lead out of the folder, or is not the same on every file system, is written as its number.
fn file_name(key: &str) -> String {
    let mut name = String::new();
    for byte in key.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => name.push(byte as char),
            other => name.push_str(&format!("%{other:02x}")),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_in_their_folder() {
        assert_eq!(file_name("checkout-20261122-0141-nmq"), "checkout-20261122-0141-nmq");
        assert_eq!(file_name("../A b"), "%2e%2e%2f%41%20b");
    }

    #[test]
    fn reports_of_nobody_go() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = Files::open(folder.path()).expect("made");
        for path in [files.report("A b"), files.report("gone"), files.partial_report("A b"), files.partial_report("gone")] {
            Files::write(&path, b"{}", Lasting::Eventually).expect("written");
        }
        files.keep_reports(["A b", "other"].into_iter()).expect("kept");
        let mut left: Vec<_> = fs::read_dir(folder.path().join(REPORTS)).expect("read").map(|entry| entry.expect("one").path()).collect();
        left.sort();
        assert_eq!(left, [files.report("A b"), files.partial_report("A b")]);
    }

    #[test]
    fn what_was_on_its_way_in_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = Files::open(folder.path()).expect("made");
        fs::write(files.incoming("half"), "x").expect("written");
        let file = files.component("ab");
        Files::write(&file, b"whole", Lasting::AtOnce).expect("written");
        let files = Files::open(folder.path()).expect("there");
        assert!(!files.incoming("half").exists());
        assert_eq!(files.component_digests().expect("listed"), ["ab"]);
    }
}
