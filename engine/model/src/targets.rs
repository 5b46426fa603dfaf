//! The hosts that a document says it will talk to.

/// Hosts and ports that may be reached; nothing else may.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Targets {
    targets: Vec<Target>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Target {
    text: String,
    host: String,
    port: u16,
}

/// A target that cannot be understood.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{text}` is not a target: {reason}; write it like `http://127.0.0.1:8080` or `tcp://broker:9092`")]
pub struct TargetError {
    /// As written.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl Targets {
    /// Reads `scheme://host[:port]` each; the port may be left out for http, https, ws, wss, amqp, amqps, mqtt, mqtts, redis, rediss,
    /// postgresql, mysql and mariadb.
    ///
    /// # Errors
    /// All that cannot be understood.
    pub fn parse<S: AsRef<str>>(urls: &[S]) -> Result<Self, Vec<TargetError>> {
        let (targets, errors): (Vec<_>, Vec<_>) = urls.iter().map(|url| Target::parse(url.as_ref())).partition(Result::is_ok);
        match errors.is_empty() {
            true => Ok(Self { targets: targets.into_iter().flatten().collect() }),
            false => Err(errors.into_iter().filter_map(Result::err).collect()),
        }
    }

    /// Whether this host and port may be reached. Hosts are compared as written, without regard to case.
    pub fn allows(&self, host: &str, port: u16) -> bool {
        let host = unbracketed(host);
        self.targets.iter().any(|target| target.port == port && target.host.eq_ignore_ascii_case(host))
    }

    /// As written, in order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.targets.iter().map(|target| target.text.as_str())
    }

    /// Each as written, with its host (an IPv6 address without its brackets) and port.
    pub fn hosts(&self) -> impl Iterator<Item = (&str, &str, u16)> {
        self.targets.iter().map(|target| (target.text.as_str(), target.host.as_str(), target.port))
    }

    /// What to write into the document so that an address is granted, too.
    pub fn line_granting(&self, address: &str) -> String {
        let all: Vec<_> = self.texts().chain([address]).map(|target| format!("\"{target}\"")).collect();
        match all.len() {
            1 => format!("add `\"targets\": [{}]` to the document", all.join(", ")),
            _ => format!("make it `\"targets\": [{}]` in the document", all.join(", ")),
        }
    }

    /// Adds those of another document.
    pub fn extend(&mut self, other: &Self) {
        for target in &other.targets {
            if !self.targets.contains(target) {
                self.targets.push(target.clone());
            }
        }
    }
}

impl Target {
    fn parse(text: &str) -> Result<Self, TargetError> {
        let fault = |reason| TargetError { text: text.to_owned(), reason };
        let (scheme, rest) = text.split_once("://").ok_or_else(|| fault("it has no scheme"))?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(fault("user and password do not belong here"));
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, Some(port.parse().map_err(|_| fault("the port is not a number from 0 to 65535"))?))
            }
            _ => (authority, None),
        };
        if host.is_empty() {
            return Err(fault("it has no host"));
        }
        let port = port.or(default_port(scheme)).ok_or_else(|| fault("this scheme needs a port"))?;
        Ok(Self { text: text.to_owned(), host: unbracketed(host).to_owned(), port })
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        "amqp" => Some(5672),
        "amqps" => Some(5671),
        "mqtt" => Some(1883),
        "mqtts" => Some(8883),
        "redis" | "rediss" => Some(6379),
        "postgresql" | "postgres" => Some(5432),
        "mysql" | "mariadb" => Some(3306),
        _ => None,
    }
}

fn unbracketed(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_declared_is_allowed() {
        let targets = Targets::parse(&["http://127.0.0.1:8080", "https://Shop.example/path", "tcp://[::1]:9"]).expect("valid");
        assert!(targets.allows("127.0.0.1", 8080));
        assert!(targets.allows("shop.example", 443));
        assert!(targets.allows("[::1]", 9) && targets.allows("::1", 9));
        assert!(!targets.allows("127.0.0.1", 8081));
        assert!(!targets.allows("localhost", 8080));
        assert!(
            Targets::parse(&["postgresql://db", "mariadb://db"]).is_ok_and(|known| known.allows("db", 5432) && known.allows("DB", 3306))
        );
    }

    #[test]
    fn faults_say_what_is_wrong() {
        let faults = Targets::parse(&["shop", "tcp://shop", "http://:80", "http://a:b", "http://u:p@h"]).expect_err("all wrong");
        let reasons: Vec<_> = faults.iter().map(|fault| fault.reason).collect();
        assert_eq!(
            reasons,
            [
                "it has no scheme",
                "this scheme needs a port",
                "it has no host",
                "the port is not a number from 0 to 65535",
                "user and password do not belong here"
            ]
        );
    }
}
