//! The head of a response: status, headers, and how the body that follows is framed (RFC 9112, section 6.3).

use std::mem::MaybeUninit;

use http::StatusCode;
use httparse::{Header, ParserConfig, Status};

use super::ProtocolError;

/// Headers of a response, at most.
const HEADERS: usize = 128;
/// Bytes of a head, at most.
pub(super) const HEAD: usize = 64 * 1024;

/// How long the body is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Framing {
    /// So many bytes.
    Length(u64),
    /// In chunks that say their length.
    Chunked,
    /// Until the connection ends.
    UntilClosed,
}

/// A head that is complete.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Head {
    pub(super) status: StatusCode,
    /// Bytes of it.
    pub(super) length: usize,
    pub(super) framing: Framing,
    /// Whether the server keeps the connection.
    pub(super) is_kept: bool,
}

/// Parses a head, if it is complete.
///
/// # Errors
/// The bytes are no HTTP/1 response.
pub(super) fn parse(bytes: &[u8], has_no_body: bool) -> Result<Option<Head>, ProtocolError> {
    let mut headers = [const { MaybeUninit::uninit() }; HEADERS];
    let mut response = httparse::Response::new(&mut []);
    let parsed = ParserConfig::default().parse_response_with_uninit_headers(&mut response, bytes, &mut headers);
    let length = match parsed.map_err(ProtocolError::Head)? {
        Status::Complete(length) => length,
        Status::Partial if bytes.len() > HEAD => return Err(ProtocolError::HeadTooLarge),
        Status::Partial => return Ok(None),
    };
    let status = response.code.and_then(|code| StatusCode::from_u16(code).ok()).ok_or(ProtocolError::Status)?;
    let is_1_1 = response.version == Some(1);
    let (mut declared, mut codings, mut closes, mut keeps) = (None, None, false, false);
    for Header { name, value } in response.headers.iter() {
        if name.eq_ignore_ascii_case("content-length") {
            for length in value.split(|byte| *byte == b',') {
                let length = decimal(length.trim_ascii()).ok_or(ProtocolError::Length)?;
                if declared.replace(length).is_some_and(|before| before != length) {
                    return Err(ProtocolError::Length);
                }
            }
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            codings = value.rsplit(|byte| *byte == b',').next();
        } else if name.eq_ignore_ascii_case("connection") {
            closes |= says([*value], "close");
            keeps |= says([*value], "keep-alive");
        }
    }
    let bodiless = has_no_body || status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let framing = match (codings, declared) {
        _ if bodiless => Framing::Length(0),
        (Some(last), _) if last.trim_ascii().eq_ignore_ascii_case(b"chunked") => Framing::Chunked,
        (Some(_), _) | (None, None) => Framing::UntilClosed,
        (None, Some(length)) => Framing::Length(length),
    };
    let is_kept = framing != Framing::UntilClosed && !closes && (is_1_1 || keeps);
    Ok(Some(Head { status, length, framing, is_kept }))
}

/// Whether a header that lists words has this one.
pub(super) fn says<'a>(values: impl IntoIterator<Item = &'a [u8]>, word: &str) -> bool {
    let mut words = values.into_iter().flat_map(|value| value.split(|byte| *byte == b','));
    words.any(|known| known.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
}

fn decimal(digits: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framing(headers: &str) -> Result<(Framing, bool), ProtocolError> {
        let head = format!("HTTP/1.1 200 OK\r\n{headers}\r\n");
        parse(head.as_bytes(), false).map(|head| head.map(|head| (head.framing, head.is_kept)).expect("a whole head"))
    }

    #[test]
    fn bodies_are_framed_as_the_headers_say() {
        assert_eq!(framing("Content-Length: 5\r\n").ok(), Some((Framing::Length(5), true)));
        assert_eq!(framing("content-length: 5, 5\r\ncontent-length: 5\r\n").ok(), Some((Framing::Length(5), true)));
        assert_eq!(framing("transfer-encoding: gzip, Chunked\r\ncontent-length: 5\r\n").ok(), Some((Framing::Chunked, true)));
        assert_eq!(framing("transfer-encoding: gzip\r\n").ok(), Some((Framing::UntilClosed, false)));
        assert_eq!(framing("").ok(), Some((Framing::UntilClosed, false)));
        for wrong in
            ["content-length: 5\r\ncontent-length: 6\r\n", "content-length: +5\r\n", "content-length: \r\n", "content-length: -1\r\n"]
        {
            assert!(matches!(framing(wrong), Err(ProtocolError::Length)), "{wrong:?}");
        }
    }

    #[test]
    fn some_answers_have_no_body() {
        let length = |head: &str, has_no_body| parse(head.as_bytes(), has_no_body).ok().flatten().map(|head| head.framing);
        for head in
            ["HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n", "HTTP/1.1 103 Early\r\n\r\n"]
        {
            assert_eq!(length(head, false), Some(Framing::Length(0)));
        }
        assert_eq!(length("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", true), Some(Framing::Length(0)));
    }

    #[test]
    fn servers_say_whether_they_keep_the_connection() {
        let kept = |head: &str| parse(head.as_bytes(), true).ok().flatten().map(|head| head.is_kept);
        assert_eq!(kept("HTTP/1.1 200 OK\r\n\r\n"), Some(true));
        assert_eq!(kept("HTTP/1.1 200 OK\r\nconnection: TE, Close\r\n\r\n"), Some(false));
        assert_eq!(kept("HTTP/1.0 200 OK\r\n\r\n"), Some(false));
        assert_eq!(kept("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n"), Some(true));
    }

    #[test]
    fn heads_may_come_in_pieces_but_not_forever() {
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\ncontent-le", false).ok(), Some(None));
        let endless = [b"HTTP/1.1 200 OK\r\nx: ".as_slice(), &vec![b'y'; HEAD]].concat();
        assert!(matches!(parse(&endless, false), Err(ProtocolError::HeadTooLarge)));
        assert!(matches!(parse(b"220 smtp ready\r\n\r\n", false), Err(ProtocolError::Head(_))));
    }
}
