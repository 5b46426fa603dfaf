//! RESP 2: commands out, replies in. No word of the engine in here.

use std::io::{self, BufRead, Read};

/// A reply of a server.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A status or a bulk string.
    Text(Vec<u8>),
    /// A number.
    Integer(i64),
    /// Nothing there.
    Nil,
    /// Several.
    List(Vec<Reply>),
    /// The server's words.
    Error(String),
}

/// Bytes of one bulk string, at most.
const BULK: usize = 64 << 20;

/// Lists in lists, at most.
const DEPTH: usize = 8;

/// A command as it goes over the wire.
pub fn command(words: &[String]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend(format!("${}\r\n{word}\r\n", word.len()).into_bytes());
    }
    bytes
}

/// Reads one reply.
pub fn reply(from: &mut impl BufRead) -> io::Result<Reply> {
    nested(from, DEPTH)
}

fn nested(from: &mut impl BufRead, depth: usize) -> io::Result<Reply> {
    let line = line(from)?;
    let (kind, rest) = line.split_at_checked(1).ok_or_else(|| wrong("an empty line"))?;
    let number = || rest.parse::<i64>().map_err(|_| wrong(&format!("`{rest}` is no number")));
    match kind {
        "+" => Ok(Reply::Text(rest.as_bytes().to_vec())),
        "-" => Ok(Reply::Error(rest.to_owned())),
        ":" => Ok(Reply::Integer(number()?)),
        "$" => match usize::try_from(number()?) {
            Err(_) => Ok(Reply::Nil),
            Ok(length) if length > BULK => Err(wrong("a reply that is too long")),
            Ok(length) => {
                let mut bytes = vec![0; length + 2];
                from.read_exact(&mut bytes)?;
                bytes.truncate(length);
                Ok(Reply::Text(bytes))
            }
        },
        "*" => match usize::try_from(number()?) {
            Err(_) => Ok(Reply::Nil),
            Ok(_) if depth == 0 => Err(wrong("lists that are nested too deeply")),
            Ok(length) => (0..length).map(|_| nested(from, depth - 1)).collect::<io::Result<_>>().map(Reply::List),
        },
        _ => Err(wrong(&format!("a line that begins with `{kind}`"))),
    }
}

fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    from.take(64 << 10).read_line(&mut line)?;
    match line.strip_suffix("\r\n") {
        Some(line) => Ok(line.to_owned()),
        None => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the connection was closed in the middle of a reply")),
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("this is no RESP: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Reply, String> {
        reply(&mut &bytes[..]).map_err(|error| error.to_string())
    }

    #[test]
    fn commands_are_lists_of_words() {
        assert_eq!(command(&["SET".into(), "k".into(), "ä".into()]), "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\nä\r\n".as_bytes());
    }

    #[test]
    fn replies_are_read() {
        assert_eq!(read(b"+PONG\r\n"), Ok(Reply::Text(b"PONG".to_vec())));
        assert_eq!(read(b"$2\r\n\r\n\r\n"), Ok(Reply::Text(b"\r\n".to_vec())));
        assert_eq!(read(b"$-1\r\n"), Ok(Reply::Nil));
        assert_eq!(read(b":-7\r\n"), Ok(Reply::Integer(-7)));
        assert_eq!(read(b"-ERR no\r\n"), Ok(Reply::Error("ERR no".into())));
        assert_eq!(read(b"*2\r\n:1\r\n*-1\r\n"), Ok(Reply::List(vec![Reply::Integer(1), Reply::Nil])));
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        for bytes in [&b""[..], b"+PON", b"$5\r\nab", b"HTTP/1.1 200 OK\r\n", b":x\r\n", b"$99999999999\r\n", b"\r\n"] {
            assert!(read(bytes).is_err(), "{bytes:?}");
        }
        assert!(read(&b"*1\r\n".repeat(20)).is_err(), "deep");
    }
}
