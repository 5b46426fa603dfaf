//! A minion's cookies (RFC 6265), on the time of the campaign's clock.

use http::{HeaderMap, HeaderValue, header};

use crate::origin::{Address, Scheme};

/// Cookies of a jar, at most; the oldest goes.
const MOST: usize = 300;
/// Bytes of a cookie, at most; a larger one is not kept, as in browsers.
const LARGEST: usize = 4096;
const SECOND: u64 = 1_000_000_000;

/// What servers gave one minion.
#[derive(Debug, Default)]
pub(crate) struct Jar {
    /// The oldest first.
    cookies: Vec<Cookie>,
}

#[derive(Debug)]
struct Cookie {
    name: String,
    value: String,
    domain: String,
    /// Whether it is for this host alone, and not for those below it.
    is_of_host: bool,
    path: String,
    is_secure: bool,
    /// Nanoseconds since the Unix epoch; none for as long as the minion lives.
    expires: Option<u64>,
}

impl Jar {
    /// The value of `cookie` for a request to this host and path, behind what the request says itself; none if there is nothing to send.
    pub(crate) fn header(&self, own: Option<&HeaderValue>, address: &Address, path: &str, unix_time: u64) -> Option<HeaderValue> {
        let mut sent: Vec<_> = self.cookies.iter().filter(|cookie| cookie.is_for(address, path, unix_time)).collect();
        // The longest paths first; of the same, the oldest.
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let mut whole = own.map_or_else(Vec::new, |own| own.as_bytes().to_vec());
        for cookie in sent {
            if !whole.is_empty() {
                whole.extend_from_slice(b"; ");
            }
            whole.extend_from_slice(format!("{}={}", cookie.name, cookie.value).as_bytes());
        }
        if whole.is_empty() { None } else { HeaderValue::from_bytes(&whole).ok() }
    }

    /// Takes what a response gives.
    pub(crate) fn take(&mut self, headers: &HeaderMap, address: &Address, path: &str, unix_time: u64) {
        for cookie in headers.get_all(header::SET_COOKIE).iter().filter_map(|value| Cookie::read(value, address, path, unix_time)) {
            let is_same = |known: &Cookie| known.name == cookie.name && known.domain == cookie.domain && known.path == cookie.path;
            match self.cookies.iter_mut().find(|known| is_same(known)) {
                Some(known) => *known = cookie,
                None => self.cookies.push(cookie),
            }
        }
        self.cookies.retain(|cookie| !cookie.is_over(unix_time));
        let too_many = self.cookies.len().saturating_sub(MOST);
        self.cookies.drain(..too_many);
    }
}

impl Cookie {
    /// Reads a `set-cookie`; none where browsers would not keep it either.
    fn read(value: &HeaderValue, address: &Address, path: &str, unix_time: u64) -> Option<Self> {
        let text = std::str::from_utf8(value.as_bytes()).ok().filter(|text| text.len() <= LARGEST)?;
        let mut parts = text.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let host = address.bare_host();
        let mut cookie = Self {
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
            domain: host.to_owned(),
            is_of_host: true,
            path: default_path(path).to_owned(),
            is_secure: false,
            expires: None,
        };
        let mut max_age = None;
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "domain" if !value.is_empty() => {
                    cookie.domain = value.trim_start_matches('.').to_ascii_lowercase();
                    cookie.is_of_host = false;
                }
                "path" if value.starts_with('/') => cookie.path = value.to_owned(),
                "secure" => cookie.is_secure = true,
                "expires" => cookie.expires = date(value).or(cookie.expires),
                "max-age" => max_age = value.parse::<i64>().ok().or(max_age),
                _ => {}
            }
        }
        if let Some(seconds) = max_age {
            let lasts = u64::try_from(seconds).unwrap_or(0).saturating_mul(SECOND);
            cookie.expires = Some(if lasts == 0 { 0 } else { unix_time.saturating_add(lasts) });
        }
        // A domain without a dot would be for everybody, but for the host's own name.
        let may_be = cookie.domain == host || (cookie.domain.contains('.') && is_below(host, &cookie.domain));
        (may_be && !cookie.name.is_empty()).then_some(cookie)
    }

    fn is_for(&self, address: &Address, path: &str, unix_time: u64) -> bool {
        let host = address.bare_host();
        let is_of_host = self.domain == host || (!self.is_of_host && is_below(host, &self.domain));
        let is_of_path =
            path.strip_prefix(self.path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || self.path.ends_with('/'));
        is_of_host && is_of_path && (!self.is_secure || address.scheme == Scheme::Https) && !self.is_over(unix_time)
    }

    fn is_over(&self, unix_time: u64) -> bool {
        self.expires.is_some_and(|expires| expires <= unix_time)
    }
}

/// Whether a host's name is below a domain; an address is below nothing.
fn is_below(host: &str, domain: &str) -> bool {
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    !is_address && host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// The folder of a request's path.
fn default_path(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((folder, _)) if !folder.is_empty() => folder,
        _ => "/",
    }
}

/// A date as servers write it, with blanks or hyphens; in nanoseconds since the Unix epoch.
fn date(text: &str) -> Option<u64> {
    let read = |text: &str| httpdate::parse_http_date(text).ok();
    let time = read(text).or_else(|| read(&text.replace('-', " ")))?;
    let since = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Base;

    const NOW: u64 = 1_700_000_000 * SECOND;

    /// What is sent to a URL by whom these were given by another.
    fn sent(from: &str, given: &[&str], to: &str, unix_time: u64) -> String {
        let parts = |url: &str| {
            let uri: http::Uri = url.parse().expect("a URL");
            (Base::parse(url.split('?').next().expect("one")).expect("a URL").address, uri.path().to_owned())
        };
        let mut headers = HeaderMap::new();
        for cookie in given {
            headers.append(header::SET_COOKIE, cookie.parse().expect("a value"));
        }
        let mut jar = Jar::default();
        let (address, path) = parts(from);
        jar.take(&headers, &address, &path, NOW);
        let (address, path) = parts(to);
        let header = jar.header(None, &address, &path, unix_time);
        header.map(|header| header.to_str().expect("text").to_owned()).unwrap_or_default()
    }

    #[test]
    fn hosts_and_paths_decide() {
        let of = |given: &str, to: &str| sent("http://shop.example/cart/add", &[given], to, NOW);
        assert_eq!(of("a=1", "http://shop.example/cart/x"), "a=1");
        assert_eq!(of("a=1", "http://shop.example/cart"), "a=1");
        assert_eq!(of("a=1", "http://shop.example/"), "");
        assert_eq!(of("a=1; Path=/", "http://shop.example/"), "a=1");
        assert_eq!(of("a=1; Path=/ca", "http://shop.example/cart"), "");
        assert_eq!(of("a=1; Path=/", "http://eu.shop.example/"), "");
        assert_eq!(of("a=1; Path=/; Domain=.Shop.example", "http://eu.shop.example/"), "a=1");
        assert_eq!(of("a=1; Path=/; Domain=other.example", "http://other.example/"), "");
        assert_eq!(of("a=1; Path=/; Domain=example", "http://other.example/"), "");
        assert_eq!(of("a=1; Path=/; Secure", "http://shop.example/"), "");
        assert_eq!(of("a=1; Path=/; Secure", "https://shop.example/"), "a=1");
        assert_eq!(sent("http://127.0.0.1:1/", &["a=1"], "http://127.0.0.1:2/", NOW), "a=1");
        assert_eq!(sent("http://127.0.0.1/", &["a=1; domain=0.0.1"], "http://127.0.0.1/", NOW), "");
    }

    #[test]
    fn later_ones_take_the_place_of_earlier_ones() {
        assert_eq!(sent("http://a.b/c/d", &["x=1", "y=2; path=/c/d", "x=3"], "http://a.b/c/d", NOW), "y=2; x=3");
        assert_eq!(sent("http://a.b/", &["x=1", "x=; max-age=0"], "http://a.b/", NOW), "");
    }

    #[test]
    fn cookies_end() {
        let of = |given: &str, after: u64| sent("http://a.b/", &[given], "http://a.b/", NOW + after * SECOND);
        assert_eq!((of("a=1; Max-Age=10", 9), of("a=1; Max-Age=10", 10)), ("a=1".to_owned(), String::new()));
        // A minute after now.
        let date = "a=1; Expires=Tue, 14-Nov-2023 22:14:20 GMT";
        assert_eq!((of(date, 59), of(date, 60)), ("a=1".to_owned(), String::new()));
        assert_eq!(of("a=1; Expires=soon", 1_000_000), "a=1");
        assert_eq!(of("a=1; Max-Age=-1", 0), "");
    }

    #[test]
    fn a_jar_is_bounded() {
        let given: Vec<_> = (0..MOST + 5).map(|number| format!("c{number}=x")).collect();
        let given: Vec<_> = given.iter().map(String::as_str).collect();
        let sent = sent("http://a.b/", &given, "http://a.b/", NOW);
        assert!(sent.starts_with("c5=x") && sent.split("; ").count() == MOST, "{sent}");
        assert_eq!(super::tests::sent("http://a.b/", &[&format!("a={}", "x".repeat(LARGEST))], "http://a.b/", NOW), "");
    }
}
