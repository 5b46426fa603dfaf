//! The sandbox that all tests of a process share.

use std::sync::{Mutex, PoisonError};

use throng_guest::{Sandbox, SandboxConfig, SandboxError};

/// The process's sandbox, made when it is first asked for.
pub(crate) fn sandbox() -> Result<Sandbox, SandboxError> {
    static SHARED: Mutex<Option<Sandbox>> = Mutex::new(None);
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(sandbox) = &*shared {
        return Ok(sandbox.clone());
    }
    let sandbox = Sandbox::new(SandboxConfig::default())?;
    *shared = Some(sandbox.clone());
    Ok(sandbox)
}
