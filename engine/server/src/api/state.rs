//! What every operation is given.

use std::sync::Arc;

use crate::engine::Engine;

/// The engine.
pub(crate) type Shared = Arc<Engine>;
