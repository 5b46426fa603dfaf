//! XML as a source: the elements at a path, each cut out of the file and then read by itself, so that a broken one breaks no other.

mod element;
mod markup;
mod splitter;

use std::io;

use throng_protocols::Value;

use self::element::value_of;
#[cfg(test)]
pub(crate) use self::splitter::ElementSplitter;
#[cfg(not(test))]
use self::splitter::ElementSplitter;
use crate::input::Input;
use crate::records::{Found, Records};

/// How a file of XML is to be read.
#[derive(Debug)]
pub(crate) struct XmlPlan {
    /// The names on the way to the records, the root's first and their own last.
    pub(crate) path: Vec<String>,
    pub(crate) max_length: usize,
}

impl XmlPlan {
    pub(crate) fn start(&self) -> XmlRecords {
        XmlRecords { splitter: ElementSplitter::new(self.path.clone(), self.max_length) }
    }
}

/// Elements of a file as records.
#[derive(Debug)]
pub(crate) struct XmlRecords {
    splitter: ElementSplitter,
}

impl Records for XmlRecords {
    fn next(&mut self, input: &mut Input) -> io::Result<Found<Value>> {
        Ok(self.splitter.next(input)?.and_then(|(start, element)| value_of(element, start)))
    }
}
