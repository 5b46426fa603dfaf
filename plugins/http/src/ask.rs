//! A request with all that a step does around it: who asks, cookies, redirects, proxies, inflating, versions of HTTP.
//!
//! A step that asks for none of it does not come here: what is off costs one comparison.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, Uri, header};
use throng_plugin_api::{Span, Visit, after_others};
use throng_protocols::Failure;
use throng_protocols::http::{Headers, Timings};

use crate::answer::Outgoing;
use crate::auth::Auth;
use crate::connection::{Encoded, Exchanged};
use crate::cookies::Jar;
use crate::exchange::{send, turn};
use crate::failure::{TOO_MANY_REDIRECTS, bad_request};
use crate::inflate::{ACCEPTED, inflate};
use crate::meters::HttpMeters;
use crate::origin::Origin;
use crate::redirect::{follow, target};
use crate::source::Source;

/// What a step does around its requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extras {
    pub(crate) auth: Option<Auth>,
    pub(crate) cookies: Cookies,
    /// How many redirects are followed, at most.
    pub(crate) redirects: u32,
    pub(crate) bodies: Bodies,
}

/// What becomes of cookies.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Cookies {
    #[default]
    Ignored,
    Kept,
}

/// How bodies are taken.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Bodies {
    #[default]
    AsTheyCome,
    Inflated,
}

impl Extras {
    /// Whether there is anything to do.
    pub(crate) fn is_any(&self) -> bool {
        self.auth.is_some() || self.cookies == Cookies::Kept || self.redirects > 0 || self.bodies == Bodies::Inflated
    }
}

/// A response to keep, and how long it took.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: Headers,
    pub(crate) body: Bytes,
    /// Of the last exchange.
    pub(crate) timings: Timings,
    /// From the first exchange's start to the end of the last.
    pub(crate) service: Span,
}

/// Sends a request, and follows where it leads.
pub(crate) async fn ask(
    source: &Source,
    outgoing: Outgoing,
    body_limit: u64,
    meters: &HttpMeters,
    visit: &Visit<'_>,
) -> Result<Answered, Failure> {
    let Outgoing { mut origin, mut request } = outgoing;
    let (clock, extras) = (visit.clock(), &source.extras);
    let jar = (extras.cookies == Cookies::Kept).then(|| source.jar(visit.context.minion));
    if let Some(auth) = &extras.auth
        && Rc::ptr_eq(&origin, &source.origin)
        && !request.headers().contains_key(header::AUTHORIZATION)
    {
        request.headers_mut().insert(header::AUTHORIZATION, auth.header(visit)?);
    }
    if extras.bodies == Bodies::Inflated {
        request.headers_mut().entry(header::ACCEPT_ENCODING).or_insert(HeaderValue::from_static(ACCEPTED));
    }
    let mut own_cookies = request.headers().get(header::COOKIE).cloned();
    let (mut followed, mut start) = (0, None);
    loop {
        let now = clock.unix_time(clock.now());
        if let Some(header) =
            jar.as_ref().and_then(|jar| jar.borrow().header(own_cookies.as_ref(), &origin.address, request.uri().path(), now))
        {
            request.headers_mut().insert(header::COOKIE, header);
        }
        let (exchanged, timings) = once(source, &origin, &request, body_limit, meters, visit).await?;
        let Exchanged { status, headers, body, service, .. } = exchanged;
        let start = *start.get_or_insert(service.start);
        if let Some(jar) = &jar {
            let now = clock.unix_time(clock.now());
            jar.borrow_mut().take(headers.map(), &origin.address, request.uri().path(), now);
        }
        let next = if extras.redirects > 0 { target(status, headers.map(), &origin.address, request.uri())? } else { None };
        let Some(url) = next else {
            let body = if extras.bodies == Bodies::Inflated { inflate(headers.map(), &body, body_limit)? } else { body };
            return Ok(Answered { status, headers, body, timings, service: Span { start, ..service } });
        };
        if followed == extras.redirects {
            let message =
                format!("{followed} redirects were followed, and the last response sends on to `{url}`; `redirects` allows up to 10");
            return Err(Failure::error(TOO_MANY_REDIRECTS, message).final_());
        }
        followed += 1;
        meters.redirected(visit);
        let from = std::mem::replace(&mut origin, source.origin_of(&url)?);
        let is_elsewhere = !Rc::ptr_eq(&from, &origin);
        // The jar's cookies are those of the next place.
        own_cookies = own_cookies.filter(|_| !is_elsewhere);
        match &own_cookies {
            Some(own) => drop(request.headers_mut().insert(header::COOKIE, own.clone())),
            None => drop(request.headers_mut().remove(header::COOKIE)),
        }
        follow(&mut request, status, is_elsewhere);
        *request.uri_mut() = url.path_and_query().cloned().map(Uri::from).unwrap_or_default();
    }
}

/// One exchange.
async fn once(
    source: &Source,
    origin: &Rc<Origin>,
    request: &Request<Bytes>,
    body_limit: u64,
    meters: &HttpMeters,
    visit: &Visit<'_>,
) -> Result<(Exchanged, Timings), Failure> {
    if let Some(lines) = &source.lines {
        return lines.send(source, origin, request, body_limit, meters, visit).await;
    }
    let encoded = match source.connector.proxy.as_ref().filter(|proxy| proxy.is_asked_for(&origin.address)) {
        None => Encoded::new(request, &origin.host),
        Some(proxy) => {
            let mut asked = request.clone();
            let url = format!("{}{}", origin.address, request.uri());
            *asked.uri_mut() = url.parse().map_err(|error| bad_request(format!("`{url}` cannot be requested: {error}")))?;
            if let Some(authorization) = proxy.authorization() {
                asked.headers_mut().insert(header::PROXY_AUTHORIZATION, authorization.clone());
            }
            Encoded::new(&asked, &origin.host)
        }
    };
    let shelf = source.shelf(visit.context.minion);
    let (_turn, waited) = turn(&shelf, meters, visit).await;
    // Who has waited is behind the others anyhow.
    if !waited {
        after_others().await;
    }
    let kept = shelf.take(origin, visit.clock(), source.idle_limit);
    let sent = send(source, origin, &encoded, kept, body_limit, meters, visit).await?;
    if sent.connection.is_reusable() {
        shelf.put(Rc::clone(origin), sent.connection);
    }
    Ok((sent.exchanged, sent.timings))
}

/// A jar that a minion's requests share.
pub(crate) type SharedJar = Rc<RefCell<Jar>>;
