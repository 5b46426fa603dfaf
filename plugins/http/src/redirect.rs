//! Where a response sends whoever asked, and what is asked there (RFC 9110, section 15.4).

use http::{HeaderMap, Method, Request, StatusCode, Uri, header};
use throng_protocols::Failure;
use url::Url;

use crate::failure::BAD_REDIRECT;
use crate::origin::Address;

/// The URL that a response sends to, with scheme and host; none if it sends nowhere.
///
/// # Errors
/// It is no URL that can be requested.
pub(crate) fn target(status: StatusCode, headers: &HeaderMap, asked: &Address, uri: &Uri) -> Result<Option<Uri>, Failure> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = headers.get(header::LOCATION) else { return Ok(None) };
    let wrong = |reason: &dyn std::fmt::Display| {
        let message = format!("{status} sends to `{}`, which cannot be requested: {reason}", location.as_bytes().escape_ascii());
        Failure::error(BAD_REDIRECT, message).final_()
    };
    let text = std::str::from_utf8(location.as_bytes()).map_err(|error| wrong(&error))?;
    let base = Url::parse(&format!("{asked}{}", uri.path_and_query().map_or("/", |path| path.as_str()))).map_err(|error| wrong(&error))?;
    let mut url = base.join(text).map_err(|error| wrong(&error))?;
    url.set_fragment(None);
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(&"its scheme is neither `http` nor `https`"));
    }
    url.as_str().parse().map(Some).map_err(|error: http::uri::InvalidUri| wrong(&error))
}

/// Makes a request what is asked at the place that it was sent to. Elsewhere is another scheme, host or port, which must not learn who asks.
pub(crate) fn follow<B: Default>(request: &mut Request<B>, status: StatusCode, is_elsewhere: bool) {
    let becomes_get = match status.as_u16() {
        303 => *request.method() != Method::HEAD,
        // As all clients do, whatever the first text of HTTP meant.
        301 | 302 => *request.method() == Method::POST,
        _ => false,
    };
    if becomes_get {
        *request.method_mut() = Method::GET;
        *request.body_mut() = B::default();
        for name in
            [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::CONTENT_LANGUAGE, header::CONTENT_LOCATION]
        {
            request.headers_mut().remove(name);
        }
    }
    request.headers_mut().remove(header::HOST);
    if is_elsewhere {
        for name in [header::AUTHORIZATION, header::COOKIE] {
            request.headers_mut().remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::origin::Base;

    fn sent(status: u16, location: &str) -> Result<Option<String>, Failure> {
        let asked = Base::parse("http://a:1").expect("a URL").address;
        let mut headers = HeaderMap::new();
        headers.insert(header::LOCATION, HeaderValue::from_bytes(location.as_bytes()).expect("a value"));
        let status = StatusCode::from_u16(status).expect("a status");
        Ok(target(status, &headers, &asked, &"/x/y?z".parse().expect("a path"))?.map(|uri| uri.to_string()))
    }

    #[test]
    fn places_are_relative_to_what_was_asked() {
        let to = |location: &str| sent(302, location).expect("right").expect("somewhere");
        assert_eq!(to("/b?c#d"), "http://a:1/b?c");
        assert_eq!(to("b"), "http://a:1/x/b");
        assert_eq!(to("../b"), "http://a:1/b");
        assert_eq!(to("?b"), "http://a:1/x/y?b");
        assert_eq!(to("//b/c"), "http://b/c");
        assert_eq!(to("https://b"), "https://b/");
        assert_eq!(to("/ä b"), "http://a:1/%C3%A4%20b");
        assert_eq!(sent(304, "/b").expect("right"), None);
        assert_eq!(sent(200, "/b").expect("right"), None);
        assert_eq!(sent(302, "ftp://b").expect_err("no http").code, "bad-redirect");
        assert_eq!(sent(302, "http://:x").expect_err("no URL").code, "bad-redirect");
    }

    #[test]
    fn methods_follow_their_rules() {
        let followed = |method: &str, status: u16| {
            let mut request =
                Request::builder().method(method).header("content-type", "x").header("authorization", "y").body("body").expect("right");
            follow(&mut request, StatusCode::from_u16(status).expect("a status"), status == 308);
            let names: Vec<_> = request.headers().keys().map(|name| name.as_str().to_owned()).collect();
            format!("{} {} {}", request.method(), request.body(), names.join(","))
        };
        assert_eq!(followed("POST", 301), "GET  authorization");
        assert_eq!(followed("POST", 302), "GET  authorization");
        assert_eq!(followed("PUT", 302), "PUT body content-type,authorization");
        assert_eq!(followed("PUT", 303), "GET  authorization");
        assert_eq!(followed("HEAD", 303), "HEAD body content-type,authorization");
        assert_eq!(followed("POST", 307), "POST body content-type,authorization");
        assert_eq!(followed("POST", 308), "POST body content-type");
    }
}
