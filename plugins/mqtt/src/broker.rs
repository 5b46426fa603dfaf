//! The broker that a step or source talks to: as the document says it, and on a worker, with the settings in it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value as Json;
use throng_broker::{Address, FixedText, Gathered, Schemes, TimeoutOptions, both, duration};
use throng_model::{ConfigFault, Targets};
use throng_plugin_api::{Clock, Files, option_fault};
use throng_sockets::{Tls, TlsOptions};

use crate::packets::Version;

/// The key of the scenario's defaults.
pub(crate) const PLUGIN: &str = "mqtt";

const SCHEMES: Schemes = Schemes { plain: ("mqtt", 1883), secure: ("mqtts", 8883) };
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// What options say about the broker.
#[derive(Clone, Copy)]
pub(crate) struct Said<'a> {
    pub(crate) url: Option<&'a str>,
    pub(crate) version: Option<&'a str>,
    pub(crate) user: Option<&'a str>,
    pub(crate) password: Option<&'a str>,
    pub(crate) keep_alive: Option<&'a str>,
    pub(crate) timeouts: Option<&'a Json>,
    pub(crate) tls: Option<&'a Json>,
}

/// What one of the kinds' options say about the broker.
macro_rules! said {
    ($options:expr) => {
        $crate::broker::Said {
            url: $options.url.as_deref(),
            version: $options.version.as_deref(),
            user: $options.user.as_deref(),
            password: $options.password.as_deref(),
            keep_alive: $options.keep_alive.as_deref(),
            timeouts: $options.timeouts.as_ref(),
            tls: $options.tls.as_ref(),
        }
    };
}
pub(crate) use said;

/// A broker as the document says it.
#[derive(Debug)]
pub(crate) struct BrokerPlan {
    pub(crate) address: Address,
    pub(crate) version: Version,
    user: Option<FixedText>,
    password: Option<FixedText>,
    keep_alive: Duration,
    connect_limit: Duration,
    pub(crate) tls: Arc<Tls>,
}

impl BrokerPlan {
    /// As the step says it, and the scenario's defaults where it does not.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn read(own: Said<'_>, defaults: Said<'_>, targets: &Targets) -> Result<Self, Vec<ConfigFault>> {
        let mut faults = Gathered::default();
        let address = faults.catch(match own.url.or(defaults.url) {
            Some(url) => Address::granted(url, &SCHEMES, targets, if own.url.is_some() { "/url" } else { "" }),
            None => {
                let hint = "add `\"url\": \"mqtt://127.0.0.1:1883\"` here, or to the scenario's `\"defaults\": {\"mqtt\": {…}}`".to_owned();
                Err(vec![option_fault("", "there is no `url`", Some(hint))])
            }
        });
        if let Some(Address { path: Some(path), .. }) = &address {
            faults.add("/url", format!("the URL of a broker has no path, such as `/{path}`"), Some("leave it out"));
        }
        let version = faults.catch(match own.version.or(defaults.version) {
            None | Some("5") => Ok(Version::Five),
            Some("3.1.1") => Ok(Version::Three),
            Some(other) => {
                let hint = Some("write `3.1.1` or `5`".to_owned());
                Err(vec![option_fault("/version", format!("there is no version `{other}`"), hint)])
            }
        });
        let text = |text: Option<&str>, pointer: &str| text.map(|text| FixedText::read(text, pointer)).transpose();
        let user = faults.catch(text(own.user.or(defaults.user), "/user"));
        let password = faults.catch(text(own.password.or(defaults.password), "/password"));
        if matches!((&user, &password), (Some(None), Some(Some(_)))) {
            faults.add("/password", "there is a password without its user", Some("add `user`"));
        }
        let keep_alive = faults.catch(keep_alive(own.keep_alive.or(defaults.keep_alive)));
        let limit = both::<TimeoutOptions>(PLUGIN, own.timeouts, defaults.timeouts, "/timeouts");
        let limit = limit.and_then(|(own, defaults)| duration(own.connect.or(defaults.connect).as_deref(), "/timeouts/connect"));
        let connect_limit = faults.catch(limit);
        let tls =
            both::<TlsOptions>(PLUGIN, own.tls, defaults.tls, "/tls").and_then(|(own, defaults)| Tls::read(own, defaults, Vec::new()));
        let tls = faults.catch(tls);
        let all = match (address, version, user, password, keep_alive, connect_limit, tls) {
            (Some(address), Some(version), Some(user), Some(password), Some(keep_alive), Some(limit), Some(tls)) => Some(Self {
                address,
                version,
                user,
                password,
                keep_alive,
                connect_limit: limit.unwrap_or(CONNECT_LIMIT),
                tls: Arc::new(tls),
            }),
            _ => None,
        };
        faults.or(all)
    }

    /// With the settings in it.
    pub(crate) fn with(&self, settings: &BTreeMap<String, String>, files: &Files) -> Broker {
        self.tls.bind(files);
        Broker {
            address: self.address.clone(),
            version: self.version,
            login: self.user.as_ref().map(|user| {
                let password = self.password.as_ref().map(|password| password.fill(settings));
                (user.fill(settings), password.unwrap_or_default())
            }),
            keep_alive: self.keep_alive,
            connect_limit: self.connect_limit,
            tls: Arc::clone(&self.tls),
        }
    }
}

fn keep_alive(text: Option<&str>) -> Result<Duration, Vec<ConfigFault>> {
    match duration(text, "/keep-alive")?.unwrap_or(KEEP_ALIVE) {
        time if time > Duration::from_secs(u16::MAX.into()) || time.subsec_nanos() > 0 => {
            let hint = Some("write it like `30s`; `0s` is never".to_owned());
            Err(vec![option_fault("/keep-alive", "a keep-alive is of whole seconds, 65535 at most", hint)])
        }
        time => Ok(time),
    }
}

/// A broker that can be connected to.
#[derive(Clone)]
pub(crate) struct Broker {
    pub(crate) address: Address,
    pub(crate) version: Version,
    pub(crate) login: Option<(String, String)>,
    /// In whole seconds; zero for never.
    pub(crate) keep_alive: Duration,
    pub(crate) connect_limit: Duration,
    pub(crate) tls: Arc<Tls>,
}

impl fmt::Debug for Broker {
    /// Without the password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Broker").field("address", &self.address).field("version", &self.version).finish_non_exhaustive()
    }
}

/// What no other connection has been told to be known by: neither of this process, nor, by the moment, of another one.
pub(crate) fn unique_client_id(prefix: &str, clock: Clock) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{prefix}-{:x}-{count}", clock.unix_time(clock.now()) & 0xffff_ffff_ffff)
}
