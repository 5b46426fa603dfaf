//! Where open connections wait for their next use: a minion's own, or a pool's.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use throng_plugin_api::{Clock, Turns};

use crate::connection::Connection;
use crate::origin::Origin;

/// Open connections and the right to use so many of them at a time.
#[derive(Debug)]
pub(crate) struct Shelf {
    pub(crate) turns: Turns,
    /// Connections in use and kept may not be more together; none: one kept for each origin, which the targets bound.
    size: Option<usize>,
    /// The longest idle first.
    kept: RefCell<VecDeque<(Rc<Origin>, Box<Connection>)>>,
}

impl Shelf {
    /// For one minion: one use at a time.
    pub(crate) fn for_minion() -> Self {
        Self { turns: Turns::new(1), size: None, kept: RefCell::default() }
    }

    /// For all: so many connections at most.
    pub(crate) fn pool(size: usize) -> Self {
        Self { turns: Turns::new(size), size: Some(size), kept: RefCell::default() }
    }

    /// How many connections there can be; one where they belong to a minion.
    pub(crate) fn size(&self) -> usize {
        self.size.unwrap_or(1)
    }

    /// A kept connection to an origin; those that were idle for too long are closed. The caller has its turn, and opens one if there is none:
    /// room for that is made here.
    pub(crate) fn take(&self, origin: &Rc<Origin>, clock: Clock, idle_limit: Option<Duration>) -> Option<Box<Connection>> {
        let mut kept = self.kept.borrow_mut();
        if let Some(limit) = idle_limit {
            let now = clock.now();
            while kept.front().is_some_and(|(_, connection)| connection.last_used() + limit < now) {
                kept.pop_front();
            }
        }
        let found = kept.iter().rposition(|(kept, _)| Rc::ptr_eq(kept, origin));
        if let Some(position) = found {
            return kept.remove(position).map(|(_, connection)| connection);
        }
        if let Some(size) = self.size {
            let in_use = size - self.turns.free();
            if in_use + kept.len() > size {
                kept.pop_front();
            }
        }
        None
    }

    /// Keeps a connection for its next use.
    pub(crate) fn put(&self, origin: Rc<Origin>, connection: Box<Connection>) {
        self.kept.borrow_mut().push_back((origin, connection));
    }
}
