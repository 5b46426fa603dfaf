//! One HTTP/1.1 connection, and an exchange of a request and its response over it.
//!
//! hyper splits a connection into a handle and a future that does the work. Both are held and polled together here, by whoever waits for
//! the response: nothing is spawned, and nothing is woken but the task that waits.

use std::fmt;
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};
use futures_util::future::poll_fn;
use http::{Request, response};
use http_body::{Body, Frame};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use throng_measure::Moment;
use throng_plugin_api::{Clock, Span};
use throng_protocols::http::Timings;
use tokio::net::TcpStream;
use tokio::task::unconstrained;

use crate::stream::{CountedSocket, Stream, Traffic};

/// An open connection. It is usable as long as each exchange has ended well; dropping it, or an exchange over it, closes the socket.
pub struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    driver: http1::Connection<TokioIo<Stream>, Full<Bytes>>,
    traffic: Rc<Traffic>,
    ended: bool,
    last_used: Moment,
}

/// A response, read to its last byte.
#[derive(Debug)]
pub struct Exchanged {
    /// Status and headers.
    pub head: response::Parts,
    /// The body, decoded from the transfer's framing.
    pub body: Bytes,
    /// From connection in hand: `request_sent`, `first_byte` and `last_byte`; the rest is not this exchange's to know.
    pub timings: Timings,
    /// From connection in hand to the last byte.
    pub service: Span,
}

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The connection was closed before anything of the request was sent; here it is, to be sent over another.
    #[error("the connection was closed before the request was sent")]
    NotSent {
        /// The request, as it was given.
        request: Box<Request<Full<Bytes>>>,
    },
    /// The connection was closed after some of the request was sent, before the whole response had come.
    #[error("the server closed the connection before its response was complete{}", .0.as_ref().map(|error| format!(": {}", with_causes(error))).unwrap_or_default())]
    Closed(#[source] Option<hyper::Error>),
    /// The server's bytes are not HTTP/1.1.
    #[error("the server does not answer in HTTP/1.1: {}", with_causes(.0))]
    Protocol(#[source] hyper::Error),
    /// The request cannot be sent as it is.
    #[error("the request cannot be sent: {}", with_causes(.0))]
    BadRequest(#[source] hyper::Error),
    /// The response's body is larger than allowed.
    #[error("the response's body is larger than {limit} bytes")]
    BodyTooLarge {
        /// Bytes that are allowed.
        limit: u64,
    },
}

impl Connection {
    /// Speaks HTTP/1.1 over a socket. Small writes are sent at once (TCP_NODELAY).
    ///
    /// # Errors
    /// The operating system refuses an option of the socket.
    pub async fn over_tcp(socket: TcpStream, clock: Clock) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        let (socket, traffic) = CountedSocket::new(socket);
        Self::over_stream(Stream::Plain(socket), traffic, clock).await.map_err(io::Error::other)
    }

    pub(crate) async fn over_stream(stream: Stream, traffic: Rc<Traffic>, clock: Clock) -> hyper::Result<Self> {
        let (sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
        Ok(Self { sender, driver, traffic, ended: false, last_used: clock.now() })
    }

    /// Sends a request and reads the response to its last byte. The request must have the header `host`, and its URI goes out as it is.
    ///
    /// Dropping the future leaves the connection unusable.
    ///
    /// # Errors
    /// See [`ExchangeError`]; the connection is unusable then.
    pub async fn exchange(&mut self, request: Request<Full<Bytes>>, body_limit: u64, clock: Clock) -> Result<Exchanged, ExchangeError> {
        let start = clock.now();
        let (head, incoming, request_sent) = self.send(request, clock).await?;
        let first_byte = clock.now();
        let (body, end) = match incoming.is_end_stream() {
            true => (Bytes::new(), first_byte),
            false => (self.read_body(incoming, body_limit).await?, clock.now()),
        };
        self.last_used = end;
        let timings = Timings {
            request_sent: request_sent.map(|sent| sent.since(start)),
            first_byte: Some(first_byte.since(start)),
            last_byte: Some(end.since(start)),
            ..Timings::default()
        };
        Ok(Exchanged { head, body, timings, service: Span { start, end } })
    }

    /// Whether another exchange may be tried: the last one has ended well and the connection was not seen to close.
    pub fn is_reusable(&self) -> bool {
        !self.ended && self.sender.is_ready()
    }

    /// When the last exchange ended, or the connection was opened.
    pub fn last_used(&self) -> Moment {
        self.last_used
    }

    /// Bytes sent and received on the socket since this was last asked.
    pub fn take_traffic(&self) -> (u64, u64) {
        (self.traffic.sent.take(), self.traffic.received.take())
    }

    async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
        clock: Clock,
    ) -> Result<(response::Parts, Incoming, Option<Moment>), ExchangeError> {
        let mut sent_bytes = self.traffic.sent.get();
        let mut request_sent = None;
        let mut answer = pin!(self.sender.try_send_request(request));
        // Whatever completes the answer is the driver, polled right before it with the real waker; so the answer needs none. And no task
        // budget, for a future that is out of budget says so to its waker, which nobody would hear.
        let answered = unconstrained(poll_fn(|context| {
            self.drive(context);
            if self.traffic.sent.get() != sent_bytes {
                sent_bytes = self.traffic.sent.get();
                request_sent = Some(clock.now());
            }
            match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(answered) => Poll::Ready(Some(answered)),
                Poll::Pending if self.ended => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        }))
        .await;
        match answered {
            Some(Ok(response)) => {
                let (head, body) = response.into_parts();
                Ok((head, body, request_sent))
            }
            Some(Err(mut error)) => Err(match error.take_message() {
                Some(request) => ExchangeError::NotSent { request: Box::new(request) },
                None => classified(error.into_error()),
            }),
            None => Err(ExchangeError::Closed(None)),
        }
    }

    async fn read_body(&mut self, mut incoming: Incoming, limit: u64) -> Result<Bytes, ExchangeError> {
        let declared = incoming.size_hint().exact();
        if declared.is_some_and(|declared| declared > limit) {
            return Err(ExchangeError::BodyTooLarge { limit });
        }
        // Most bodies come in one piece, which is then the body, without a copy.
        let Some(first) = self.next_data(&mut incoming).await? else {
            return Ok(Bytes::new());
        };
        if incoming.is_end_stream() && first.len() as u64 <= limit {
            return Ok(first);
        }
        let mut whole: Option<BytesMut> = None;
        let mut length = first.len() as u64;
        loop {
            if length > limit {
                return Err(ExchangeError::BodyTooLarge { limit });
            }
            let Some(data) = self.next_data(&mut incoming).await? else { break };
            length += data.len() as u64;
            let whole = whole.get_or_insert_with(|| {
                let mut whole = BytesMut::with_capacity(declared.unwrap_or(length) as usize);
                whole.extend_from_slice(&first);
                whole
            });
            whole.extend_from_slice(&data);
        }
        Ok(whole.map_or(first, BytesMut::freeze))
    }

    /// The next piece of a body; none at its end.
    async fn next_data(&mut self, incoming: &mut Incoming) -> Result<Option<Bytes>, ExchangeError> {
        loop {
            // Asking comes first, for the driver reads only what was asked for.
            let frame = unconstrained(poll_fn(|context| {
                if let Poll::Ready(frame) = poll_body(incoming) {
                    return Poll::Ready(Some(frame));
                }
                self.drive(context);
                match poll_body(incoming) {
                    Poll::Ready(frame) => Poll::Ready(Some(frame)),
                    Poll::Pending if self.ended => Poll::Ready(None),
                    Poll::Pending => Poll::Pending,
                }
            }))
            .await;
            match frame {
                Some(None) => return Ok(None),
                Some(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => return Ok(Some(data)),
                    // Trailers are read over.
                    Err(_) => continue,
                },
                Some(Some(Err(error))) => return Err(classified(error)),
                None => return Err(ExchangeError::Closed(None)),
            }
        }
    }

    fn drive(&mut self, context: &mut Context<'_>) {
        // What ended it is told to whoever waits for the answer or the body.
        if !self.ended && Pin::new(&mut self.driver).poll(context).is_ready() {
            self.ended = true;
        }
    }
}

fn poll_body(incoming: &mut Incoming) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
    Pin::new(incoming).poll_frame(&mut Context::from_waker(Waker::noop()))
}

/// Faults of the bytes themselves are the protocol's; all others come from the connection having ended.
fn classified(error: hyper::Error) -> ExchangeError {
    let cause = std::error::Error::source(&error);
    let malformed = match cause.and_then(|cause| cause.downcast_ref::<io::Error>()) {
        Some(cause) => matches!(cause.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData),
        None => cause.is_none() && !error.is_incomplete_message() && !error.is_closed() && !error.is_canceled(),
    };
    if error.is_user() {
        ExchangeError::BadRequest(error)
    } else if malformed || error.is_parse() {
        ExchangeError::Protocol(error)
    } else {
        ExchangeError::Closed(Some(error))
    }
}

/// An error with all that it was caused by: hyper says the cause apart.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Connection").field("ended", &self.ended).field("last_used", &self.last_used).finish_non_exhaustive()
    }
}
