//! Memory of the current minion, kept by the engine across steps and iterations: at most 64 KiB a minion.
//!
//! Variables of the component are a cache, not memory: all minions of a worker share them, and the engine may drop them at any time.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::carry::wrong_value;
use crate::{Failure, platform};

/// The value under a key, or none if nothing was kept there.
///
/// # Errors
/// What was kept is of another type.
pub fn get<T: DeserializeOwned>(key: &str) -> Result<Option<T>, Failure> {
    let Some(bytes) = platform::session_get(key) else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| wrong_value(format!("the session's `{key}` is of another type: {error}")))
}

/// The value under a key that an earlier step must have kept.
///
/// # Errors
/// Nothing was kept there, or something of another type.
pub fn require<T: DeserializeOwned>(key: &str) -> Result<T, Failure> {
    get(key)?.ok_or_else(|| {
        Failure::error(format!("the session has no `{key}`: no step before this one has set it")).code("missing-session").not_retryable()
    })
}

/// Keeps a value under a key, as JSON.
///
/// # Errors
/// The type's own `Serialize` refused.
pub fn set<T: Serialize + ?Sized>(key: &str, value: &T) -> Result<(), Failure> {
    let bytes =
        serde_json::to_vec(value).map_err(|error| wrong_value(format!("the session's `{key}` cannot be written as JSON: {error}")))?;
    platform::session_set(key, &bytes);
    Ok(())
}

/// Forgets a value.
pub fn remove(key: &str) {
    platform::session_remove(key);
}

/// The bytes under a key, as [`set_bytes`] kept them.
pub fn get_bytes(key: &str) -> Option<Vec<u8>> {
    platform::session_get(key)
}

/// Keeps bytes under a key, without any codec.
pub fn set_bytes(key: &str, value: &[u8]) {
    platform::session_set(key, value);
}
