//! Step plugins as they are named: files, and URLs, whose bytes are kept by their digest.

use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use throng_campaign::PluginLock;
use tokio::runtime::Builder;

use crate::client::fetch;
use crate::commands::report_files::write_whole;
use crate::engine::cache_directory;

/// The URL that is meant in place of a file.
pub(crate) fn as_url(plugin: &Path) -> Option<&str> {
    plugin.to_str().filter(|name| name.starts_with("https://") || name.starts_with("http://"))
}

/// Reads a plugin. What is locked and kept is not asked for again; everything else at a URL is, each time, and has `limit` bytes at most.
pub(crate) fn read_plugin(plugin: &Path, lock: &PluginLock, limit: usize) -> io::Result<Vec<u8>> {
    let Some(url) = as_url(plugin) else { return std::fs::read(plugin) };
    if let Some(bytes) = lock.digest_of(url).and_then(kept) {
        return Ok(bytes);
    }
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let bytes = runtime.block_on(fetch(url, limit)).map_err(|failure| io::Error::other(failure.message))?;
    keep(&bytes);
    Ok(bytes.to_vec())
}

/// What is kept under a digest, if it is what it should be.
fn kept(digest: &str) -> Option<Vec<u8>> {
    let bytes = std::fs::read(place(digest)?).ok()?;
    (digest_of(&bytes) == digest).then_some(bytes)
}

/// Who cannot keep it asks again.
fn keep(bytes: &[u8]) {
    let Some(place) = place(&digest_of(bytes)) else { return };
    let written = place.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| write_whole(&place, bytes));
    if let Err(error) = written {
        tracing::debug!(%error, place = %place.display(), "a step plugin cannot be kept");
    }
}

fn place(digest: &str) -> Option<PathBuf> {
    // A lock is written by people, too.
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    Some(cache_directory()?.join("plugins").join(digest)).filter(|_| is_digest)
}

fn digest_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_no_files() {
        for (plugin, expected) in [("https://a.example/b.wasm", true), ("http://a/b", true), ("https/b.wasm", false), ("./b.wasm", false)] {
            assert_eq!(as_url(Path::new(plugin)).is_some(), expected, "{plugin}");
        }
    }

    #[test]
    fn nothing_but_a_digest_leads_to_what_is_kept() {
        for digest in ["", "../../secrets", "ab", &"g".repeat(64)] {
            assert_eq!(place(digest), None, "{digest}");
        }
    }
}
