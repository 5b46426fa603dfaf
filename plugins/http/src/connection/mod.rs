//! One HTTP/1.1 connection, and an exchange of a request and its response over it.
//!
//! An exchange is one future that is polled by whoever waits for the response: nothing is spawned, nothing is woken but the task that
//! waits. Bytes are read into one buffer of the worker and understood in place, so that a connection which waits holds no buffer.

mod answer;
mod chunks;
mod error;
mod head;
mod request;

use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes, BytesMut};
use http::StatusCode;
use throng_measure::Moment;
use throng_plugin_api::{Clock, Span};
use throng_protocols::http::{Headers, Timings};
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;

use self::answer::Answer;
pub use self::error::{ExchangeError, ProtocolError};
pub use self::request::Encoded;
pub(crate) use self::request::{Chunks, Head};
use crate::stream::{CountedSocket, Stream, Traffic};

/// Bytes that are read at a time.
const READ: usize = 32 * 1024;

thread_local! {
    /// What all connections of a worker read into; in use only while one of them is polled.
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ].into());
}

/// An open connection. It is usable as long as each exchange has ended well; dropping it, or an exchange over it, closes the socket.
pub struct Connection {
    stream: Stream,
    traffic: Arc<Traffic>,
    /// Read, but not yet understood: a part of a head, or what came behind a response.
    unread: BytesMut,
    usage: Usage,
    last_used: Moment,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Usage {
    /// Nothing has gone over it.
    New,
    /// The last exchange has ended well, and another may follow.
    Kept,
    /// An exchange is under way or went wrong, or one of the two sides wants to close it.
    Over,
}

/// A response, read to its last byte.
#[derive(Debug)]
pub struct Exchanged {
    /// Whether it went well, as the server says.
    pub status: StatusCode,
    /// All headers.
    pub headers: Headers,
    /// The body, decoded from the transfer's framing.
    pub body: Bytes,
    /// From connection in hand: `request_sent`, `first_byte` and `last_byte`; the rest is not this exchange's to know.
    pub timings: Timings,
    /// From connection in hand to the last byte.
    pub service: Span,
}

/// How far an exchange is.
struct Progress<'a> {
    request: &'a Encoded,
    sent: usize,
    request_sent: Option<Moment>,
    answer: Answer,
    first_byte: Option<Moment>,
    last_byte: Moment,
}

impl Connection {
    /// Speaks HTTP/1.1 over a socket. Small writes are sent at once (TCP_NODELAY).
    ///
    /// # Errors
    /// The operating system refuses an option of the socket.
    pub fn over_tcp(socket: TcpStream, clock: Clock) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        let (socket, traffic) = CountedSocket::new(socket);
        Ok(Self::over_stream(Stream::Plain(socket), traffic, clock))
    }

    pub(crate) fn over_stream(stream: Stream, traffic: Arc<Traffic>, clock: Clock) -> Self {
        Self { stream, traffic, unread: BytesMut::new(), usage: Usage::New, last_used: clock.now() }
    }

    /// Sends a request and reads the response to its last byte.
    ///
    /// Dropping the future leaves the connection unusable.
    ///
    /// # Errors
    /// See [`ExchangeError`]; the connection is unusable then.
    pub fn exchange(&mut self, request: &Encoded, body_limit: u64, clock: Clock) -> impl Future<Output = Result<Exchanged, ExchangeError>> {
        let start = clock.now();
        let mut may_be_closed = std::mem::replace(&mut self.usage, Usage::Over) == Usage::Kept;
        let answer = Answer::new(request.answer_has_no_body, body_limit);
        let mut progress = Progress { request, sent: 0, request_sent: None, answer, first_byte: None, last_byte: start };
        async move {
            poll_fn(|context| {
                if std::mem::take(&mut may_be_closed) && self.poll_closed(context) {
                    return Poll::Ready(Err(ExchangeError::NotSent));
                }
                self.poll_exchange(&mut progress, context, clock)
            })
            .await?;
            let Progress { sent, request_sent, answer, first_byte, last_byte: end, .. } = progress;
            let answered = answer.into_answered();
            if answered.is_kept && !request.is_last && sent == request.len() && self.unread.is_empty() {
                self.usage = Usage::Kept;
            }
            self.last_used = end;
            let since_start = |moment: Moment| moment.since(start);
            let timings = Timings {
                request_sent: request_sent.map(since_start),
                first_byte: first_byte.map(since_start),
                last_byte: Some(since_start(end)),
                ..Timings::default()
            };
            Ok(Exchanged { status: answered.status, headers: answered.headers, body: answered.body, timings, service: Span { start, end } })
        }
    }

    /// Whether another exchange may be tried: the last one has ended well and neither side wants to close the connection.
    pub fn is_reusable(&self) -> bool {
        self.usage != Usage::Over
    }

    /// When the last exchange ended, or the connection was opened.
    pub fn last_used(&self) -> Moment {
        self.last_used
    }

    /// Bytes sent and received on the socket since this was last asked.
    pub fn take_traffic(&self) -> (u64, u64) {
        self.traffic.take()
    }

    /// Whether something has come over a kept connection that nobody asked for: mostly its end. Where the runtime has heard of nothing,
    /// this asks nobody.
    fn poll_closed(&mut self, context: &mut Context<'_>) -> bool {
        let mut byte = [0];
        Pin::new(&mut self.stream).poll_read(context, &mut ReadBuf::new(&mut byte)).is_ready()
    }

    fn poll_exchange(&mut self, progress: &mut Progress<'_>, context: &mut Context<'_>, clock: Clock) -> Poll<Result<(), ExchangeError>> {
        if progress.request_sent.is_none() {
            match self.poll_send(progress, context) {
                Poll::Ready(Ok(())) => progress.request_sent = Some(clock.now()),
                // Whoever does not want the request to its end may say why before closing.
                Poll::Ready(Err(error)) => {
                    return self.poll_receive(progress, context, clock).map_err(|_| ExchangeError::Closed(Some(error)));
                }
                Poll::Pending => {}
            }
        }
        self.poll_receive(progress, context, clock)
    }

    fn poll_send(&mut self, progress: &mut Progress<'_>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut stream = Pin::new(&mut self.stream);
        while progress.sent < progress.request.len() {
            let written = match progress.request.after(progress.sent) {
                (head, []) => ready!(stream.as_mut().poll_write(context, head))?,
                ([], body) => ready!(stream.as_mut().poll_write(context, body))?,
                (head, body) => ready!(stream.as_mut().poll_write_vectored(context, &[IoSlice::new(head), IoSlice::new(body)]))?,
            };
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            progress.sent += written;
        }
        stream.poll_flush(context)
    }

    fn poll_receive(&mut self, progress: &mut Progress<'_>, context: &mut Context<'_>, clock: Clock) -> Poll<Result<(), ExchangeError>> {
        BUFFER.with_borrow_mut(|buffer| {
            loop {
                let mut buffer = ReadBuf::new(buffer);
                let read = ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer));
                let came = buffer.filled();
                match read {
                    Ok(()) if came.is_empty() => {
                        progress.last_byte = clock.now();
                        return Poll::Ready(progress.answer.end(&self.unread));
                    }
                    Ok(()) => {}
                    Err(error) => return Poll::Ready(Err(ExchangeError::Closed(Some(error)))),
                }
                progress.last_byte = clock.now();
                progress.first_byte.get_or_insert(progress.last_byte);
                if self.take(&mut progress.answer, came)? {
                    return Poll::Ready(Ok(()));
                }
            }
        })
    }

    /// Understands as much as can be understood; whether the answer is complete. What is left is kept.
    fn take(&mut self, answer: &mut Answer, came: &[u8]) -> Result<bool, ExchangeError> {
        let is_complete = if self.unread.is_empty() {
            let taken = answer.take(came)?;
            self.unread.extend_from_slice(came.get(taken..).unwrap_or_default());
            answer.is_complete()
        } else {
            self.unread.extend_from_slice(came);
            let taken = answer.take(&self.unread)?;
            self.unread.advance(taken);
            answer.is_complete()
        };
        if self.unread.is_empty() {
            self.unread = BytesMut::new();
        }
        Ok(is_complete)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Connection").field("usage", &self.usage).field("last_used", &self.last_used).finish_non_exhaustive()
    }
}
