//! What a request asks for, told from its method and path.

use std::time::Duration;

use hyper::{Method, StatusCode, Uri};

use crate::text::duration;

/// The largest body that a request can ask for.
const LARGEST: u64 = 1 << 30;

/// Where a request goes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Route<'u> {
    /// The plain answer.
    Plain,
    /// The plain answer, altered by the request.
    Altered(Knobs),
    Health,
    Stats,
    Login,
    Cart,
    PlaceOrder,
    Order(&'u str),
    Shipments {
        after: u64,
    },
}

/// What a request wants otherwise than the options say.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Knobs {
    pub(crate) status: Option<StatusCode>,
    pub(crate) delay: Option<Duration>,
    pub(crate) size: Option<u64>,
}

/// Why a request is not served.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
    /// The method that would have been right.
    pub(crate) allow: Option<&'static str>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), allow: None }
    }
}

impl<'u> Route<'u> {
    pub(crate) fn of(method: &Method, uri: &'u Uri) -> Result<Self, Refusal> {
        let path = uri.path();
        let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        match first {
            "health" => Ok(Self::Health),
            "stats" => Ok(Self::Stats),
            "login" if path == "/login" => only("POST", method, Self::Login),
            "cart" if path == "/cart" => only("POST", method, Self::Cart),
            "orders" => match path.strip_prefix("/orders/") {
                Some(order) => only("GET", method, Self::Order(order)),
                None => only("POST", method, Self::PlaceOrder),
            },
            "shipments" if path == "/shipments" => only("GET", method, Self::Shipments { after: after(uri)? }),
            "status" | "delay" | "bytes" => Ok(Self::Altered(Knobs::of(path, uri.query())?)),
            "" if uri.query().is_some() => Ok(Self::Altered(Knobs::of(path, uri.query())?)),
            _ => Ok(Self::Plain),
        }
    }
}

impl Knobs {
    /// Reads `/status/503/delay/20ms?bytes=1000`.
    fn of(path: &str, query: Option<&str>) -> Result<Self, Refusal> {
        let mut knobs = Self::default();
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        while let Some(name) = segments.next() {
            let value = segments.next().unwrap_or_default();
            if !knobs.set(name, value)? {
                return Err(bad_request(format!(
                    "`{name}` cannot be asked for; `status`, `delay` and `bytes` can, as in `/status/503/delay/20ms`"
                )));
            }
        }
        for pair in query.unwrap_or_default().split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // A client's own parameters are none of our business.
            knobs.set(name, value)?;
        }
        Ok(knobs)
    }

    /// False when there is no such knob.
    fn set(&mut self, name: &str, value: &str) -> Result<bool, Refusal> {
        match name {
            "status" => self.status = Some(status(value)?),
            "delay" => self.delay = Some(duration(value).map_err(bad_request)?),
            "bytes" => self.size = Some(size(value)?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn status(value: &str) -> Result<StatusCode, Refusal> {
    let code = value.parse().ok().filter(|code| (200..=599).contains(code));
    let code = code.and_then(|code| StatusCode::from_u16(code).ok());
    code.ok_or_else(|| bad_request("a status is a number from 200 to 599"))
}

fn size(value: &str) -> Result<u64, Refusal> {
    let size = value.parse().ok().filter(|size| *size <= LARGEST);
    size.ok_or_else(|| bad_request(format!("a number of bytes is at most {LARGEST}")))
}

fn after(uri: &Uri) -> Result<u64, Refusal> {
    let pairs = uri.query().unwrap_or_default().split('&');
    let Some(value) = pairs.filter_map(|pair| pair.strip_prefix("after=")).next_back() else { return Ok(0) };
    value.parse().map_err(|_| bad_request("`after` is the last sequence number that is known: a whole number, 0 for none"))
}

fn only<'u>(allowed: &'static str, method: &Method, route: Route<'u>) -> Result<Route<'u>, Refusal> {
    if method.as_str() == allowed {
        return Ok(route);
    }
    let message = format!("this path takes {allowed} only");
    Err(Refusal { status: StatusCode::METHOD_NOT_ALLOWED, message, allow: Some(allowed) })
}

fn bad_request(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(request: &str, expected: Result<Route<'_>, &str>) {
        let (method, path) = request.split_once(' ').expect("method and path");
        let uri: Uri = path.parse().expect("a path");
        let method: Method = method.parse().expect("a method");
        let actual = Route::of(&method, &uri);
        let actual = actual.as_ref().map_err(|refusal| refusal.message.as_str()).cloned();
        assert_eq!(actual, expected, "{request}");
    }

    fn altered(status: Option<u16>, delay: Option<u64>, size: Option<u64>) -> Result<Route<'static>, &'static str> {
        let status = status.map(|code| StatusCode::from_u16(code).expect("a status"));
        Ok(Route::Altered(Knobs { status, delay: delay.map(Duration::from_millis), size }))
    }

    #[test]
    fn the_shop_has_its_paths_and_the_rest_is_plain() {
        for path in ["GET /", "POST /items/7?status=open", "GET /loginx", "GET /login/x", "DELETE /a/status/503"] {
            check(path, Ok(Route::Plain));
        }
        check("GET /health", Ok(Route::Health));
        check("GET /stats", Ok(Route::Stats));
        check("POST /login", Ok(Route::Login));
        check("POST /cart", Ok(Route::Cart));
        check("POST /orders", Ok(Route::PlaceOrder));
        check("GET /orders/order-7", Ok(Route::Order("order-7")));
        check("GET /shipments", Ok(Route::Shipments { after: 0 }));
        check("GET /shipments?x=1&after=41", Ok(Route::Shipments { after: 41 }));
    }

    #[test]
    fn a_request_can_alter_its_answer() {
        check("GET /status/503", altered(Some(503), None, None));
        check("GET /delay/20ms", altered(None, Some(20), None));
        check("GET /bytes/1000", altered(None, None, Some(1000)));
        check("GET /status/503/delay/1s?bytes=5&mine=1", altered(Some(503), Some(1000), Some(5)));
        check("GET /?status=404&delay=2ms", altered(Some(404), Some(2), None));
    }

    #[test]
    fn what_cannot_be_done_is_refused_with_the_remedy() {
        check("GET /login", Err("this path takes POST only"));
        check("GET /orders", Err("this path takes POST only"));
        check("PUT /shipments", Err("this path takes GET only"));
        check("GET /shipments?after=x", Err("`after` is the last sequence number that is known: a whole number, 0 for none"));
        check("GET /status/100", Err("a status is a number from 200 to 599"));
        check("GET /status", Err("a status is a number from 200 to 599"));
        check("GET /delay/20", Err("a duration has a unit: write `20ms`"));
        check("GET /bytes/99999999999", Err("a number of bytes is at most 1073741824"));
        check(
            "GET /status/503/size/3",
            Err("`size` cannot be asked for; `status`, `delay` and `bytes` can, as in `/status/503/delay/20ms`"),
        );
    }
}
