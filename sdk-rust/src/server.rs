//! HTTP servers that steps send to, and how.

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use crate::duration::written;

/// A server that steps send to, and how they do. What is not said is as the engine has it; `docs/http.md` has all of it.
///
/// ```
/// use throng::http;
///
/// let shop = http("https://shop.example").bearer("{setting:token}").cookies().redirects(5).decompress().http2();
/// ```
#[derive(Clone, Debug)]
pub struct Server {
    pub(crate) url: String,
    /// Of each `http` step to it.
    pub(crate) options: Map<String, Json>,
    /// Beside itself.
    pub(crate) targets: Vec<String>,
}

/// The server at this URL; it becomes a target of the scenarios that use it.
pub fn http(url: impl Into<String>) -> Server {
    Server { url: url.into(), options: Map::new(), targets: Vec::new() }
}

impl Server {
    /// Scheme, host and port: what the document declares as a target.
    pub(crate) fn origin(&self) -> &str {
        let start = self.url.find("://").map_or(0, |at| at + 3);
        let end = self.url.get(start..).and_then(|rest| rest.find(['/', '?', '#'])).map_or(self.url.len(), |at| start + at);
        self.url.get(..end).unwrap_or(&self.url)
    }

    /// Who asks, by name and password: texts with holes, such as `user-{minion}` and `{setting:password}`.
    #[must_use]
    pub fn basic(self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.with("auth", json!({"basic": {"user": user.into(), "password": password.into()}}))
    }

    /// Who asks, by a token: a text with holes, such as `{setting:token}`.
    #[must_use]
    pub fn bearer(self, token: impl Into<String>) -> Self {
        self.with("auth", json!({"bearer": token.into()}))
    }

    /// Each minion keeps the cookies that it is given, and sends them back.
    #[must_use]
    pub fn cookies(self) -> Self {
        self.with("cookies", true.into())
    }

    /// So many redirects of a request are followed, at most 10.
    #[must_use]
    pub fn redirects(self, most: u32) -> Self {
        self.with("redirects", most.into())
    }

    /// Compressed bodies are asked for, and inflated.
    #[must_use]
    pub fn decompress(self) -> Self {
        self.with("decompress", true.into())
    }

    /// HTTP/2 is spoken, whose exchanges share connections.
    #[must_use]
    pub fn http2(self) -> Self {
        self.with("version", "2".into())
    }

    /// Connections go through a proxy: `http://127.0.0.1:3128`, `socks5://127.0.0.1:1080`. It becomes a target, too.
    #[must_use]
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        let url = url.into();
        let place = url.split_once("://").map_or(url.as_str(), |(_, place)| place).trim_end_matches('/');
        self.targets.push(format!("tcp://{place}"));
        self.within("proxy", "url", url.into())
    }

    /// Who the proxy is told that asks; `{setting:NAME}` is filled.
    #[must_use]
    pub fn proxy_credentials(self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.within("proxy", "user", user.into().into()).within("proxy", "password", password.into().into())
    }

    /// Minions share so many connections in the whole campaign.
    #[must_use]
    pub fn pool(self, size: u32) -> Self {
        self.with("connection", json!({"pool": {"size": size}}))
    }

    /// Minions share so many connections in the whole campaign, which are open before the load.
    #[must_use]
    pub fn warm_pool(self, size: u32) -> Self {
        self.with("connection", json!({"pool": {"size": size, "warm-up": true}}))
    }

    /// How long opening a connection may take.
    #[must_use]
    pub fn connect_timeout(self, limit: Duration) -> Self {
        self.within("timeouts", "connect", written(limit).into())
    }

    /// How long a kept connection may be unused.
    #[must_use]
    pub fn idle_timeout(self, limit: Duration) -> Self {
        self.within("timeouts", "idle", written(limit).into())
    }

    /// The bytes of a response's body that are read, at most.
    #[must_use]
    pub fn body_limit(self, bytes: u64) -> Self {
        self.with("body-limit", bytes.into())
    }

    /// Any certificate is accepted.
    #[must_use]
    pub fn insecure(self) -> Self {
        self.within("tls", "insecure", true.into())
    }

    /// The PEM file of the certificates that are trusted.
    #[must_use]
    pub fn roots(self, file: impl Into<String>) -> Self {
        self.within("tls", "roots", file.into().into())
    }

    /// The name that the server is told, and that its certificate must have.
    #[must_use]
    pub fn server_name(self, name: impl Into<String>) -> Self {
        self.within("tls", "server-name", name.into().into())
    }

    /// The PEM files of the certificate that is shown to the server, and of its key.
    #[must_use]
    pub fn certificate(self, certificate: impl Into<String>, key: impl Into<String>) -> Self {
        self.within("tls", "certificate", certificate.into().into()).within("tls", "key", key.into().into())
    }

    fn with(mut self, option: &str, value: Json) -> Self {
        self.options.insert(option.to_owned(), value);
        self
    }

    fn within(mut self, group: &str, option: &str, value: Json) -> Self {
        if let Some(options) = self.options.entry(group).or_insert_with(|| json!({})).as_object_mut() {
            options.insert(option.to_owned(), value);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_end_before_the_path() {
        let origins = ["http://127.0.0.1:8080", "https://shop/api/v1", "http://shop?a=/"].map(|url| http(url).origin().to_owned());
        assert_eq!(origins, ["http://127.0.0.1:8080", "https://shop", "http://shop"]);
    }
}
