//! Where requests go: scheme, host and port, and the base that relative URLs are appended to.

use std::cell::RefCell;
use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;

use http::uri::PathAndQuery;
use http::{HeaderValue, Uri};
use tokio::sync::OnceCell;

/// How bytes travel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

/// Scheme, host and port.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Address {
    pub(crate) scheme: Scheme,
    /// In lower case, as in a URL: an IPv6 address has its brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Address {
    /// The address of an absolute URL.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn of(url: &Uri) -> Result<Self, &'static str> {
        let scheme = match url.scheme_str() {
            Some("http") => Scheme::Http,
            Some("https") => Scheme::Https,
            Some(_) => return Err("the scheme is neither `http` nor `https`"),
            None => return Err("it has no scheme; write it like `http://127.0.0.1:8080`"),
        };
        let authority = url.authority().ok_or("it has no host")?;
        if authority.as_str().contains('@') {
            return Err("user and password do not belong into a URL; use the option `auth`, or the header `authorization`");
        }
        if authority.host().is_empty() {
            return Err("it has no host");
        }
        let port = match authority.port() {
            Some(port) => port.as_str().parse().map_err(|_| "the port is not a number from 0 to 65535")?,
            None if authority.as_str().len() > authority.host().len() => return Err("the port is not a number from 0 to 65535"),
            None => scheme.default_port(),
        };
        Ok(Self { scheme, host: authority.host().to_ascii_lowercase(), port })
    }

    /// For sockets and certificates: an IPv6 address without its brackets.
    pub(crate) fn bare_host(&self) -> &str {
        self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&self.host)
    }
}

impl fmt::Display for Address {
    /// As a document declares it: `http://127.0.0.1:8080`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scheme {
            Scheme::Http => write!(formatter, "http://{}:{}", self.host, self.port),
            Scheme::Https => write!(formatter, "https://{}:{}", self.host, self.port),
        }
    }
}

impl Scheme {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// An absolute URL that relative ones are appended to.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    pub(crate) address: Address,
    /// Without a slash at the end; often empty.
    pub(crate) prefix: String,
}

impl Base {
    /// Reads a base URL.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let url: Uri = text.parse().map_err(|error: http::uri::InvalidUri| error.to_string())?;
        let address = Address::of(&url)?;
        if url.query().is_some() {
            return Err("a base has no query; put it into the request's path".to_owned());
        }
        Ok(Self { address, prefix: url.path().trim_end_matches('/').to_owned() })
    }

    /// The target of a request for a relative URL.
    ///
    /// # Errors
    /// A character that cannot stand in a URL.
    pub(crate) fn join(&self, relative: &str) -> Result<Uri, http::uri::InvalidUri> {
        let is_bare = relative.is_empty() || relative.starts_with('?');
        let needs_slash = if is_bare { self.prefix.is_empty() } else { !relative.starts_with('/') };
        let mut whole = String::with_capacity(self.prefix.len() + relative.len() + 1);
        whole.push_str(&self.prefix);
        if needs_slash {
            whole.push('/');
        }
        whole.push_str(relative);
        PathAndQuery::from_maybe_shared(bytes::Bytes::from(whole)).map(Uri::from)
    }
}

/// An address on one worker, with what is known about it.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) address: Address,
    /// The value of `host`.
    pub(crate) host: HeaderValue,
    resolved: RefCell<Rc<OnceCell<Vec<SocketAddr>>>>,
}

impl Origin {
    /// Nothing is resolved yet.
    ///
    /// # Errors
    /// A character of the host cannot stand in a header.
    pub(crate) fn new(address: Address) -> Result<Self, http::header::InvalidHeaderValue> {
        let host = match address.port == address.scheme.default_port() {
            true => HeaderValue::from_str(&address.host)?,
            false => HeaderValue::from_str(&format!("{}:{}", address.host, address.port))?,
        };
        Ok(Self { address, host, resolved: RefCell::default() })
    }

    /// The cell that holds the resolved addresses: many may wait for it, one fills it.
    pub(crate) fn resolved(&self) -> Rc<OnceCell<Vec<SocketAddr>>> {
        Rc::clone(&self.resolved.borrow())
    }

    /// Resolve again next time: nobody could be reached at these.
    pub(crate) fn forget_resolved(&self) {
        self.resolved.take();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_are_read_and_joined() {
        let joined = |base: &str, relative: &str| Base::parse(base).expect("valid").join(relative).expect("valid").to_string();
        assert_eq!(joined("http://a:1", "/x?y=1"), "/x?y=1");
        assert_eq!(joined("http://a:1/", "x"), "/x");
        assert_eq!(joined("http://a:1", ""), "/");
        assert_eq!(joined("http://a:1", "?q"), "/?q");
        assert_eq!(joined("http://a:1/api/", "/x"), "/api/x");
        assert_eq!(joined("http://a:1/api", "?q"), "/api?q");
        assert_eq!(joined("http://a:1/api", ""), "/api");
        assert!(Base::parse("http://a:1").expect("valid").join("/a b").is_err());
    }

    #[test]
    fn addresses_have_a_port() {
        let address = |url: &str| Base::parse(url).map(|base| base.address.to_string());
        assert_eq!(address("http://Shop.example/x").as_deref(), Ok("http://shop.example:80"));
        assert_eq!(address("https://[::1]").as_deref(), Ok("https://[::1]:443"));
        for wrong in ["shop", "/x", "ftp://a", "http://u:p@a", "http://a:99999", "http://a:", "http://a?x", ""] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn host_header_leaves_out_what_the_scheme_says() {
        let host = |url: &str| Origin::new(Base::parse(url).expect("valid").address).expect("valid").host;
        assert_eq!(host("http://a"), "a");
        assert_eq!(host("https://a:80"), "a:80");
        assert_eq!(host("http://[::1]:8080"), "[::1]:8080");
    }
}
