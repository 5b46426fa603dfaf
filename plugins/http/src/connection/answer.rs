//! A response while it comes: first its head, then its body, in pieces as the network cuts them.

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use throng_protocols::http::Headers;

use super::chunks::Chunks;
use super::error::{ExchangeError, ProtocolError};
use super::head::{self, Framing, Head};

/// Room that is made for a body before it has come, at most: a length is only a promise.
const ROOM: u64 = 1 << 20;

/// What has come so far.
#[derive(Debug)]
pub(super) struct Answer {
    has_no_body: bool,
    body_limit: u64,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Head,
    Body(Coming),
    Complete(Answered),
}

/// A body of which some may be missing.
#[derive(Debug)]
struct Coming {
    head: Head,
    headers: Headers,
    body: BytesMut,
    chunks: Chunks,
}

/// A whole response.
#[derive(Debug, Default)]
pub(super) struct Answered {
    pub(super) status: StatusCode,
    pub(super) headers: Headers,
    pub(super) body: Bytes,
    /// Whether the server keeps the connection.
    pub(super) is_kept: bool,
}

impl Answer {
    pub(super) fn new(has_no_body: bool, body_limit: u64) -> Self {
        Self { has_no_body, body_limit, stage: Stage::Head }
    }

    pub(super) fn is_complete(&self) -> bool {
        matches!(self.stage, Stage::Complete(_))
    }

    /// The whole response; what has come of it, if it is not complete.
    pub(super) fn into_answered(self) -> Answered {
        match self.stage {
            Stage::Complete(answered) => answered,
            Stage::Head | Stage::Body(_) => Answered::default(),
        }
    }

    /// Takes bytes in; answers how many of them it understood. A head is understood as a whole only.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<usize, ExchangeError> {
        let mut taken = 0;
        while let Stage::Head = self.stage {
            let rest = bytes.get(taken..).unwrap_or_default();
            let Some(head) = head::parse(rest, self.has_no_body)? else { return Ok(taken) };
            taken += match head.status {
                StatusCode::SWITCHING_PROTOCOLS => return Err(ProtocolError::Upgrade.into()),
                // What is only for information is read over: the response comes behind it.
                status if status.is_informational() => head.length,
                _ => self.begin(head, rest)?,
            };
        }
        taken += self.take_body(bytes.get(taken..).unwrap_or_default())?;
        Ok(taken)
    }

    /// The connection has ended; `unread` is what was not understood.
    pub(super) fn end(&mut self, unread: &[u8]) -> Result<(), ExchangeError> {
        match std::mem::replace(&mut self.stage, Stage::Head) {
            Stage::Body(coming) if coming.head.framing == Framing::UntilClosed && unread.is_empty() => {
                self.stage = Stage::Complete(coming.complete());
                Ok(())
            }
            _ => Err(ExchangeError::Closed(None)),
        }
    }

    /// A head has come, the first of these bytes. If the body is there too, both are one piece of memory.
    fn begin(&mut self, head: Head, bytes: &[u8]) -> Result<usize, ExchangeError> {
        let mut room = 0;
        if let Framing::Length(length) = head.framing {
            self.check(length)?;
            let whole = usize::try_from(length).ok().and_then(|length| bytes.get(..head.length + length));
            if let Some(whole) = whole {
                let mut kept = Bytes::copy_from_slice(whole);
                let body = kept.split_off(head.length);
                let answered = Answered { status: head.status, headers: Headers::of_response(kept), body, is_kept: head.is_kept };
                self.stage = Stage::Complete(answered);
                return Ok(whole.len());
            }
            room = length.min(ROOM) as usize;
        }
        let taken = head.length;
        let headers = Headers::of_response(Bytes::copy_from_slice(bytes.get(..taken).unwrap_or_default()));
        self.stage = Stage::Body(Coming { head, headers, body: BytesMut::with_capacity(room), chunks: Chunks::default() });
        Ok(taken)
    }

    fn take_body(&mut self, bytes: &[u8]) -> Result<usize, ExchangeError> {
        let Stage::Body(Coming { head, body, chunks, .. }) = &mut self.stage else { return Ok(0) };
        let (taken, is_complete) = match head.framing {
            Framing::Chunked => {
                let taken = chunks.take(bytes, |data| body.extend_from_slice(data))?;
                (taken, chunks.is_done())
            }
            Framing::Length(length) => {
                let missing = usize::try_from(length).unwrap_or(usize::MAX).saturating_sub(body.len());
                let here = bytes.get(..missing).unwrap_or(bytes);
                body.extend_from_slice(here);
                (here.len(), here.len() == missing)
            }
            Framing::UntilClosed => {
                body.extend_from_slice(bytes);
                (bytes.len(), false)
            }
        };
        let length = body.len() as u64;
        self.check(length)?;
        if is_complete && let Stage::Body(coming) = std::mem::replace(&mut self.stage, Stage::Head) {
            self.stage = Stage::Complete(coming.complete());
        }
        Ok(taken)
    }

    fn check(&self, length: u64) -> Result<(), ExchangeError> {
        if length > self.body_limit { Err(ExchangeError::BodyTooLarge { limit: self.body_limit }) } else { Ok(()) }
    }
}

impl Coming {
    fn complete(self) -> Answered {
        Answered { status: self.head.status, headers: self.headers, body: self.body.freeze(), is_kept: self.head.is_kept }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of bytes that come in pieces of this size; and how many were not understood.
    fn answered(text: &str, piece: usize) -> Result<(u16, String, usize), ExchangeError> {
        let mut answer = Answer::new(false, 100);
        let mut unread = Vec::new();
        for piece in text.as_bytes().chunks(piece) {
            unread.extend_from_slice(piece);
            let taken = answer.take(&unread)?;
            unread.drain(..taken);
        }
        if !answer.is_complete() {
            answer.end(&unread)?;
        }
        let answered = answer.into_answered();
        Ok((answered.status.as_u16(), String::from_utf8_lossy(&answered.body).into_owned(), unread.len()))
    }

    #[test]
    fn pieces_of_any_size_make_the_same_response() {
        let cases = [
            ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", (200, "hello", 0)),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: x\r\n\r\nHTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n",
                (404, "", 0),
            ),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", (200, "abc", 0)),
            ("HTTP/1.1 200 OK\r\n\r\nuntil the end", (200, "until the end", 0)),
            ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi and more", (200, "hi", 9)),
        ];
        for (text, (status, body, left)) in cases {
            for piece in 1..=text.len() {
                assert_eq!(answered(text, piece).ok(), Some((status, body.to_owned(), left)), "{piece} bytes at a time of {text:?}");
            }
        }
    }

    #[test]
    fn responses_that_end_too_early_are_told() {
        for text in [
            "",
            "HTTP/1.1 200",
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\na",
        ] {
            assert!(matches!(answered(text, 7), Err(ExchangeError::Closed(None))), "{text:?}");
        }
        assert!(matches!(answered("HTTP/1.1 101 Switching\r\n\r\n", 50), Err(ExchangeError::Protocol(ProtocolError::Upgrade))));
    }

    #[test]
    fn no_more_is_kept_than_allowed() {
        let text = |head: &str, body: usize| format!("HTTP/1.1 200 OK\r\n{head}\r\n{}", "x".repeat(body));
        let too_large = |text: String| matches!(answered(&text, 64), Err(ExchangeError::BodyTooLarge { limit: 100 }));
        assert!(!too_large(text("content-length: 100\r\n", 100)));
        assert!(too_large(text("content-length: 101\r\n", 0)));
        assert!(too_large(text("", 101)));
        assert!(too_large(text("transfer-encoding: chunked\r\n\r\n80", 128)));
    }
}
