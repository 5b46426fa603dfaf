//! Connections that the steps of one database share on a worker.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};
use throng_measure::Moment;
use throng_plugin_api::{Clock, Turns};

use crate::connection::Connection;
use crate::database::{Account, Database};
use crate::error::SqlError;

/// Connections that are being opened at a time when a pool is filled.
const OPENED_AT_A_TIME: usize = 16;

/// All pools of a scenario on one worker.
#[derive(Default)]
pub(crate) struct Pools {
    all: RefCell<Vec<(Key, Rc<Pool>)>>,
}

/// Steps that differ in none of these share a pool.
#[derive(Eq, PartialEq)]
struct Key {
    place: String,
    name: Option<String>,
    account: Account,
    is_secure: bool,
}

impl Pools {
    /// The pool of a database: the first step's that wanted it, or a new one.
    pub(crate) fn pool(&self, database: Database, size: u32, idle_limit: Option<Duration>) -> Rc<Pool> {
        let name = match &database.place {
            crate::address::Place::Server(server) => server.database.clone(),
            crate::address::Place::File(_) => None,
        };
        let key = Key { place: database.place.to_string(), name, account: database.account.clone(), is_secure: database.tls.is_some() };
        let mut all = self.all.borrow_mut();
        if let Some((_, pool)) = all.iter().find(|(known, _)| *known == key) {
            return Rc::clone(pool);
        }
        let turns = Turns::new(size as usize);
        let pool = Rc::new(Pool { database, size, idle_limit, turns, kept: RefCell::default() });
        all.push((key, Rc::clone(&pool)));
        pool
    }
}

/// Connections of one database, and the right to use so many of them at a time.
pub(crate) struct Pool {
    pub(crate) database: Database,
    size: u32,
    idle_limit: Option<Duration>,
    pub(crate) turns: Turns,
    /// The longest idle first.
    kept: RefCell<VecDeque<(Connection, Moment)>>,
}

impl Pool {
    /// A kept connection that can still be used. The caller has its turn, and opens one if there is none.
    pub(crate) fn take(&self, clock: Clock) -> Option<Connection> {
        let now = clock.now();
        loop {
            let (connection, last_used) = self.kept.borrow_mut().pop_back()?;
            let is_fresh = self.idle_limit.is_none_or(|limit| last_used + limit >= now);
            if is_fresh && connection.is_whole() {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection for its next use.
    pub(crate) fn put(&self, connection: Connection, clock: Clock) {
        self.kept.borrow_mut().push_back((connection, clock.now()));
    }

    /// Opens all connections.
    pub(crate) async fn fill(&self, clock: Clock) -> Result<(), SqlError> {
        let missing = (self.size as usize).saturating_sub(self.kept.borrow().len());
        let opening = iter(0..missing).map(|_| self.database.connect(clock)).buffer_unordered(OPENED_AT_A_TIME);
        let keep = async |connection| {
            self.put(connection, clock);
            Ok(())
        };
        opening.try_for_each(keep).await
    }
}
