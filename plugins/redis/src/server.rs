//! The server that a step or source talks to: as the document says it, and on a worker, with the settings in it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use throng_broker::{Address, FixedText, Gathered, Schemes, both, duration};
use throng_model::{ConfigFault, Targets};
use throng_plugin_api::{Files, option_fault};
use throng_sockets::{Tls, TlsOptions};

use crate::options::RedisTimeoutOptions;
use crate::sentinel::{Sentinel, SentinelPlan};

/// The key of the scenario's defaults.
pub(crate) const PLUGIN: &str = "redis";

pub(crate) const SCHEMES: Schemes = Schemes { plain: ("redis", 6379), secure: ("rediss", 6379) };
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// What options say about the server.
#[derive(Clone, Copy)]
pub(crate) struct Said<'a> {
    pub(crate) url: Option<&'a str>,
    pub(crate) user: Option<&'a str>,
    pub(crate) password: Option<&'a str>,
    pub(crate) timeouts: Option<&'a Json>,
    pub(crate) tls: Option<&'a Json>,
    pub(crate) sentinel: Option<&'a Json>,
}

/// What one of the kinds' options say about the server.
macro_rules! said {
    ($options:expr) => {
        $crate::server::Said {
            url: $options.url.as_deref(),
            user: $options.user.as_deref(),
            password: $options.password.as_deref(),
            timeouts: $options.timeouts.as_ref(),
            tls: $options.tls.as_ref(),
            sentinel: $options.sentinel.as_ref(),
        }
    };
}
pub(crate) use said;

/// A server as the document says it.
#[derive(Debug)]
pub(crate) struct ServerPlan {
    pub(crate) address: Address,
    database: i64,
    user: Option<FixedText>,
    password: Option<FixedText>,
    connect_limit: Duration,
    answer_limit: Duration,
    pub(crate) tls: Arc<Tls>,
    sentinel: Option<SentinelPlan>,
    /// The same for steps whose connections are the same.
    pub(crate) key: String,
}

impl ServerPlan {
    /// As the step says it, and the scenario's defaults where it does not.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn read(own: Said<'_>, defaults: Said<'_>, targets: &Targets) -> Result<Self, Vec<ConfigFault>> {
        let mut faults = Gathered::default();
        let url_place = if own.url.is_some() { "/url" } else { "" };
        let address = faults.catch(match own.url.or(defaults.url) {
            Some(url) => Address::granted(url, &SCHEMES, targets, url_place),
            None => {
                let hint =
                    "add `\"url\": \"redis://127.0.0.1:6379\"` here, or to the scenario's `\"defaults\": {\"redis\": {…}}`".to_owned();
                Err(vec![option_fault("", "there is no `url`", Some(hint))])
            }
        });
        let database = faults.catch(database(address.as_ref().and_then(|address| address.path.as_deref()), url_place));
        let text = |text: Option<&str>, pointer: &str| text.map(|text| FixedText::read(text, pointer)).transpose();
        let user = faults.catch(text(own.user.or(defaults.user), "/user"));
        let password = faults.catch(text(own.password.or(defaults.password), "/password"));
        let times = faults.catch(both::<RedisTimeoutOptions>(PLUGIN, own.timeouts, defaults.timeouts, "/timeouts")).unwrap_or_default();
        let (own_times, default_times) = times;
        let connect = faults.catch(duration(own_times.connect.or(default_times.connect).as_deref(), "/timeouts/connect"));
        let answer = faults.catch(duration(own_times.answer.or(default_times.answer).as_deref(), "/timeouts/answer"));
        let tls =
            both::<TlsOptions>(PLUGIN, own.tls, defaults.tls, "/tls").and_then(|(own, defaults)| Tls::read(own, defaults, Vec::new()));
        let tls = faults.catch(tls);
        let sentinel = faults.catch(SentinelPlan::read(own.sentinel, defaults.sentinel, targets));
        let key = json!([
            own.url.or(defaults.url),
            own.user.or(defaults.user),
            own.password.or(defaults.password),
            own.timeouts,
            own.tls,
            own.sentinel
        ]);
        let all = match (address, database, user, password, connect, answer, tls, sentinel) {
            (Some(address), Some(database), Some(user), Some(password), Some(connect), Some(answer), Some(tls), Some(sentinel)) => {
                Some(Self {
                    address,
                    database,
                    user,
                    password,
                    connect_limit: connect.unwrap_or(CONNECT_LIMIT),
                    answer_limit: answer.unwrap_or(ANSWER_LIMIT),
                    tls: Arc::new(tls),
                    sentinel,
                    key: key.to_string(),
                })
            }
            _ => None,
        };
        faults.or(all)
    }

    /// With the settings in it.
    pub(crate) fn with(&self, settings: &BTreeMap<String, String>, files: &Files) -> Server {
        self.tls.bind(files);
        Server {
            address: self.address.clone(),
            database: self.database,
            user: self.user.as_ref().map(|user| user.fill(settings)),
            password: self.password.as_ref().map(|password| password.fill(settings)),
            connect_limit: self.connect_limit,
            answer_limit: self.answer_limit,
            tls: Arc::clone(&self.tls),
            sentinel: self.sentinel.as_ref().map(|sentinel| Arc::new(sentinel.with(settings))),
        }
    }
}

/// The number of the database that a URL's path names.
fn database(path: Option<&str>, pointer: &str) -> Result<i64, Vec<ConfigFault>> {
    let Some(path) = path else { return Ok(0) };
    let number = path.parse::<u32>().map(i64::from);
    number.map_err(|_| {
        let hint = "write it like `redis://127.0.0.1:6379/2`".to_owned();
        vec![option_fault(pointer, format!("`{path}` is not the number of a database"), Some(hint))]
    })
}

/// A server that can be connected to.
#[derive(Clone)]
pub(crate) struct Server {
    /// Its own, or that of a sentinel.
    pub(crate) address: Address,
    pub(crate) database: i64,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) connect_limit: Duration,
    /// How long an answer may take.
    pub(crate) answer_limit: Duration,
    pub(crate) tls: Arc<Tls>,
    /// Who knows which server is the master, if it is not this one anyway.
    pub(crate) sentinel: Option<Arc<Sentinel>>,
}

impl fmt::Debug for Server {
    /// Without the password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Server").field("address", &self.address).field("user", &self.user).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_names_a_database() {
        assert_eq!(database(None, "/url"), Ok(0));
        assert_eq!(database(Some("12"), "/url"), Ok(12));
        let fault = database(Some("-1"), "/url").expect_err("no number").remove(0);
        assert_eq!((fault.pointer.as_str(), fault.message.as_str()), ("/url", "`-1` is not the number of a database"));
    }
}
