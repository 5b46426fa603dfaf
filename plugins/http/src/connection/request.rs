//! A request as the bytes that go over the wire.

use std::num::NonZeroUsize;

use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderValue, Method, Request};

/// Bodies up to this length are copied behind the head, so that one write sends both.
const COPIED: usize = 4096;

/// Has the body of a request sent in pieces of this size (RFC 9112, section 7.1), without its length: an extension of the request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunks(pub(crate) NonZeroUsize);

/// A request, encoded.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// The head; and the body, if it is small.
    pub(super) head: Bytes,
    /// The rest.
    pub(super) body: Bytes,
    /// Whether the answer has no body, whatever its headers say.
    pub(super) answer_has_no_body: bool,
    /// Whether the connection ends with it.
    pub(super) is_last: bool,
}

/// A request's head, written line by line. What goes in is sent as it is: whoever writes has checked it.
#[derive(Debug)]
pub(crate) struct Head {
    bytes: BytesMut,
    is_head: bool,
    /// Whether the method is one whose empty bodies servers wait for, unless they are told.
    promises_body: bool,
    has_host: bool,
    has_length: bool,
    is_last: bool,
}

impl Head {
    /// The first line. `room` is for the headers and a small body, in bytes; more is possible.
    pub(crate) fn new(method: &Method, target: &str, room: usize) -> Self {
        let mut bytes = BytesMut::with_capacity(method.as_str().len() + target.len() + room + 128);
        bytes.put_slice(method.as_str().as_bytes());
        bytes.put_u8(b' ');
        bytes.put_slice(target.as_bytes());
        bytes.put_slice(b" HTTP/1.1\r\n");
        Self {
            bytes,
            is_head: *method == Method::HEAD,
            promises_body: matches!(*method, Method::POST | Method::PUT | Method::PATCH),
            has_host: false,
            has_length: false,
            is_last: false,
        }
    }

    /// A header.
    pub(crate) fn header(&mut self, name: &str, value: &[u8]) {
        // Few names are as long as these, so that most are compared with none.
        match name.len() {
            4 if name.eq_ignore_ascii_case("host") => self.has_host = true,
            10 if name.eq_ignore_ascii_case("connection") => self.is_last |= super::head::says([value], "close"),
            14 if name.eq_ignore_ascii_case("content-length") => self.has_length = true,
            _ => {}
        }
        self.bytes.put_slice(name.as_bytes());
        self.bytes.put_slice(b": ");
        self.bytes.put_slice(value);
        self.bytes.put_slice(b"\r\n");
    }

    /// The end of the head, and the body in chunks.
    fn end_chunked(mut self, host: &HeaderValue, body: &Bytes, Chunks(size): Chunks) -> Encoded {
        self.header("transfer-encoding", b"chunked");
        self.has_length = true;
        let mut chunked = BytesMut::with_capacity(body.len() + 20 * (body.len() / size + 1));
        for chunk in body.chunks(size.get()) {
            chunked.put_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            chunked.put_slice(chunk);
            chunked.put_slice(b"\r\n");
        }
        chunked.put_slice(b"0\r\n\r\n");
        self.end(host, &chunked.freeze())
    }

    /// The end of the head, and the body. The headers `host` and `content-length` are added if they are not there.
    pub(crate) fn end(mut self, host: &HeaderValue, body: &Bytes) -> Encoded {
        if !self.has_host {
            self.header("host", host.as_bytes());
        }
        if !self.has_length && (self.promises_body || !body.is_empty()) {
            self.header("content-length", body.len().to_string().as_bytes());
        }
        self.bytes.put_slice(b"\r\n");
        let copied = body.len() <= COPIED;
        if copied {
            self.bytes.put_slice(body);
        }
        Encoded {
            head: self.bytes.freeze(),
            body: if copied { Bytes::new() } else { body.clone() },
            answer_has_no_body: self.is_head,
            is_last: self.is_last,
        }
    }
}

impl Encoded {
    /// Encodes a request. Its target goes out as it is.
    pub fn new(request: &Request<Bytes>, host: &HeaderValue) -> Self {
        let (body, headers) = (request.body(), request.headers());
        let lines: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        let room = lines + body.len().min(COPIED);
        let mut head = match request.uri().path_and_query() {
            Some(target) if request.uri().scheme().is_none() => Head::new(request.method(), target.as_str(), room),
            _ => Head::new(request.method(), &request.uri().to_string(), room),
        };
        headers.iter().for_each(|(name, value)| head.header(name.as_str(), value.as_bytes()));
        match request.extensions().get::<Chunks>() {
            None => head.end(host, body),
            Some(chunks) => head.end_chunked(host, body, *chunks),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.head.len() + self.body.len()
    }

    /// What is left to send, in at most two pieces.
    pub(super) fn after(&self, sent: usize) -> (&[u8], &[u8]) {
        let head = self.head.get(sent..).unwrap_or_default();
        let body = self.body.get(sent.saturating_sub(self.head.len())..).unwrap_or_default();
        (head, body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: HeaderValue = HeaderValue::from_static("h");

    fn encoded(method: &str, header: (&str, &str), body: &'static str) -> Encoded {
        let request = Request::builder().method(method).uri("/a?b=c").header(header.0, header.1).body(Bytes::from_static(body.as_bytes()));
        Encoded::new(&request.expect("a request"), &HOST)
    }

    #[test]
    fn heads_and_small_bodies_are_one_piece() {
        assert_eq!(encoded("GET", ("a", "1"), "").head, "GET /a?b=c HTTP/1.1\r\na: 1\r\nhost: h\r\n\r\n");
        assert_eq!(encoded("PUT", ("host", "x"), "xy").head, "PUT /a?b=c HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nxy");
        assert!(encoded("HEAD", ("a", "1"), "").answer_has_no_body);
    }

    #[test]
    fn servers_that_wait_for_a_body_are_told_of_its_length_once() {
        assert_eq!(encoded("POST", ("a", "1"), "").head, "POST /a?b=c HTTP/1.1\r\na: 1\r\nhost: h\r\ncontent-length: 0\r\n\r\n");
        assert_eq!(encoded("POST", ("content-length", "0"), "").head, "POST /a?b=c HTTP/1.1\r\ncontent-length: 0\r\nhost: h\r\n\r\n");
    }

    #[test]
    fn a_connection_ends_with_a_request_that_says_so() {
        assert!(encoded("GET", ("connection", "x, Close"), "").is_last);
        assert!(!encoded("GET", ("connection", "keep-alive"), "").is_last);
    }

    #[test]
    fn chunks_have_their_lengths() {
        let mut request = Request::post("/").body(Bytes::from_static(b"0123456789abcdefXY")).expect("a request");
        request.extensions_mut().insert(Chunks(NonZeroUsize::new(16).expect("some")));
        let encoded = Encoded::new(&request, &HOST).head;
        assert_eq!(
            encoded,
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\nhost: h\r\n\r\n10\r\n0123456789abcdef\r\n2\r\nXY\r\n0\r\n\r\n"
        );
    }

    #[test]
    fn large_bodies_are_not_copied() {
        let body = Bytes::from(vec![b'x'; COPIED + 1]);
        let encoded = Encoded::new(&Request::new(body.clone()), &HOST);
        assert_eq!(encoded.body.as_ptr(), body.as_ptr());
        let head = encoded.head.len();
        assert_eq!(encoded.after(3).0.len() + 3, head);
        assert_eq!((encoded.after(head + 10).0.len(), encoded.after(head + 10).1.len()), (0, COPIED - 9));
        assert_eq!(encoded.after(encoded.len()), (&b""[..], &b""[..]));
    }
}
