//! Before every operation: who asks, whether they may, and whether they ask too often.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Shared;
use crate::access::{Scope, hash};
use crate::problem::Problem;
use crate::targets::is_loopback;

/// What an operation asks of who asks for it.
#[derive(Clone)]
pub(super) struct Gate {
    pub(super) engine: Shared,
    /// None: anybody may.
    pub(super) scope: Option<Scope>,
    pub(super) is_upload: bool,
}

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Who asks.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    /// A token's name, or an address.
    name: String,
    pub(super) scope: Scope,
}

pub(super) async fn guard(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().map_or_else(|| "unknown".to_owned(), |Peer(address)| address.to_string());
    match gate.check(request.headers(), peer).await {
        Ok(asker) => {
            request.extensions_mut().insert(asker);
            next.run(request).await
        }
        Err(problem) => {
            let is_unknown = problem.status == StatusCode::UNAUTHORIZED.as_u16();
            let mut response = problem.into_response();
            if is_unknown {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            response
        }
    }
}

impl Gate {
    async fn check(&self, headers: &HeaderMap, peer: String) -> Result<Asker, Problem> {
        let engine = &self.engine;
        let Some(needed) = self.scope else {
            self.check_rate(&peer)?;
            return Ok(Asker { name: peer, scope: Scope::Read });
        };
        let asker = match headers.get(header::AUTHORIZATION) {
            Some(sent) => self.known(sent).await.inspect_err(|_| drop(self.check_rate(&peer)))?,
            None if engine.config.tokens_needed => {
                return Err(Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "this engine knows its clients by tokens")
                    .hint("send `Authorization: Bearer TOKEN`; `throng tokens add` makes one"));
            }
            None => {
                check_local(headers)?;
                Asker { name: peer, scope: Scope::Admin }
            }
        };
        self.check_rate(&asker.name)?;
        if asker.scope < needed {
            let detail = format!("the token `{}` has the scope `{}`, and this needs `{needed}`", asker.name, asker.scope);
            return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail));
        }
        Ok(asker)
    }

    async fn known(&self, sent: &HeaderValue) -> Result<Asker, Problem> {
        let secret = sent.to_str().ok().and_then(|sent| sent.strip_prefix("Bearer ")).map(str::trim);
        let found = match secret {
            Some(secret) => self.engine.store.find_token(hash(secret), self.engine.now()).await?,
            None => None,
        };
        let unknown = || Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "the token is not known, or has expired");
        found.map(|token| Asker { name: format!("token {}", token.name), scope: token.scope }).ok_or_else(unknown)
    }

    fn check_rate(&self, who: &str) -> Result<(), Problem> {
        let now = self.engine.clock.now();
        let uploads = if self.is_upload { self.engine.uploads.take(who, now) } else { Ok(()) };
        uploads.and_then(|()| self.engine.requests.take(who, now)).map_err(|seconds| {
            let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too many requests", "more is asked than this engine answers");
            Problem {
                retry_after: Some(seconds),
                ..problem.hint("ask less often, or have `--requests-per-second` or `--uploads-per-minute` raised")
            }
        })
    }
}

/// Without a token, only programs of this machine are answered, and no page of another site that a browser of this machine shows: neither
/// directly, nor by a name that it has made to mean this machine.
fn check_local(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = text(header::HOST).unwrap_or_default();
    let is_own = |authority: &str| is_loopback(host_of(authority));
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    let origin = text(header::ORIGIN).map(|origin| origin.split_once("://").map_or(origin, |(_, authority)| authority));
    let is_foreign = site == Some("cross-site") || origin.is_some_and(|origin| origin != host);
    if is_own(host) && !is_foreign {
        return Ok(());
    }
    let problem = Problem::new(StatusCode::FORBIDDEN, "forbidden", "without a token this engine answers programs of its own machine alone");
    Err(problem.hint("call it by `127.0.0.1` or `localhost`, or send a token: `throng tokens add` makes one"))
}

fn host_of(authority: &str) -> &str {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    host.trim_start_matches('[').trim_end_matches(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_other_sites_are_refused() {
        let check = |pairs: &[(&'static str, &str)]| {
            let headers =
                pairs.iter().map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_str(value).expect("a value")));
            check_local(&headers.collect()).is_ok()
        };
        assert!(check(&[("host", "127.0.0.1:7007")]) && check(&[("host", "localhost")]) && check(&[("host", "[::1]:7007")]));
        assert!(check(&[("host", "localhost:7007"), ("origin", "http://localhost:7007"), ("sec-fetch-site", "same-origin")]));
        assert!(!check(&[("host", "evil.example:7007")]), "a name that was made to mean this machine");
        assert!(!check(&[("host", "127.0.0.1:7007"), ("origin", "https://evil.example")]));
        assert!(!check(&[("host", "127.0.0.1:7007"), ("origin", "null")]));
        assert!(!check(&[("host", "127.0.0.1:7007"), ("sec-fetch-site", "cross-site")]));
        assert!(!check(&[]));
    }
}
