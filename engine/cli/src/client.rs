//! A small client of an engine's REST API, and of what is published at a URL: one connection for each request.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde_json::Value as Json;
use throng_plugin_api::Clock;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::arguments::RemoteArguments;
use crate::exit::Failure;

/// How long a connection may take to open.
const CONNECT: Duration = Duration::from_secs(10);

/// An engine elsewhere.
pub(crate) struct Client {
    base: Uri,
    token: Option<HeaderValue>,
    tls: Option<TlsConnector>,
    clock: Clock,
}

/// What the engine says.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    body: Incoming,
}

impl Client {
    /// A client of the engine that is named.
    pub(crate) fn new(arguments: &RemoteArguments) -> Result<Self, Failure> {
        let wrong =
            |why: &str| Failure::bad_input(format!("--server: `{}` {why}; write it like `http://127.0.0.1:7007`", arguments.server));
        let base: Uri = arguments.server.trim_end_matches('/').parse().map_err(|_| wrong("is no URL"))?;
        match (base.scheme_str(), base.authority()) {
            (Some("http" | "https"), Some(_)) => {}
            _ => return Err(wrong("has no scheme or no host")),
        }
        let tls = (base.scheme_str() == Some("https")).then(|| connector(arguments.ca.as_deref())).transpose()?;
        let token = arguments.token.as_ref().map(|token| HeaderValue::from_str(&format!("Bearer {token}")));
        let mut token = token.transpose().map_err(|_| Failure::bad_input("--token: it has signs that no token has"))?;
        if let Some(token) = &mut token {
            token.set_sensitive(true);
        }
        Ok(Self { base, token, tls, clock: Clock::system() })
    }

    /// A client of who answers at a URL, and the path there. The token is for the engine that the environment names, and for nobody else.
    fn at(url: &str) -> Result<(Self, String), Failure> {
        let wrong = || Failure::bad_input(format!("`{url}` is no URL; write it like `https://throng.example/plugin.wasm`"));
        let parsed: Uri = url.parse().map_err(|_| wrong())?;
        let (Some(scheme), Some(authority)) = (parsed.scheme_str(), parsed.authority()) else { return Err(wrong()) };
        let server = format!("{scheme}://{authority}");
        let said = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let is_named = said("THRONG_SERVER")
            .and_then(|named| named.parse::<Uri>().ok())
            .is_some_and(|named| named.scheme_str() == Some(scheme) && named.authority() == Some(authority));
        let token = said("THRONG_TOKEN").filter(|_| is_named);
        let client = Self::new(&RemoteArguments { server, token, ca: said("THRONG_CA").map(Into::into) })?;
        let path = parsed.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok((client, path))
    }

    /// What is at a path; an answer that is no success is a failure with what the engine says.
    pub(crate) async fn get(&self, path: &str) -> Result<Answer, Failure> {
        self.send(Method::GET, path, HeaderMap::new(), Bytes::new()).await
    }

    /// Sends a document, or nothing.
    pub(crate) async fn post(&self, path: &str, headers: HeaderMap, body: impl Into<Bytes>) -> Result<Answer, Failure> {
        self.send(Method::POST, path, headers, body.into()).await
    }

    /// Sends what changes.
    pub(crate) async fn patch(&self, path: &str, changes: String) -> Result<Answer, Failure> {
        self.send(Method::PATCH, path, one_header(header::CONTENT_TYPE, "application/merge-patch+json"), changes.into()).await
    }

    /// Deletes what is at a path.
    pub(crate) async fn delete(&self, path: &str) -> Result<Answer, Failure> {
        self.send(Method::DELETE, path, HeaderMap::new(), Bytes::new()).await
    }

    /// Sends a file's bytes.
    pub(crate) async fn post_file(&self, path: &str, bytes: impl Into<Bytes>) -> Result<Answer, Failure> {
        self.post(path, one_header(header::CONTENT_TYPE, "application/octet-stream"), bytes).await
    }

    async fn send(&self, method: Method, path: &str, headers: HeaderMap, body: Bytes) -> Result<Answer, Failure> {
        self.exchange(method, format!("{}/api/v1{path}", self.base.path().trim_end_matches('/')), headers, body).await
    }

    async fn exchange(&self, method: Method, path: String, headers: HeaderMap, body: Bytes) -> Result<Answer, Failure> {
        let unreachable = |why: &dyn std::fmt::Display| {
            Failure::engine(format!("no engine answers at {}: {why}; is `throng serve` running there?", self.base))
        };
        let authority = self.base.authority().map(ToString::to_string).unwrap_or_default();
        let usual = if self.tls.is_some() { 443 } else { 80 };
        let address = if self.base.port().is_some() { authority.clone() } else { format!("{authority}:{usual}") };
        let opened = self.clock.timeout(CONNECT, self.open(&address)).await;
        let opened = opened.unwrap_or_else(|| Err(io::Error::other("it takes too long")));
        let mut sender = opened.map_err(|error| unreachable(&error))?;
        let mut request = Request::builder().method(method).uri(path);
        if let Some(own) = request.headers_mut() {
            *own = headers;
            own.insert(header::HOST, HeaderValue::from_str(&authority).map_err(Failure::engine)?);
            if let Some(token) = &self.token {
                own.insert(header::AUTHORIZATION, token.clone());
            }
        }
        let request = request.body(Full::new(body)).map_err(Failure::bad_input)?;
        let (head, body) = sender.send_request(request).await.map_err(|error| unreachable(&error))?.into_parts();
        let answer = Answer { status: head.status, body };
        if head.status.is_success() { Ok(answer) } else { Err(answer.refusal().await) }
    }

    async fn open(&self, address: &str) -> io::Result<SendRequest<Full<Bytes>>> {
        let stream = TcpStream::connect(address).await?;
        let Some(tls) = &self.tls else { return handshake(stream).await };
        let host = self.base.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host).map_err(io::Error::other)?;
        handshake(tls.connect(name, stream).await?).await
    }
}

async fn handshake(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> io::Result<SendRequest<Full<Bytes>>> {
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    // Its failure is the answer's.
    tokio::spawn(connection);
    Ok(sender)
}

/// What is published at a URL, so many bytes at most.
pub(crate) async fn fetch(url: &str, limit: usize) -> Result<Bytes, Failure> {
    let (client, path) = Client::at(url)?;
    client.exchange(Method::GET, path, HeaderMap::new(), Bytes::new()).await?.bytes(limit).await
}

/// Trusts what this machine trusts, or one file.
fn connector(ca: Option<&Path>) -> Result<TlsConnector, Failure> {
    let mut roots = RootCertStore::empty();
    match ca {
        None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
        Some(file) => {
            let wrong = |error: &dyn std::fmt::Display| Failure::bad_input(format!("--ca: `{}`: {error}", file.display()));
            let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            roots.add_parsable_certificates(read.map_err(|error| wrong(&error))?);
        }
    }
    if roots.is_empty() {
        return Err(Failure::bad_input("there is no certificate to trust the engine by; name one with --ca"));
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions();
    let config = builder.map_err(Failure::engine)?.with_root_certificates(roots).with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

impl Answer {
    /// All of it.
    pub(crate) async fn text(self) -> Result<String, Failure> {
        let bytes = self.body.collect().await.map_err(|error| Failure::engine(format!("the engine's answer broke off: {error}")))?;
        String::from_utf8(bytes.to_bytes().to_vec()).map_err(|_| Failure::engine("the engine's answer is not UTF-8"))
    }

    /// All of it, unless that is too much.
    async fn bytes(self, limit: usize) -> Result<Bytes, Failure> {
        let failed = |error| Failure::bad_input(format!("the answer breaks off, or has more than {limit} bytes: {error}"));
        Ok(Limited::new(self.body, limit).collect().await.map_err(failed)?.to_bytes())
    }

    /// All of it, which is JSON.
    pub(crate) async fn json(self) -> Result<Json, Failure> {
        serde_json::from_str(&self.text().await?).map_err(|error| Failure::engine(format!("the engine's answer is no JSON: {error}")))
    }

    /// The next piece, as it comes.
    pub(crate) async fn piece(&mut self) -> Option<Bytes> {
        loop {
            let frame = self.body.frame().await?.ok()?;
            if let Ok(piece) = frame.into_data() {
                return Some(piece);
            }
        }
    }

    /// What the engine says is wrong: its detail, every fault, and what to do.
    async fn refusal(self) -> Failure {
        let status = self.status;
        let problem = self.json().await.unwrap_or_default();
        let text = |value: &Json, key: &str| value.get(key).and_then(Json::as_str).map(str::to_owned);
        let with_hint = |message: String, value: &Json| match text(value, "hint") {
            Some(hint) => format!("{message}; {hint}"),
            None => message,
        };
        let faults = problem.get("faults").and_then(Json::as_array).cloned().unwrap_or_default();
        let mut lines = vec![with_hint(text(&problem, "detail").unwrap_or_else(|| format!("the engine answered {status}")), &problem)];
        if !faults.is_empty() {
            lines.clear();
        }
        for fault in &faults {
            let place = text(fault, "place").filter(|place| !place.is_empty()).map(|place| format!("{place}: ")).unwrap_or_default();
            lines.push(with_hint(format!("{place}{}", text(fault, "message").unwrap_or_default()), fault));
        }
        let message = lines.join("\n");
        if status.is_server_error() { Failure::engine(message) } else { Failure::bad_input(message) }
    }
}

/// A header for requests.
pub(crate) fn one_header(name: HeaderName, value: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
}

/// A part of a path or query: what is no letter, digit or plain sign is written as its number.
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte as char),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_paths_are_encoded() {
        assert_eq!(encoded("a b/ü@1.0"), "a%20b%2F%C3%BC%401.0");
    }
}
