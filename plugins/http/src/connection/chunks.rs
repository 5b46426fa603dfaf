//! Bodies in chunks (RFC 9112, section 7.1), piece by piece, however the network cuts them.

use super::ProtocolError;

/// Bytes of a chunk's extensions, and of the trailers, at most.
const BESIDE: usize = 16 * 1024;

/// Where a decoder is.
#[derive(Clone, Copy, Debug)]
enum State {
    /// In a chunk's length, of which this many digits were read.
    Length { digits: u32 },
    /// Behind the length, in what nobody needs.
    Extension,
    /// In the chunk.
    Data,
    /// Behind the chunk.
    DataEnd,
    /// In the trailers; whether the line is empty so far.
    Trailers { is_empty: bool },
    /// Behind the last line.
    Done,
}

/// Takes chunks apart.
#[derive(Debug)]
pub(super) struct Chunks {
    state: State,
    /// Of the chunk.
    left: u64,
    /// Bytes that are no data, since the last chunk.
    beside: usize,
}

impl Default for Chunks {
    fn default() -> Self {
        Self { state: State::Length { digits: 0 }, left: 0, beside: 0 }
    }
}

impl Chunks {
    /// Whether the last chunk and the trailers were read.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Takes bytes in, hands out data, and answers how many bytes it took: fewer than given only at the end.
    ///
    /// # Errors
    /// These are no chunks.
    pub(super) fn take(&mut self, bytes: &[u8], mut data: impl FnMut(&[u8])) -> Result<usize, ProtocolError> {
        let mut taken = 0;
        while let Some(&byte) = bytes.get(taken) {
            if let State::Data = self.state {
                let here = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len() - taken);
                data(bytes.get(taken..taken + here).unwrap_or_default());
                taken += here;
                self.left -= here as u64;
                if self.left == 0 {
                    self.state = State::DataEnd;
                }
                continue;
            }
            if self.is_done() {
                break;
            }
            taken += 1;
            self.beside += 1;
            if self.beside > BESIDE {
                return Err(ProtocolError::Chunk);
            }
            self.state = self.next(byte)?;
        }
        Ok(taken)
    }

    /// What comes after a byte that is no data.
    fn next(&mut self, byte: u8) -> Result<State, ProtocolError> {
        Ok(match (self.state, byte) {
            (State::Length { digits }, _) if byte.is_ascii_hexdigit() && digits < 16 => {
                let digit = char::from(byte).to_digit(16).unwrap_or(0);
                self.left = self.left << 4 | u64::from(digit);
                State::Length { digits: digits + 1 }
            }
            (State::Length { digits: 1.. } | State::Extension, b'\n') => match self.left {
                0 => State::Trailers { is_empty: true },
                _ => {
                    self.beside = 0;
                    State::Data
                }
            },
            (State::Length { digits: 1.. }, b'\r' | b';' | b' ' | b'\t') | (State::Extension, _) => State::Extension,
            (State::DataEnd, b'\r') => State::DataEnd,
            (State::DataEnd, b'\n') => State::Length { digits: 0 },
            (State::Trailers { is_empty: true }, b'\n') => State::Done,
            (State::Trailers { .. }, b'\n') => State::Trailers { is_empty: true },
            (State::Trailers { is_empty }, b'\r') => State::Trailers { is_empty },
            (State::Trailers { .. }, _) => State::Trailers { is_empty: false },
            _ => return Err(ProtocolError::Chunk),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes what comes in pieces of this size; the data, and what is left over.
    fn decoded(text: &str, piece: usize) -> Result<(String, usize), ProtocolError> {
        let (mut chunks, mut data, mut left) = (Chunks::default(), Vec::new(), 0);
        for piece in text.as_bytes().chunks(piece) {
            let taken = chunks.take(piece, |bytes| data.extend_from_slice(bytes))?;
            left += piece.len() - taken;
        }
        assert!(chunks.is_done(), "{text:?} has no end");
        Ok((String::from_utf8_lossy(&data).into_owned(), left))
    }

    #[test]
    fn pieces_of_any_size_make_the_same_body() {
        let text = "5\r\nhello\r\n6;name=\"v\"\r\n world\r\n000\r\nx-sum: 1\r\nx: y\r\n\r\nHTTP";
        for piece in 1..=text.len() {
            assert_eq!(decoded(text, piece).ok(), Some(("hello world".to_owned(), 4)), "{piece}");
        }
        assert_eq!(decoded("0\r\n\r\n", 2).ok(), Some((String::new(), 0)));
    }

    #[test]
    fn what_are_no_chunks_are_errors() {
        let endless = format!("1;{}\r\n", "x".repeat(BESIDE));
        for text in ["zz\r\n", "\r\n", "-1\r\n", "2\r\nabc\r\n0\r\n\r\n", "11111111111111111\r\n", &endless] {
            let mut chunks = Chunks::default();
            assert!(matches!(chunks.take(text.as_bytes(), |_| {}), Err(ProtocolError::Chunk)), "{text:?}");
        }
    }
}
