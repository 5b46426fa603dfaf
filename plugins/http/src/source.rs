//! The connections of one `http` step on one worker, which `http-with` steps use too.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};
use http::Uri;
use rustc_hash::FxHashMap;
use throng_model::Targets;
use throng_plugin_api::{AttachContext, Clock, Files, OpenError};
use throng_protocols::Failure;

use crate::ask::{Cookies, Extras, SharedJar};
use crate::connect::{ConnectError, Connector};
use crate::failure::{TARGET_NOT_GRANTED, bad_request};
use crate::lines::Lines;
use crate::options::PoolOptions;
use crate::origin::{Address, Base, Origin, Scheme};
use crate::proxy::ProxyPlan;
use crate::shelf::Shelf;
use crate::version::Version;
use throng_sockets::Tls;

/// Connections that are being opened at a time when a pool is filled: what servers of all kinds let wait to be accepted.
pub(crate) const OPENED_AT_A_TIME: usize = 64;

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
    pub(crate) extras: Extras,
    /// Shared connections, where HTTP/2 is spoken; the shelves are empty then.
    pub(crate) lines: Option<Lines>,
    /// Whether requests go out as they are encoded, and what comes back is the response.
    pub(crate) is_plain: bool,
    shelves: Shelves,
    /// The cookies of each minion that has some.
    jars: RefCell<FxHashMap<u32, SharedJar>>,
    targets: Arc<Targets>,
    /// Origins of absolute URLs beside the base's. Bounded by the targets.
    others: RefCell<Vec<Rc<Origin>>>,
}

/// What connections a step asks for, checked but not yet bound to a worker.
#[derive(Debug)]
pub(crate) struct SourcePlan {
    pub(crate) base: Base,
    pub(crate) connect_limit: Duration,
    pub(crate) idle_limit: Option<Duration>,
    pub(crate) pool: Option<PoolOptions>,
    pub(crate) version: Version,
    pub(crate) tls: Arc<Tls>,
    pub(crate) proxy: Option<ProxyPlan>,
    pub(crate) extras: Extras,
    pub(crate) targets: Arc<Targets>,
}

impl SourcePlan {
    /// Reads the certificates, if there is anything to use them for.
    ///
    /// # Errors
    /// They cannot be read, or used.
    pub(crate) fn check(&self, files: &Files) -> Result<(), OpenError> {
        self.tls.bind(files);
        if self.base.address.scheme == Scheme::Http && !self.targets.texts().any(|target| target.starts_with("https://")) {
            return Ok(());
        }
        self.tls.config().map(drop).map_err(|error| OpenError { message: error.to_string(), hint: None })
    }

    /// The connections of one worker.
    ///
    /// # Errors
    /// A name has what no header can have, or a setting is missing.
    pub(crate) fn attach(&self, context: &AttachContext<'_>) -> Result<Source, OpenError> {
        self.tls.bind(context.files);
        let origin = Origin::new(self.base.address.clone()).map_err(|error| OpenError { message: error.to_string(), hint: None })?;
        let proxy = self.proxy.as_ref().map(|proxy| proxy.attach(context.settings)).transpose()?;
        let asks_proxy = proxy.as_ref().is_some_and(|proxy| proxy.is_asked_for(&self.base.address));
        let size = self.pool.map(|pool| context.share_of(pool.size) as usize);
        Ok(Source {
            base: self.base.clone(),
            origin: Rc::new(origin),
            is_plain: !self.extras.is_any() && !asks_proxy && self.version == Version::One,
            connector: Connector { version: self.version, tls: Arc::clone(&self.tls), limit: self.connect_limit, proxy },
            idle_limit: self.idle_limit,
            extras: self.extras.clone(),
            lines: (self.version == Version::Two).then(|| Lines::new(size)),
            shelves: match size {
                Some(size) => Shelves::Pool(Rc::new(Shelf::pool(size))),
                None => Shelves::PerMinion(RefCell::default()),
            },
            jars: RefCell::default(),
            targets: Arc::clone(&self.targets),
            others: RefCell::default(),
        })
    }
}

#[derive(Debug)]
enum Shelves {
    PerMinion(RefCell<FxHashMap<u32, Rc<Shelf>>>),
    Pool(Rc<Shelf>),
}

impl Source {
    /// The cookies of a minion.
    pub(crate) fn jar(&self, minion: u32) -> SharedJar {
        Rc::clone(self.jars.borrow_mut().entry(minion).or_default())
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
        if let Some(lines) = &self.lines {
            return lines.fill(&self.connector, &self.origin, clock).await;
        }
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
        self.lines.iter().for_each(|lines| lines.close(minion));
    }

    /// Lets go of all that is a minion's own.
    pub(crate) fn minion_done(&self, minion: u32) {
        self.close(minion);
        if self.extras.cookies == Cookies::Kept {
            self.jars.borrow_mut().remove(&minion);
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
