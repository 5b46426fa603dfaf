//! Files that bodies are made of, read before the load.

use std::io::Read as _;

use bytes::Bytes;
use throng_plugin_api::{Files, OpenError};

/// Bytes of a file, at most: each worker holds them.
const LIMIT: u64 = 256 << 20;

/// Reads a file that the document names.
///
/// # Errors
/// It may not be read, cannot be, or is too large.
pub(crate) fn read_file(file: &str, files: &Files) -> Result<Bytes, OpenError> {
    let read = || {
        let mut bytes = Vec::new();
        std::fs::File::open(files.path(file)?)?.take(LIMIT + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error: std::io::Error| OpenError {
        message: format!("the file `{file}` of the request cannot be read: {error}"),
        hint: Some("relative paths begin at the folder of the scenario's file".to_owned()),
    })?;
    match bytes.len() as u64 > LIMIT {
        true => Err(OpenError { message: format!("the file `{file}` of the request has more than {} MiB", LIMIT >> 20), hint: None }),
        false => Ok(bytes.into()),
    }
}
