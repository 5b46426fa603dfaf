//! The connections of one `http` step on one worker, which `http-with` steps use too.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};
use http::Uri;
use rustc_hash::FxHashMap;
use throng_model::Targets;
use throng_plugin_api::Clock;
use throng_protocols::Failure;

use crate::connect::{ConnectError, Connector};
use crate::failure::{TARGET_NOT_GRANTED, bad_request};
use crate::origin::{Address, Base, Origin};
use crate::shelf::Shelf;

/// Connections that are being opened at a time when a pool is filled: what servers of all kinds let wait to be accepted.
const OPENED_AT_A_TIME: usize = 64;

/// All sources of a scenario on one worker, by the name of their step.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    by_step: RefCell<FxHashMap<String, Rc<Source>>>,
}

impl Sources {
    pub(crate) fn add(&self, step: &str, source: Rc<Source>) {
        self.by_step.borrow_mut().insert(step.to_owned(), source);
    }

    pub(crate) fn find(&self, step: &str) -> Option<Rc<Source>> {
        self.by_step.borrow().get(step).cloned()
    }
}

/// Where the requests of a step get their connections.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) base: Base,
    /// The base's.
    pub(crate) origin: Rc<Origin>,
    pub(crate) connector: Connector,
    pub(crate) idle_limit: Option<Duration>,
    shelves: Shelves,
    targets: Arc<Targets>,
    /// Origins of absolute URLs beside the base's. Bounded by the targets.
    others: RefCell<Vec<Rc<Origin>>>,
}

#[derive(Debug)]
enum Shelves {
    PerMinion(RefCell<FxHashMap<u32, Rc<Shelf>>>),
    Pool(Rc<Shelf>),
}

impl Source {
    /// With a pool of this size, or with a connection per minion.
    pub(crate) fn new(
        base: Base,
        origin: Rc<Origin>,
        connector: Connector,
        idle_limit: Option<Duration>,
        pool: Option<u32>,
        targets: Arc<Targets>,
    ) -> Self {
        let shelves = match pool {
            Some(size) => Shelves::Pool(Rc::new(Shelf::pool(size as usize))),
            None => Shelves::PerMinion(RefCell::default()),
        };
        Self { base, origin, connector, idle_limit, shelves, targets, others: RefCell::default() }
    }

    /// Where this minion's connections are.
    pub(crate) fn shelf(&self, minion: u32) -> Rc<Shelf> {
        match &self.shelves {
            Shelves::Pool(shelf) => Rc::clone(shelf),
            Shelves::PerMinion(shelves) => Rc::clone(shelves.borrow_mut().entry(minion).or_insert_with(|| Rc::new(Shelf::for_minion()))),
        }
    }

    /// Opens all connections of a pool. They count for no visit, as no minion waits for them.
    pub(crate) async fn fill(&self, clock: Clock) -> Result<(), ConnectError> {
        let Shelves::Pool(shelf) = &self.shelves else { return Ok(()) };
        let opening = iter(0..shelf.size()).map(|_| self.connector.open(&self.origin, clock)).buffer_unordered(OPENED_AT_A_TIME);
        let keep = async |(connection, _)| {
            shelf.put(Rc::clone(&self.origin), connection);
            Ok(())
        };
        opening.try_for_each(keep).await
    }

    /// Closes a minion's own connections; one in use is closed when its exchange has ended.
    pub(crate) fn close(&self, minion: u32) {
        if let Shelves::PerMinion(shelves) = &self.shelves {
            shelves.borrow_mut().remove(&minion);
        }
    }

    /// The origin of an absolute URL, if the document grants it.
    pub(crate) fn origin_of(&self, url: &Uri) -> Result<Rc<Origin>, Failure> {
        let address = Address::of(url).map_err(|reason| bad_request(format!("`{url}` cannot be requested: {reason}")))?;
        if address == self.base.address {
            return Ok(Rc::clone(&self.origin));
        }
        if let Some(known) = self.others.borrow().iter().find(|origin| origin.address == address) {
            return Ok(Rc::clone(known));
        }
        if !self.targets.allows(&address.host, address.port) {
            let message = format!("the document does not grant {address}; {}", line_to_add(&self.targets, &address));
            return Err(Failure::error(TARGET_NOT_GRANTED, message).final_());
        }
        let origin = Origin::new(address).map_err(|error| bad_request(format!("`{url}` cannot be requested: {error}")))?;
        let origin = Rc::new(origin);
        self.others.borrow_mut().push(Rc::clone(&origin));
        Ok(origin)
    }
}

/// What to write into the document so that an address is granted.
pub(crate) fn line_to_add(targets: &Targets, address: &Address) -> String {
    targets.line_granting(&address.to_string())
}
