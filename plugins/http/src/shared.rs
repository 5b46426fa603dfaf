//! HTTP/2: one connection that many exchanges go over at a time.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use h2::Reason;
use h2::client::{Builder, SendRequest};
use http::{HeaderName, Request, header};
use throng_measure::Moment;
use throng_plugin_api::{Clock, Span};
use throng_protocols::http::{Headers, Timings};

use crate::connection::{ExchangeError, Exchanged};
use crate::origin::Origin;
use crate::stream::{Stream, Traffic};

/// What a server may send of one response, and of all of a connection, before it is told to go on.
const WINDOW: u32 = 1 << 20;

/// Headers that say something about a connection of HTTP/1.1, and are no part of HTTP/2.
const OF_CONNECTIONS: [HeaderName; 3] =
    [header::CONNECTION, HeaderName::from_static("keep-alive"), HeaderName::from_static("proxy-connection")];

/// An open connection. It is closed when the last clone is gone and the last exchange over it has ended.
#[derive(Clone)]
pub(crate) struct SharedConnection {
    send: SendRequest<Bytes>,
    traffic: Arc<Traffic>,
}

impl SharedConnection {
    /// Speaks HTTP/2 over a stream: a task of the worker's own drives it, as nobody else may wait for it when the server asks for a sign.
    ///
    /// # Errors
    /// The stream cannot be written to.
    pub(crate) async fn over_stream(stream: Stream, traffic: Arc<Traffic>) -> Result<Self, h2::Error> {
        let mut builder = Builder::new();
        builder.enable_push(false).initial_window_size(WINDOW).initial_connection_window_size(WINDOW);
        let (send, connection) = builder.handshake(stream).await?;
        // How it ends is told to each exchange over it.
        tokio::spawn(async move { drop(connection.await) });
        Ok(Self { send, traffic })
    }

    /// Bytes sent and received since this was last asked, by all exchanges.
    pub(crate) fn take_traffic(&self) -> (u64, u64) {
        self.traffic.take()
    }

    /// Sends a request and reads the response to its last byte.
    ///
    /// Dropping the future cancels this exchange alone.
    ///
    /// # Errors
    /// See [`ExchangeError`].
    pub(crate) async fn exchange(
        &self,
        request: &Request<Bytes>,
        origin: &Origin,
        body_limit: u64,
        clock: Clock,
    ) -> Result<Exchanged, ExchangeError> {
        let (head, body) = (head_of(request, origin)?, request.body().clone());
        let mut send = self.send.clone();
        poll_fn(|context| send.poll_ready(context)).await.map_err(|_| ExchangeError::NotSent)?;
        let (response, mut stream) = send.send_request(head, body.is_empty()).map_err(ExchangeError::of_http_2)?;
        // A server says how many exchanges it wants at a time; the others wait for their turn here.
        poll_fn(|context| send.poll_ready(context)).await.map_err(ExchangeError::of_http_2)?;
        let start = clock.now();
        if !body.is_empty() {
            stream.send_data(body, true).map_err(ExchangeError::of_http_2)?;
        }
        let request_sent = clock.now();
        let (head, mut coming) = response.await.map_err(ExchangeError::of_http_2)?.into_parts();
        let first_byte = clock.now();
        let mut body = BytesMut::new();
        while let Some(piece) = coming.data().await {
            let piece = piece.map_err(ExchangeError::of_http_2)?;
            if (body.len() + piece.len()) as u64 > body_limit {
                return Err(ExchangeError::BodyTooLarge { limit: body_limit });
            }
            body.extend_from_slice(&piece);
            coming.flow_control().release_capacity(piece.len()).map_err(ExchangeError::of_http_2)?;
        }
        let end = clock.now();
        let since_start = |moment: Moment| Some(moment.since(start));
        let timings = Timings {
            request_sent: since_start(request_sent),
            first_byte: since_start(first_byte),
            last_byte: since_start(end),
            ..Timings::default()
        };
        Ok(Exchanged {
            status: head.status,
            headers: Headers::from(head.headers),
            body: body.freeze(),
            timings,
            service: Span { start, end },
        })
    }
}

/// A request's head with its whole URL, without what belongs to connections.
fn head_of(request: &Request<Bytes>, origin: &Origin) -> Result<Request<()>, ExchangeError> {
    let mut head = Request::new(());
    *head.method_mut() = request.method().clone();
    *head.headers_mut() = request.headers().clone();
    let own_host = head.headers_mut().remove(header::HOST);
    let authority = own_host.as_ref().unwrap_or(&origin.host);
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let url = http::Uri::builder().scheme(origin.address.scheme.name()).authority(authority.as_bytes()).path_and_query(path).build();
    *head.uri_mut() = url.map_err(ExchangeError::NoUrl)?;
    for name in OF_CONNECTIONS {
        head.headers_mut().remove(name);
    }
    if !request.body().is_empty() {
        head.headers_mut().insert(header::CONTENT_LENGTH, request.body().len().into());
    }
    Ok(head)
}

impl ExchangeError {
    fn of_http_2(error: h2::Error) -> Self {
        // What a server has refused, or has not looked at before it went away, it has not processed.
        let is_untouched = error.is_remote()
            && (error.reason() == Some(Reason::REFUSED_STREAM) || (error.is_go_away() && error.reason() == Some(Reason::NO_ERROR)));
        match is_untouched {
            true => Self::NotSent,
            false if error.is_io() => Self::Closed(error.into_io()),
            false => Self::Http2(error),
        }
    }
}

impl fmt::Debug for SharedConnection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SharedConnection").finish_non_exhaustive()
    }
}
