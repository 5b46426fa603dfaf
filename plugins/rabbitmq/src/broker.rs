//! The broker that a step or source talks to: as the document says it, and on a worker, with the settings in it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use throng_broker::{Address, FixedText, Gathered, Schemes, TimeoutOptions, both, duration};
use throng_model::{ConfigFault, Targets};
use throng_plugin_api::{Files, option_fault};
use throng_sockets::{Tls, TlsOptions};

/// The key of the scenario's defaults.
pub(crate) const PLUGIN: &str = "rabbitmq";

const SCHEMES: Schemes = Schemes { plain: ("amqp", 5672), secure: ("amqps", 5671) };
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const HEARTBEAT: Duration = Duration::from_secs(30);
const GUEST: &str = "guest";

/// What options say about the broker.
#[derive(Clone, Copy)]
pub(crate) struct Said<'a> {
    pub(crate) url: Option<&'a str>,
    pub(crate) user: Option<&'a str>,
    pub(crate) password: Option<&'a str>,
    pub(crate) heartbeat: Option<&'a str>,
    pub(crate) timeouts: Option<&'a Json>,
    pub(crate) tls: Option<&'a Json>,
}

/// What one of the kinds' options say about the broker.
macro_rules! said {
    ($options:expr) => {
        $crate::broker::Said {
            url: $options.url.as_deref(),
            user: $options.user.as_deref(),
            password: $options.password.as_deref(),
            heartbeat: $options.heartbeat.as_deref(),
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
    virtual_host: String,
    user: FixedText,
    password: FixedText,
    heartbeat: Duration,
    connect_limit: Duration,
    pub(crate) tls: Arc<Tls>,
    /// The same for steps whose connections are the same.
    pub(crate) key: String,
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
                let hint =
                    "add `\"url\": \"amqp://127.0.0.1:5672\"` here, or to the scenario's `\"defaults\": {\"rabbitmq\": {…}}`".to_owned();
                Err(vec![option_fault("", "there is no `url`", Some(hint))])
            }
        });
        let user = faults.catch(FixedText::read(own.user.or(defaults.user).unwrap_or(GUEST), "/user"));
        let password = faults.catch(FixedText::read(own.password.or(defaults.password).unwrap_or(GUEST), "/password"));
        let heartbeat = faults.catch(heartbeat(own.heartbeat.or(defaults.heartbeat)));
        let limit = both::<TimeoutOptions>(PLUGIN, own.timeouts, defaults.timeouts, "/timeouts");
        let limit = limit.and_then(|(own, defaults)| duration(own.connect.or(defaults.connect).as_deref(), "/timeouts/connect"));
        let connect_limit = faults.catch(limit);
        let tls =
            both::<TlsOptions>(PLUGIN, own.tls, defaults.tls, "/tls").and_then(|(own, defaults)| Tls::read(own, defaults, Vec::new()));
        let tls = faults.catch(tls);
        let key = json!([
            own.url.or(defaults.url),
            own.user.or(defaults.user),
            own.password.or(defaults.password),
            own.heartbeat.or(defaults.heartbeat),
            own.timeouts,
            own.tls
        ]);
        let virtual_host = match address.as_ref().map(|address| virtual_host(address.path.as_deref())) {
            Some(Err(message)) => {
                faults.add("/url", message, Some("`%2F` stands for a slash"));
                None
            }
            Some(Ok(name)) => Some(name),
            None => None,
        };
        let all = match (address, virtual_host, user, password, heartbeat, connect_limit, tls) {
            (Some(address), Some(virtual_host), Some(user), Some(password), Some(heartbeat), Some(limit), Some(tls)) => Some(Self {
                address,
                virtual_host,
                user,
                password,
                heartbeat,
                connect_limit: limit.unwrap_or(CONNECT_LIMIT),
                tls: Arc::new(tls),
                key: key.to_string(),
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
            virtual_host: self.virtual_host.clone(),
            user: self.user.fill(settings),
            password: self.password.fill(settings),
            heartbeat: self.heartbeat,
            connect_limit: self.connect_limit,
            tls: Arc::clone(&self.tls),
        }
    }
}

fn heartbeat(text: Option<&str>) -> Result<Duration, Vec<ConfigFault>> {
    match duration(text, "/heartbeat")?.unwrap_or(HEARTBEAT) {
        heartbeat if heartbeat > Duration::from_secs(u16::MAX.into()) || (heartbeat.subsec_nanos() > 0) => {
            let hint = Some("write it like `30s`; `0s` is none".to_owned());
            Err(vec![option_fault("/heartbeat", "a heartbeat is of whole seconds, 65535 at most", hint)])
        }
        heartbeat => Ok(heartbeat),
    }
}

/// The virtual host that a URL's path names, percent-decoded.
fn virtual_host(path: Option<&str>) -> Result<String, String> {
    let Some(path) = path else { return Ok("/".to_owned()) };
    let wrong = || format!("`{path}` is not the name of a virtual host");
    let mut pieces = path.split('%');
    let mut decoded = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).ok_or_else(wrong)?;
        decoded.push(u8::from_str_radix(digits, 16).map_err(|_| wrong())?);
        decoded.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(decoded).map_err(|_| wrong())
}

/// A broker that can be connected to.
#[derive(Clone)]
pub(crate) struct Broker {
    pub(crate) address: Address,
    pub(crate) virtual_host: String,
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) heartbeat: Duration,
    pub(crate) connect_limit: Duration,
    pub(crate) tls: Arc<Tls>,
}

impl fmt::Debug for Broker {
    /// Without the password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Broker").field("address", &self.address).field("user", &self.user).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn virtual_hosts_are_decoded() {
        let named = |path: &str| virtual_host(Some(path));
        assert_eq!(virtual_host(None).as_deref(), Ok("/"));
        assert_eq!(named("shop").as_deref(), Ok("shop"));
        assert_eq!(named("%2Fa%20b").as_deref(), Ok("/a b"));
        assert!(named("%2").is_err() && named("%zz").is_err() && named("%ff").is_err());
    }

    #[test]
    fn heartbeats_are_whole_seconds() {
        assert_eq!(heartbeat(None), Ok(HEARTBEAT));
        assert_eq!(heartbeat(Some("0s")), Ok(Duration::ZERO));
        assert!(heartbeat(Some("100ms")).is_err() && heartbeat(Some("48h")).is_err() && heartbeat(Some("soon")).is_err());
    }
}
