//! Documents that are uploaded to an engine.

use anyhow::{Context as _, Result};
use serde_json::Value as Json;
use throng_kit::EngineProcess;

/// Uploads a document that the engine doesn't know: its digest.
///
/// # Errors
/// It is refused.
pub fn upload(engine: &EngineProcess, document: &Json) -> Result<String> {
    text(&engine.ask("POST", "/components", &[], document.to_string().as_bytes())?.with_status(201)?.json()?, "digest")
}

/// A text of a record.
///
/// # Errors
/// There is none of this key.
pub fn text(record: &Json, key: &str) -> Result<String> {
    Ok(record.get(key).and_then(Json::as_str).with_context(|| format!("no `{key}` in {record}"))?.to_owned())
}
