//! Where chains outside of what minions walk begin: sources, and side trees.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::carry::{Carry, Several};
use crate::draft::Config;
use crate::duration::written;
use crate::read::Read;
use crate::server::Server;
use crate::steps::several;
use crate::{Context, Feed, Response};

/// A source written in place: called with 0, 1, 2 … it answers with one record or several; nothing ends it.
///
/// ```
/// use throng::datasource;
///
/// let even = datasource(|n| (n < 100).then_some(n * 2)); // `Option`, `Vec`, an array, or `Result` of one
/// ```
pub fn datasource<A: Several<Way>, Way>(records: impl Fn(u64) -> A + 'static) -> Feed<A::Carried> {
    let run = Box::new(move |_: &Context, value| several(records(u64::from_value(value)?)));
    Feed::begin("datasource", Config::Callback("datasource", run), Read::carried())
}

/// The beginning of a chain that runs beside the load, once, on a minion of its own: for
/// [`before_load`](crate::ScenarioBuilder::before_load), [`after_load`](crate::ScenarioBuilder::after_load) and their like.
///
/// ```
/// # use throng::{http, post, scenario, side_tree, status};
/// let shop = http("http://127.0.0.1:8080");
/// let reset = side_tree().send("reset", &shop, post("/reset")).assert("is-reset", status(204));
/// scenario("orders").before_load(reset).start();
/// ```
pub fn side_tree() -> Feed<()> {
    Feed::empty(Read::new(<() as Carry<_>>::from_value))
}

/// A request that is sent again and again: made by [`Server::poll`].
#[derive(Clone, Debug)]
#[must_use = "a poll becomes a feed by `every`"]
pub struct Poll {
    server: Server,
    path: String,
    cursor: Option<Json>,
}

impl Server {
    /// Asks for this path again and again, beside the load: `shop.poll("/shipments").every(millis(100))`.
    pub fn poll(&self, path: impl Into<String>) -> Poll {
        Poll { server: self.clone(), path: path.into(), cursor: None }
    }
}

impl Poll {
    /// Asks only for what is new: the query parameter `query` is what the last answer has under the JSON pointer `json`, at first `initial`.
    /// In the pointer, `-1` stands for a list's last item.
    ///
    /// ```
    /// # use throng::{http, millis};
    /// let shop = http("http://127.0.0.1:8080");
    /// let shipments = shop.poll("/shipments").cursor("after", "/-1/sequence", "0").every(millis(100));
    /// # drop(shipments);
    /// ```
    pub fn cursor(self, query: impl Into<String>, json: impl Into<String>, initial: impl Into<String>) -> Self {
        let cursor = json!({"query": query.into(), "json": json.into(), "initial": initial.into()});
        Self { cursor: Some(cursor), ..self }
    }

    /// The time between two requests. A poll has a connection of its own: what the server says of pools does not count here.
    pub fn every(mut self, period: Duration) -> Feed<Response> {
        self.server.options.remove("connection");
        let mut config = json!({"path": self.path, "every": written(period)});
        if let (Some(cursor), Some(config)) = (self.cursor, config.as_object_mut()) {
            config.insert("cursor".to_owned(), cursor);
        }
        Feed::begin("http-poll", Config::Constant(config), Read::carried()).served_by(&self.server)
    }
}
