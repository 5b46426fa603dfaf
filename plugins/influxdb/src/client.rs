//! A connection to the server, which is opened when it is needed, and kept.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::InvalidHeaderValue;
use http::{HeaderValue, Method, Request, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use throng_broker::{Socket, connect_failure};
use throng_plugin_api::{Clock, OpenError};

use crate::answer::Answer;
use crate::options::{Credentials, ExportPlan, Secret};

/// Answers are short; what is longer is none.
const LONGEST_ANSWER: usize = 1 << 20;

/// Why there is no answer; the server may be there later.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    #[error("{0}")]
    Unreachable(String),
    #[error("no connection to {place} within {limit:?}; `connect-timeout` allows more")]
    TooLongToConnect { place: String, limit: Duration },
    #[error("{place} does not answer within {limit:?}; `timeout` allows more")]
    TooLong { place: String, limit: Duration },
    #[error("{place} has closed the connection: {source}")]
    Closed { place: String, source: hyper::Error },
    #[error("the answer of {place} cannot be read: {message}")]
    Unreadable { place: String, message: String },
    #[error("the request cannot be made: {0}")]
    Request(#[from] http::Error),
}

/// A client of one server.
pub(crate) struct Client {
    plan: Arc<ExportPlan>,
    authorization: Option<HeaderValue>,
    clock: Clock,
    kept: Option<SendRequest<Full<Bytes>>>,
}

/// What is sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    pub(crate) bytes: Bytes,
    pub(crate) is_compressed: bool,
}

impl Client {
    /// Nothing is opened yet; passwords and tokens are looked for now.
    ///
    /// # Errors
    /// There is no such secret, or one that no header can carry.
    pub(crate) fn new(plan: Arc<ExportPlan>, clock: Clock) -> Result<Self, OpenError> {
        let authorization = authorization(&plan.credentials)?;
        Ok(Self { plan, authorization, clock, kept: None })
    }

    /// Sends something to a path, and waits for the answer.
    ///
    /// # Errors
    /// There is none.
    pub(crate) async fn post(&mut self, path: &str, content: &Content) -> Result<Answer, NoAnswer> {
        // Taken out: a connection that is given up half-way is not used again.
        let mut sender = match self.kept.take().filter(|kept| !kept.is_closed()) {
            Some(kept) => kept,
            None => self.connect().await?,
        };
        let request = self.request(path, content)?;
        let exchange = async {
            let closed = |source| NoAnswer::Closed { place: self.plan.place.to_string(), source };
            sender.ready().await.map_err(closed)?;
            let (head, body) = sender.send_request(request).await.map_err(closed)?.into_parts();
            let body = Limited::new(body, LONGEST_ANSWER).collect().await;
            let unreadable = |error: Box<dyn std::error::Error + Send + Sync>| NoAnswer::Unreadable {
                place: self.plan.place.to_string(),
                message: error.to_string(),
            };
            Ok((Answer::new(head.status, &head.headers, &body.map_err(unreadable)?.to_bytes()), sender))
        };
        let limit = self.plan.answer_limit;
        let answered = self.clock.timeout(limit, exchange).await;
        let (answer, sender) = answered.unwrap_or_else(|| Err(NoAnswer::TooLong { place: self.plan.place.to_string(), limit }))?;
        self.kept = Some(sender);
        Ok(answer)
    }

    fn request(&self, path: &str, content: &Content) -> Result<Request<Full<Bytes>>, http::Error> {
        let address = &self.plan.place.address;
        let host = if address.host.contains(':') { format!("[{}]", address.host) } else { address.host.clone() };
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::HOST, format!("{host}:{}", address.port))
            .header(header::USER_AGENT, concat!("throng/", env!("CARGO_PKG_VERSION")))
            .header(header::CONTENT_TYPE, "text/plain; charset=utf-8");
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        if content.is_compressed {
            request = request.header(header::CONTENT_ENCODING, "gzip");
        }
        request.body(Full::new(content.bytes.clone()))
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, NoAnswer> {
        let (place, limit) = (&self.plan.place, self.plan.connect_limit);
        let socket = Socket::open(&place.address, &self.plan.tls, limit).await.map_err(|error| match error.kind() {
            std::io::ErrorKind::TimedOut => NoAnswer::TooLongToConnect { place: place.to_string(), limit },
            _ => NoAnswer::Unreachable(connect_failure(&place.address, &error).message),
        })?;
        let (sender, connection) =
            handshake(TokioIo::new(socket)).await.map_err(|source| NoAnswer::Closed { place: place.to_string(), source })?;
        // Its failure is that of the exchange that it breaks.
        tokio::spawn(connection);
        Ok(sender)
    }
}

fn authorization(credentials: &Credentials) -> Result<Option<HeaderValue>, OpenError> {
    let value = match credentials {
        Credentials::None => return Ok(None),
        Credentials::User { name, password } => {
            let password = password.as_ref().map(Secret::reveal).transpose()?.unwrap_or_default();
            format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
        }
        Credentials::Token(token) => format!("Token {}", token.reveal()?),
    };
    let unfit = |_: InvalidHeaderValue| OpenError { message: "the token has signs that no header can carry".to_owned(), hint: None };
    let mut value = HeaderValue::from_str(&value).map_err(unfit)?;
    value.set_sensitive(true);
    Ok(Some(value))
}
