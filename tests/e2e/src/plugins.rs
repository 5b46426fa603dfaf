//! Step plugins of the tests, and documents that use them.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_kit::{example, guest};

use crate::documents::document;

/// The HMAC-SHA256 of `order o-1 paid` with the key `webhook-key`.
const SIGNATURE: &str = "a1de6f486295a832e5115c051afea388add7e961c40d3e30317aeb8420636aa4";

/// The kind of the plugin [`signatures`].
pub const HMAC: &str = "examples:signatures/hmac-sha256@1.0.0";

/// A path as an argument.
///
/// # Errors
/// It is not UTF-8.
pub fn path_text(path: PathBuf) -> Result<String> {
    path.into_os_string().into_string().ok().context("a path in UTF-8")
}

/// The file of the plugin `examples:signatures`.
///
/// # Errors
/// It is not built.
pub fn signatures() -> Result<String> {
    path_text(example("signature-check")?)
}

/// The file of the plugin `test:misfits`.
///
/// # Errors
/// It is not built.
pub fn misfits() -> Result<String> {
    path_text(guest("misfits")?)
}

/// The plugin `test:misfits` with other words in its description: as long, so that it stays a component.
///
/// # Errors
/// They are not, or it has no such words.
pub fn changed(from: &str, to: &str) -> Result<Vec<u8>> {
    ensure!(from.len() == to.len(), "`{to}` is not as long as `{from}`");
    let mut bytes = std::fs::read(misfits()?)?;
    let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).with_context(|| format!("no `{from}`"))?;
    bytes.splice(at..at + from.len(), to.bytes());
    Ok(bytes)
}

/// A document with one step that uses a kind, after one that returns a text.
pub fn using(kind: &str, options: &Json) -> Json {
    let steps = json!([{ "name": "given", "start": true, "returns": "hello" }, { "name": "used", "after": "given", kind: options }]);
    document(&[], &json!({ "minions": 3 }), &steps)
}

/// A document whose minions check the signature of one webhook.
pub fn webhooks(kind: &str, options: &Json) -> Json {
    let received = json!({ "payload": "order o-1 paid", "signature": format!("sha256={SIGNATURE}") });
    let steps =
        json!([{ "name": "received", "start": true, "returns": received }, { "name": "signed", "after": "received", kind: options }]);
    let settings = json!([{ "name": "secret", "default": "webhook-key" }]);
    document(&[], &json!({ "minions": 5, "settings": settings }), &steps)
}
