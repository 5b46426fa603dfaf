//! A file that holds whole lines at all times: what a failed write has left of a line is taken back.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// A file that only ever grows by whole lines.
#[derive(Debug)]
pub(super) struct WholeLines {
    file: File,
    /// Bytes of the lines that are written.
    length: u64,
}

/// A write that failed, of which so many lines are written all the same.
#[derive(Debug)]
pub(super) struct HalfWritten {
    pub(super) lines: usize,
    pub(super) source: io::Error,
}

impl WholeLines {
    /// An empty file in place of what is there.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { file: File::create(path)?, length: 0 })
    }

    /// Adds lines.
    pub(super) fn write(&mut self, lines: &[u8]) -> Result<(), HalfWritten> {
        let mut written = 0;
        while let Some(rest) = lines.get(written..).filter(|rest| !rest.is_empty()) {
            match self.file.write(rest) {
                Ok(0) => return Err(self.take_back(lines, written, ErrorKind::WriteZero.into())),
                Ok(more) => written += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.take_back(lines, written, error)),
            }
        }
        self.length += written as u64;
        Ok(())
    }

    /// Cuts off the beginning of a line. A pipe cannot take anything back; whoever reads it gets what it got.
    fn take_back(&mut self, lines: &[u8], written: usize, source: io::Error) -> HalfWritten {
        let whole = lines.get(..written).unwrap_or_default();
        let whole = whole.get(..whole.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1)).unwrap_or_default();
        self.length += whole.len() as u64;
        if self.file.metadata().is_ok_and(|metadata| metadata.is_file()) {
            use std::io::Seek;
            // What cannot be cut off now is written over by the next lines.
            let _ = self.file.set_len(self.length);
            let _ = self.file.seek(io::SeekFrom::Start(self.length));
        }
        HalfWritten { lines: whole.iter().filter(|byte| **byte == b'\n').count(), source }
    }
}
