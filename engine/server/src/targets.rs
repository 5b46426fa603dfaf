//! Whom campaigns may talk to, as the operator says it; nobody but this machine unless something is said.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use throng_model::{Fault, Scenario};

/// Whom campaigns may talk to.
#[derive(Clone, Debug, Default)]
pub struct AllowedTargets {
    patterns: Vec<Pattern>,
}

/// A host, or a domain with all below it, and its port; every port when none.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Pattern {
    host: Host,
    port: Option<u16>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Host {
    Any,
    Exactly(String),
    /// `*.shop.example`: with the dot.
    Below(String),
}

/// A pattern of targets that cannot be understood.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is no pattern of targets; write `HOST`, `HOST:PORT`, `*.DOMAIN` or `*`, such as `shop.example:443`")]
pub struct AllowedTargetsError(String);

impl AllowedTargets {
    /// Reads patterns: a host, `*.` and a domain, or `*` for all, with a port behind a colon or without. This machine itself is always allowed.
    ///
    /// # Errors
    /// The first that cannot be understood.
    pub fn parse<S: AsRef<str>>(patterns: &[S]) -> Result<Self, AllowedTargetsError> {
        let patterns = patterns.iter().map(|pattern| pattern.as_ref().parse()).collect::<Result<_, _>>()?;
        Ok(Self { patterns })
    }

    /// Whether a host and port may be reached.
    pub fn allows(&self, host: &str, port: u16) -> bool {
        is_loopback(host) || self.patterns.iter().any(|pattern| pattern.fits(host, port))
    }

    /// As they are written; empty when only this machine is allowed.
    pub fn texts(&self) -> Vec<String> {
        self.patterns.iter().map(ToString::to_string).collect()
    }

    /// A fault for each target of a scenario that is not allowed.
    pub(crate) fn faults(&self, scenario: &Scenario) -> Vec<Fault> {
        let refused = scenario.targets.hosts().filter(|(_, host, port)| !self.allows(host, *port));
        let told = refused.map(|(text, ..)| {
            let hint = format!("whoever runs it can allow it: `throng serve --allow-target {}`", text.split("://").last().unwrap_or(text));
            let mut fault = Fault::new("", format!("the target `{text}` is not allowed on this engine"), Some(hint));
            fault.place.scenario = Some(scenario.name.clone());
            fault
        });
        told.collect()
    }
}

impl Pattern {
    fn fits(&self, host: &str, port: u16) -> bool {
        let host_fits = match &self.host {
            Host::Any => true,
            Host::Exactly(name) => name.eq_ignore_ascii_case(host),
            Host::Below(domain) => host.to_ascii_lowercase().ends_with(domain.as_str()) && host.len() > domain.len(),
        };
        host_fits && self.port.is_none_or(|own| own == port)
    }
}

impl FromStr for Pattern {
    type Err = AllowedTargetsError;

    fn from_str(text: &str) -> Result<Self, AllowedTargetsError> {
        let wrong = || AllowedTargetsError(text.to_owned());
        let (host, port) = match text.rsplit_once(':') {
            // An IPv6 address without a port.
            _ if text.parse::<IpAddr>().is_ok() => (text, None),
            Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().map_err(|_| wrong())?)),
            _ => (text, None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let is_name = |name: &str| !name.is_empty() && !name.contains(['/', '*', '@', ' ', '?', '#']);
        let host = match host.strip_prefix('*') {
            Some("") => Host::Any,
            Some(domain) if domain.strip_prefix('.').is_some_and(is_name) => Host::Below(domain.to_owned()),
            None if is_name(&host) => Host::Exactly(host),
            _ => return Err(wrong()),
        };
        Ok(Self { host, port })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Any => formatter.write_str("*")?,
            Host::Exactly(name) if name.contains(':') => write!(formatter, "[{name}]")?,
            Host::Exactly(name) => formatter.write_str(name)?,
            Host::Below(domain) => write!(formatter, "*{domain}")?,
        }
        self.port.map_or(Ok(()), |port| write!(formatter, ":{port}"))
    }
}

/// `localhost` and the addresses of this machine itself. Other names may come to mean it, which nobody can rely on.
pub(crate) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_unless_something_is_said() {
        let none = AllowedTargets::default();
        assert!(none.allows("127.0.0.1", 8080) && none.allows("localhost", 1) && none.allows("::1", 443) && none.allows("127.8.8.8", 1));
        assert!(!none.allows("shop.example", 443) && !none.allows("0.0.0.0", 80) && !none.allows("localhost.example", 80));
    }

    #[test]
    fn patterns_say_who() {
        let allowed = AllowedTargets::parse(&["shop.example:443", "*.lab.example", "[2001:db8::1]:80", "10.0.0.1"]).expect("patterns");
        for (host, port, expected) in [
            ("shop.example", 443, true),
            ("SHOP.example", 443, true),
            ("shop.example", 80, false),
            ("a.lab.example", 1, true),
            ("a.b.lab.example", 9, true),
            ("lab.example", 9, false),
            ("notlab.example", 9, false),
            ("2001:db8::1", 80, true),
            ("10.0.0.1", 5, true),
            ("10.0.0.2", 5, false),
        ] {
            assert_eq!(allowed.allows(host, port), expected, "{host}:{port}");
        }
        assert_eq!(allowed.texts(), ["shop.example:443", "*.lab.example", "[2001:db8::1]:80", "10.0.0.1"]);
        assert!(AllowedTargets::parse(&["*:80"]).expect("all").allows("anything", 80));
    }

    #[test]
    fn what_is_no_pattern_is_said() {
        for wrong in ["", "http://shop.example", "a*b", "shop:port", "*shop"] {
            let error = AllowedTargets::parse(&[wrong]).expect_err(wrong);
            assert!(error.to_string().starts_with(&format!("`{wrong}` is no pattern")), "{error}");
        }
    }
}
