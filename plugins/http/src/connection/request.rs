//! A request as the bytes that go over the wire.

use bytes::{BufMut as _, Bytes, BytesMut};
use http::{Method, Request, header};

/// Bodies up to this length are copied behind the head, so that one write sends both.
const COPIED: usize = 4096;

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

impl Encoded {
    /// Encodes a request. Its target goes out as it is, and it must have the header `host`; `content-length` is added where there is a body.
    pub fn new(request: &Request<Bytes>) -> Self {
        let (body, headers) = (request.body(), request.headers());
        let lines: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        let mut head = BytesMut::with_capacity(lines + body.len().min(COPIED) + 128);
        head.put_slice(request.method().as_str().as_bytes());
        head.put_u8(b' ');
        match request.uri().path_and_query() {
            Some(target) if request.uri().scheme().is_none() => head.put_slice(target.as_str().as_bytes()),
            _ => head.put_slice(request.uri().to_string().as_bytes()),
        }
        head.put_slice(b" HTTP/1.1\r\n");
        for (name, value) in headers {
            put_header(&mut head, name.as_str(), value.as_bytes());
        }
        if !body.is_empty() && !headers.contains_key(header::CONTENT_LENGTH) {
            put_header(&mut head, "content-length", body.len().to_string().as_bytes());
        }
        head.put_slice(b"\r\n");
        let copied = body.len() <= COPIED;
        if copied {
            head.put_slice(body);
        }
        Self {
            head: head.freeze(),
            body: if copied { Bytes::new() } else { body.clone() },
            answer_has_no_body: request.method() == Method::HEAD,
            is_last: super::head::says(headers.get_all(header::CONNECTION).iter().map(http::HeaderValue::as_bytes), "close"),
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

fn put_header(head: &mut BytesMut, name: &str, value: &[u8]) {
    head.put_slice(name.as_bytes());
    head.put_slice(b": ");
    head.put_slice(value);
    head.put_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(method: &str, body: &'static str) -> Encoded {
        let request = Request::builder().method(method).uri("/a?b=c").header("host", "h").body(Bytes::from_static(body.as_bytes()));
        Encoded::new(&request.expect("a request"))
    }

    #[test]
    fn heads_and_small_bodies_are_one_piece() {
        assert_eq!(encoded("GET", "").head, "GET /a?b=c HTTP/1.1\r\nhost: h\r\n\r\n");
        assert_eq!(encoded("POST", "xy").head, "POST /a?b=c HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n\r\nxy");
        assert!(encoded("HEAD", "").answer_has_no_body);
    }

    #[test]
    fn large_bodies_are_not_copied() {
        let body = Bytes::from(vec![b'x'; COPIED + 1]);
        let encoded = Encoded::new(&Request::new(body.clone()));
        assert_eq!(encoded.body.as_ptr(), body.as_ptr());
        let head = encoded.head.len();
        assert_eq!(encoded.after(3).0.len() + 3, head);
        assert_eq!((encoded.after(head + 10).0.len(), encoded.after(head + 10).1.len()), (0, COPIED - 9));
        assert_eq!(encoded.after(encoded.len()), (&b""[..], &b""[..]));
    }
}
