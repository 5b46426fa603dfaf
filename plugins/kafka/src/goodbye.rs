//! Clients that take their leave: a member leaves its group, a producer forgets what nobody waits for. That can block, so each does it on a
//! thread, and the end of a campaign waits a moment for them.

use std::sync::Arc;

use tokio::sync::watch;

/// How many clients there are still.
#[derive(Clone, Debug)]
pub(crate) struct Goodbyes {
    open: Arc<watch::Sender<usize>>,
}

/// A client that there is still; dropped when it is closed.
#[derive(Debug)]
pub(crate) struct Presence {
    open: Arc<watch::Sender<usize>>,
}

impl Default for Goodbyes {
    fn default() -> Self {
        Self { open: Arc::new(watch::Sender::new(0)) }
    }
}

impl Goodbyes {
    /// Counts one more client.
    pub(crate) fn presence(&self) -> Presence {
        self.open.send_modify(|open| *open += 1);
        Presence { open: Arc::clone(&self.open) }
    }

    /// Waits until there is none.
    pub(crate) async fn all_said(&self) {
        // The sender lives as long as this does.
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.open.send_modify(|open| *open = open.saturating_sub(1));
    }
}
