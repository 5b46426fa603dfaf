//! Servers: one on hyper that tells what it got, and ones that follow a script of bytes.

use std::convert::Infallible;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

/// What a server has seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) connections: AtomicUsize,
    pub(crate) at_once: AtomicUsize,
    pub(crate) most_at_once: AtomicUsize,
    /// Told when a request for `/never` has come.
    pub(crate) never: Notify,
}

impl Seen {
    pub(crate) fn most_at_once(&self) -> usize {
        self.most_at_once.load(Ordering::Relaxed)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// Starts the server; answers its base URL.
pub(crate) async fn start() -> (String, Arc<Seen>) {
    serve(None).await
}

/// Starts the server behind TLS.
pub(crate) async fn serve(tls: Option<TlsAcceptor>) -> (String, Arc<Seen>) {
    serve_at(TcpListener::bind("127.0.0.1:0").await.expect("a free port"), tls)
}

/// Starts the server, which speaks HTTP/2 alone.
pub(crate) async fn serve_http_2(tls: Option<TlsAcceptor>) -> (String, Arc<Seen>) {
    serve_version(TcpListener::bind("127.0.0.1:0").await.expect("a free port"), tls, Speaks::Http2)
}

/// Starts the server at a port that is listened at already.
pub(crate) fn serve_at(listener: TcpListener, tls: Option<TlsAcceptor>) -> (String, Arc<Seen>) {
    serve_version(listener, tls, Speaks::Http1)
}

#[derive(Clone, Copy)]
enum Speaks {
    Http1,
    Http2,
}

fn serve_version(listener: TcpListener, tls: Option<TlsAcceptor>, speaks: Speaks) -> (String, Arc<Seen>) {
    let scheme = if tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}", listener.local_addr().expect("an address"));
    let seen = Arc::new(Seen::default());
    let shared = Arc::clone(&seen);
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.expect("a connection");
            let number = shared.connections.fetch_add(1, Ordering::Relaxed) + 1;
            let (seen, tls) = (Arc::clone(&shared), tls.clone());
            tokio::spawn(async move {
                match tls {
                    None => speak(socket, speaks, number, seen).await,
                    // Clients that don't trust the server leave in the handshake.
                    Some(tls) => match tls.accept(socket).await {
                        Ok(socket) => speak(socket, speaks, number, seen).await,
                        Err(_) => drop(seen),
                    },
                }
            });
        }
    });
    (url, seen)
}

async fn speak(socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, speaks: Speaks, connection: usize, seen: Arc<Seen>) {
    let service = service_fn(move |request| answer(request, connection, Arc::clone(&seen)));
    let socket = TokioIo::new(socket);
    // Clients may leave at any time.
    let _ = match speaks {
        Speaks::Http1 => http1::Builder::new().serve_connection(socket, service).await,
        Speaks::Http2 => http2::Builder::new(TokioExecutor::new()).serve_connection(socket, service).await,
    };
}

type Body = BoxBody<Bytes, Infallible>;

async fn answer(request: Request<Incoming>, connection: usize, seen: Arc<Seen>) -> Result<Response<Body>, Infallible> {
    let now = seen.at_once.fetch_add(1, Ordering::Relaxed) + 1;
    seen.most_at_once.fetch_max(now, Ordering::Relaxed);
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    let answer = route(request, connection, &seen).await;
    seen.at_once.fetch_sub(1, Ordering::Relaxed);
    Ok(answer)
}

async fn route(request: Request<Incoming>, connection: usize, seen: &Seen) -> Response<Body> {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    let body = body.collect().await.expect("a body").to_bytes();
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["", "bytes", length] => full(vec![b'x'; length.parse().expect("a length")]),
        ["", "chunks", pieces @ ..] => {
            let frames: Vec<_> = pieces.iter().map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece.as_bytes())))).collect();
            Response::new(StreamBody::new(stream::iter(frames)).boxed())
        }
        ["", "status", status] => {
            let mut response = full(Vec::new());
            *response.status_mut() = StatusCode::from_bytes(status.as_bytes()).expect("a status");
            response
        }
        ["", "redirect", status, place @ ..] => {
            let mut response = full(Vec::new());
            *response.status_mut() = StatusCode::from_bytes(status.as_bytes()).expect("a status");
            // Elsewhere, if the query says so.
            let location = head.uri.query().map_or_else(|| format!("/{}", place.join("/")), str::to_owned);
            response.headers_mut().insert("location", location.parse().expect("a value"));
            response
        }
        ["", "cookie", name, value] => {
            let mut response = full(Vec::new());
            response.headers_mut().insert("set-cookie", format!("{name}={value}; Path=/").parse().expect("a value"));
            response
        }
        ["", "gzip", length] => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(&vec![b'x'; length.parse().expect("a length")]).expect("memory");
            let mut response = full(encoder.finish().expect("memory"));
            response.headers_mut().insert("content-encoding", "gzip".parse().expect("a value"));
            response
        }
        // Five items, of which those after a number are told, two at a time.
        ["", "items"] => {
            let after = head.uri.query().and_then(|query| query.strip_prefix("after=")).map_or(0, |after| after.parse().expect("a number"));
            let items: Vec<_> = (after + 1..=5).take(2).map(|sequence: u32| json!({ "sequence": sequence })).collect();
            let last = (after + 2).min(5).to_string();
            let mut response = full(json!(items).to_string());
            response.headers_mut().insert("x-last", last.parse().expect("a value"));
            response
        }
        ["", "never"] => {
            seen.never.notify_one();
            std::future::pending().await
        }
        _ => {
            let headers: Vec<_> = head.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap_or("?"))).collect();
            let got = json!({
                "connection": connection, "method": head.method.as_str(), "target": head.uri.to_string(), "headers": headers,
                "body": String::from_utf8_lossy(&body),
            });
            full(got.to_string())
        }
    }
}

fn full(body: impl Into<Bytes>) -> Response<Body> {
    Response::new(Full::new(body.into()).boxed())
}

/// Starts a server that, for each connection, answers one request after another with these bytes, then closes it.
/// Each closed connection is told.
pub(crate) async fn scripted(connections: Vec<Vec<&'static str>>) -> (String, Arc<Notify>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let closed = Arc::new(Notify::new());
    let told = Arc::clone(&closed);
    tokio::spawn(async move {
        for answers in connections {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            for answer in answers {
                read_head(&mut socket).await;
                socket.write_all(answer.as_bytes()).await.expect("the client is there");
            }
            drop(socket);
            told.notify_one();
        }
    });
    (url, closed)
}

async fn read_head(socket: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.expect("a request"));
    }
}

/// Waits for a byte of its own to come back, so that everything that the sockets had to tell before was heard.
pub(crate) async fn let_sockets_tell() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let mut near = TcpStream::connect(listener.local_addr().expect("an address")).await.expect("a connection");
    let (mut far, _) = listener.accept().await.expect("a connection");
    near.write_all(b"x").await.expect("sent");
    far.read_u8().await.expect("received");
}
