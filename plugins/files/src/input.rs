//! A file, read in chunks, that knows at which line it is.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use memchr::memchr2_iter;

use crate::error::FileError;

/// Bytes that are read at a time.
pub(crate) const CHUNK: usize = 64 << 10;

const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A file that is being read.
///
/// Reading is synchronous, on the worker: a chunk comes out of the operating system's page cache in some ten microseconds, which is less than
/// handing it to a thread and back; how many chunks are read in a row is bounded by the source.
#[derive(Debug)]
pub(crate) struct Input {
    reader: BufReader<File>,
    position: Position,
    bytes_read: u64,
}

/// A place in a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Position {
    /// From 1; lines end with LF, CR LF or CR.
    pub(crate) line: u64,
    /// In bytes, from 1.
    pub(crate) column: u64,
    after_return: bool,
}

impl Input {
    /// Opens a file and skips its byte order mark.
    ///
    /// # Errors
    /// It is not there, cannot be read, is not a file, or says that it is not UTF-8.
    pub(crate) fn open(path: &Path, folder: &Path) -> Result<Self, FileError> {
        let cannot_open = |source| FileError::Open { path: path.to_owned(), folder: folder.to_owned(), source };
        // Opening a pipe would wait for who writes it.
        if !path.metadata().map_err(cannot_open)?.is_file() {
            return Err(FileError::NotAFile { path: path.to_owned() });
        }
        let reader = BufReader::with_capacity(CHUNK, File::open(path).map_err(cannot_open)?);
        let position = Position { line: 1, column: 1, after_return: false };
        let mut input = Self { reader, position, bytes_read: 0 };
        let start = input.chunk().map_err(FileError::Read)?;
        if start.starts_with(b"\xFF\xFE") || start.starts_with(b"\xFE\xFF") {
            return Err(FileError::Utf16 { path: path.to_owned() });
        }
        if start.starts_with(UTF8_MARK) {
            input.reader.consume(UTF8_MARK.len());
        }
        Ok(input)
    }

    /// What was read and is not consumed; read from the file if that is nothing. Empty at the end of the file.
    ///
    /// # Errors
    /// The file cannot be read any more.
    pub(crate) fn chunk(&mut self) -> io::Result<&[u8]> {
        if self.reader.buffer().is_empty() {
            while let Err(error) = self.reader.fill_buf() {
                if error.kind() != io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
            self.bytes_read += self.reader.buffer().len() as u64;
        }
        Ok(self.reader.buffer())
    }

    /// Goes on behind so many bytes of the chunk.
    pub(crate) fn consume(&mut self, bytes: usize) {
        let consumed = self.reader.buffer();
        self.position.advance(consumed.get(..bytes).unwrap_or(consumed));
        self.reader.consume(bytes);
    }

    /// Goes on behind the bytes at the start of the chunk that are like this.
    ///
    /// # Errors
    /// The file cannot be read any more.
    pub(crate) fn skip_while(&mut self, is_skipped: impl Fn(u8) -> bool) -> io::Result<()> {
        let chunk = self.chunk()?;
        let end = chunk.iter().position(|byte| !is_skipped(*byte)).unwrap_or(chunk.len());
        self.consume(end);
        Ok(())
    }

    /// Where the next byte is.
    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// How much was read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }
}

impl Position {
    /// The place behind these bytes.
    pub(crate) fn behind(mut self, bytes: &[u8]) -> Self {
        self.advance(bytes);
        self
    }

    fn advance(&mut self, bytes: &[u8]) {
        let mut line_start = None;
        for at in memchr2_iter(b'\n', b'\r', bytes) {
            let after_return = match at.checked_sub(1) {
                Some(before) => bytes.get(before) == Some(&b'\r'),
                None => self.after_return,
            };
            if !(after_return && bytes.get(at) == Some(&b'\n')) {
                self.line += 1;
            }
            line_start = Some(at + 1);
        }
        match line_start {
            Some(start) => self.column = (bytes.len() - start) as u64 + 1,
            None => self.column += bytes.len() as u64,
        }
        if let Some(last) = bytes.last() {
            self.after_return = *last == b'\r';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_across_pieces() {
        let after = |pieces: &[&str]| {
            let mut position = Position { line: 1, column: 1, after_return: false };
            pieces.iter().for_each(|piece| position.advance(piece.as_bytes()));
            (position.line, position.column)
        };
        assert_eq!(after(&["abc"]), (1, 4));
        assert_eq!(after(&["a\nbc"]), (2, 3));
        assert_eq!(after(&["a\r", "\nb"]), (2, 2));
        assert_eq!(after(&["a\r", "", "\nb"]), (2, 2));
        assert_eq!(after(&["a\rb\n\n"]), (4, 1));
        assert_eq!(after(&["a\r\r\n"]), (3, 1));
    }
}
