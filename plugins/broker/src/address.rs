//! Where a broker is: the scheme, host and port of its URL, and what comes behind them.

use std::fmt;

use throng_model::{ConfigFault, Targets};
use throng_plugin_api::option_fault;

/// The schemes of a protocol, each with its usual port.
#[derive(Clone, Copy, Debug)]
pub struct Schemes {
    /// Without TLS.
    pub plain: (&'static str, u16),
    /// With it.
    pub secure: (&'static str, u16),
}

/// Whether bytes travel over TLS.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Security {
    /// They do not.
    Plain,
    /// They do.
    Tls,
}

/// A broker's place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Address {
    /// As in its URL.
    pub scheme: &'static str,
    /// What the scheme says.
    pub security: Security,
    /// In lower case; an IPv6 address without its brackets.
    pub host: String,
    /// The URL's, or the scheme's.
    pub port: u16,
    /// What is behind the port, without its slash; none if there is none.
    pub path: Option<String>,
}

impl Address {
    /// Reads a URL, and looks whether the document grants it.
    ///
    /// # Errors
    /// It is no URL of this protocol, or not among the targets.
    pub fn granted(url: &str, schemes: &Schemes, targets: &Targets, pointer: &str) -> Result<Self, Vec<ConfigFault>> {
        let (scheme, port) = schemes.plain;
        let address = Self::parse(url, schemes).map_err(|reason| {
            let hint = format!("write it like `{scheme}://127.0.0.1:{port}`");
            vec![option_fault(pointer, format!("`{url}` is not the URL of a broker: {reason}"), Some(hint))]
        })?;
        if !targets.allows(&address.host, address.port) {
            let message = format!("the document does not declare the target {address}");
            return Err(vec![option_fault(pointer, message, Some(targets.line_granting(&address.to_string())))]);
        }
        Ok(address)
    }

    /// Reads a URL, whoever grants it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(url: &str, schemes: &Schemes) -> Result<Self, String> {
        let named = [(schemes.plain, Security::Plain), (schemes.secure, Security::Tls)];
        let known = format!("the scheme is neither `{}` nor `{}`", schemes.plain.0, schemes.secure.0);
        let (scheme, rest) = url.split_once("://").ok_or("it has no scheme")?;
        let ((scheme, usual_port), security) = named.into_iter().find(|((name, _), _)| name.eq_ignore_ascii_case(scheme)).ok_or(known)?;
        if rest.contains(['?', '#']) {
            return Err("it has more than a path; what else is to be said has options of its own".to_owned());
        }
        let (authority, path) = rest.split_once('/').map_or((rest, None), |(authority, path)| (authority, Some(path)));
        if authority.contains('@') {
            return Err("user and password do not belong into a URL; they have the options `user` and `password`".to_owned());
        }
        let bad_port = || "the port is not a number from 0 to 65535".to_owned();
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| bad_port())?),
            _ => (authority, usual_port),
        };
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() {
            return Err("it has no host".to_owned());
        }
        let path = path.filter(|path| !path.is_empty()).map(str::to_owned);
        Ok(Self { scheme, security, host: host.to_ascii_lowercase(), port, path })
    }
}

impl fmt::Display for Address {
    /// As a document declares it: `amqp://127.0.0.1:5672`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(formatter, "{}://[{}]:{}", self.scheme, self.host, self.port),
            false => write!(formatter, "{}://{}:{}", self.scheme, self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMES: Schemes = Schemes { plain: ("amqp", 5672), secure: ("amqps", 5671) };

    fn read(url: &str) -> String {
        match Address::parse(url, &SCHEMES) {
            Ok(address) => format!("{address} {:?} {:?}", address.security, address.path),
            Err(reason) => reason,
        }
    }

    #[test]
    fn urls_of_brokers() {
        assert_eq!(read("amqp://Broker.example"), "amqp://broker.example:5672 Plain None");
        assert_eq!(read("amqps://a/shop"), "amqps://a:5671 Tls Some(\"shop\")");
        assert_eq!(read("amqp://[::1]:5/"), "amqp://[::1]:5 Plain None");
        assert_eq!(read("amqp://[::1]"), "amqp://[::1]:5672 Plain None");
        assert_eq!(read("http://a"), "the scheme is neither `amqp` nor `amqps`");
        assert_eq!(read("a:5672"), "it has no scheme");
        assert_eq!(read("amqp://:5672"), "it has no host");
        assert_eq!(read("amqp://a:99999"), "the port is not a number from 0 to 65535");
        assert!(read("amqp://u:p@a").contains("`user` and `password`"));
        assert!(read("amqp://a?heartbeat=1").contains("options of its own"));
    }

    #[test]
    fn only_targets_are_granted() {
        let targets = Targets::parse(&["amqp://a:5672"]).expect("a target");
        assert!(Address::granted("amqp://A", &SCHEMES, &targets, "/url").is_ok());
        let faults = Address::granted("amqp://b", &SCHEMES, &targets, "/url").expect_err("another");
        assert_eq!(faults[0].message, "the document does not declare the target amqp://b:5672");
        assert_eq!(faults[0].hint.as_deref(), Some("make it `\"targets\": [\"amqp://a:5672\", \"amqp://b:5672\"]` in the document"));
    }
}
