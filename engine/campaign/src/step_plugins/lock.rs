//! `throng.lock`: which code the plugins of a campaign document were, so that a file that has changed is noticed before it is used.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use throng_measure::PluginFacts;
use throng_model::{DocumentError, read_toml};

/// What is written down of the plugins of the campaign documents in one folder, by their files as the documents write them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PluginLock {
    plugins: BTreeMap<String, PluginFacts>,
}

/// What is to become of the lock.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LockMode {
    /// Plugins that are not in it are added; one that is another is refused.
    #[default]
    Add,
    /// Nothing is written: one that is another, or that is not in it, is refused.
    Locked,
    /// All are taken as they are.
    Update,
    /// One that is another is refused; nothing is written.
    Look,
}

/// Why plugins are not what is written down.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// It is there, and cannot be read.
    #[error("cannot be read: {0}")]
    Read(#[source] std::io::Error),
    /// It is not one.
    #[error("{0}; remove it, and it is written anew")]
    Format(#[from] DocumentError),
    /// A newer engine has written it.
    #[error("it is of version {version}, and this engine knows version {VERSION}; use the engine that has written it")]
    Version {
        /// What it says.
        version: u32,
    },
    /// A file is not what it was.
    #[error("the plugin `{file}` is {}, and was {} when it was locked; if that is meant to be so, use `--update-lock`", shown(.found), shown(.locked))]
    Changed {
        /// As the document writes it.
        file: String,
        /// What is written down.
        locked: Box<PluginFacts>,
        /// What is there.
        found: Box<PluginFacts>,
    },
    /// A plugin is not written down, and nothing may be.
    #[error(
        "the plugin `{file}` is not locked, and `--locked` writes nothing; run once without it, and keep `throng.lock` with the project"
    )]
    Unlocked {
        /// As the document writes it.
        file: String,
    },
}

const VERSION: u32 = 1;

/// The file's name.
const NAME: &str = "throng.lock";

fn shown(facts: &PluginFacts) -> String {
    let digest = facts.digest.get(..12).unwrap_or(&facts.digest);
    format!("`{}@{}` (sha256 {digest}…)", facts.name, facts.version)
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    #[serde(default)]
    plugin: Vec<WrittenPlugin>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPlugin {
    file: String,
    name: String,
    version: String,
    sha256: String,
}

impl PluginLock {
    /// Where the lock of the documents in a folder is.
    pub fn path(folder: &Path) -> PathBuf {
        folder.join(NAME)
    }

    /// Reads a lock; an empty one where there is none.
    ///
    /// # Errors
    /// It cannot be understood.
    pub fn read(path: &Path) -> Result<Self, LockError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(LockError::Read(error)),
        }
    }

    fn parse(text: &str) -> Result<Self, LockError> {
        let written: Written = read_toml(text)?;
        if written.version != VERSION {
            return Err(LockError::Version { version: written.version });
        }
        let plugins = written.plugin.into_iter().map(|plugin| {
            let WrittenPlugin { file, name, version, sha256: digest } = plugin;
            (file, PluginFacts { name, version, digest })
        });
        Ok(Self { plugins: plugins.collect() })
    }

    /// The digest that a plugin is locked to, by its file as a document writes it.
    pub fn digest_of(&self, file: &str) -> Option<&str> {
        self.plugins.get(file).map(|plugin| plugin.digest.as_str())
    }

    /// Compares it with the plugins of one document, by their files as it writes them: the lock as it has to be written, none if it stays.
    /// What other documents in the folder have written down stays.
    ///
    /// # Errors
    /// A plugin is not what it was, or is not locked.
    pub fn compare(&self, found: &[(String, PluginFacts)], mode: LockMode) -> Result<Option<Self>, LockError> {
        let mut next = self.clone();
        for (file, facts) in found {
            match self.plugins.get(file) {
                Some(locked) if locked == facts => {}
                Some(locked) if mode != LockMode::Update => {
                    return Err(LockError::Changed {
                        file: file.clone(),
                        locked: Box::new(locked.clone()),
                        found: Box::new(facts.clone()),
                    });
                }
                None if mode == LockMode::Locked => return Err(LockError::Unlocked { file: file.clone() }),
                _ => drop(next.plugins.insert(file.clone(), facts.clone())),
            }
        }
        let is_written = mode != LockMode::Look && next != *self;
        Ok(is_written.then_some(next))
    }

    /// As it is written.
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "# Which code the step plugins of the campaigns here are. Written by throng: keep it with the project.\nversion = {VERSION}\n"
        );
        for (file, PluginFacts { name, version, digest }) in &self.plugins {
            text.push_str("\n[[plugin]]\n");
            for (key, value) in [("file", file), ("name", name), ("version", version), ("sha256", digest)] {
                // What JSON quotes, TOML reads.
                text.push_str(&format!("{key} = {}\n", serde_json::Value::from(value.as_str())));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(version: &str, digest: &str) -> PluginFacts {
        PluginFacts { name: "acme:codes".into(), version: version.into(), digest: digest.repeat(16) }
    }

    fn found(version: &str, digest: &str) -> Vec<(String, PluginFacts)> {
        vec![("plugins/\"codes\".wasm".to_owned(), facts(version, digest))]
    }

    #[test]
    fn what_is_written_is_read() {
        let lock = PluginLock::default().compare(&found("1.0.0", "ab12"), LockMode::Add).expect("taken").expect("changed");
        assert_eq!(PluginLock::parse(&lock.to_text()).expect("a lock"), lock);
        assert_eq!(lock.compare(&found("1.0.0", "ab12"), LockMode::Locked).expect("the same"), None);
        insta::assert_snapshot!(lock.to_text());
    }

    #[test]
    fn what_has_changed_is_refused() {
        let lock = PluginLock::default().compare(&found("1.0.0", "ab12"), LockMode::Add).expect("taken").expect("changed");
        for mode in [LockMode::Add, LockMode::Locked, LockMode::Look] {
            let error = lock.compare(&found("1.0.0", "cd34"), mode).expect_err("another");
            assert_eq!(
                error.to_string(),
                "the plugin `plugins/\"codes\".wasm` is `acme:codes@1.0.0` (sha256 cd34cd34cd34…), and was `acme:codes@1.0.0` (sha256 \
                 ab12ab12ab12…) when it was locked; if that is meant to be so, use `--update-lock`"
            );
        }
        let updated = lock.compare(&found("1.1.0", "cd34"), LockMode::Update).expect("taken").expect("changed");
        assert_eq!(updated.compare(&found("1.1.0", "cd34"), LockMode::Locked).expect("the same"), None);
    }

    #[test]
    fn nothing_is_written_unasked() {
        let new = found("1.0.0", "ab12");
        assert_eq!(PluginLock::default().compare(&new, LockMode::Look).expect("taken"), None);
        let error = PluginLock::default().compare(&new, LockMode::Locked).expect_err("not locked").to_string();
        assert!(error.starts_with("the plugin `plugins/\"codes\".wasm` is not locked"), "{error}");
    }

    #[test]
    fn another_form_is_refused() {
        let error = |text: &str| PluginLock::parse(text).expect_err("no lock").to_string();
        assert!(error("version = 2").starts_with("it is of version 2"));
        assert!(error("version = 1\n[[plugins]]").contains("plugins"));
    }
}
