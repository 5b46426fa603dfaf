//! Items of one array that is the whole of a file: the text is cut at the array's own commas, so that a broken item breaks no other.

use std::io;

use crate::input::{Input, Position};
use crate::records::{Bad, Found, too_long};

/// Finds items. Holds one item at a time.
#[derive(Debug)]
pub(crate) struct ItemSplitter {
    limit: usize,
    place: Place,
    item: Vec<u8>,
    /// Of the item's first byte.
    start: Option<Position>,
    is_too_long: bool,
    /// Brackets and braces that are open inside of the item.
    depth: u64,
    text: Text,
    is_after_comma: bool,
}

/// Where in the file it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    BeforeArray,
    BeforeItem,
    InItem,
    AfterArray,
    AtEnd,
}

/// Whether the next byte is inside of a JSON text, where brackets and commas mean nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Text {
    Outside,
    Inside,
    AfterBackslash,
}

/// What ends an item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Boundary {
    Comma,
    ArrayEnd,
}

impl ItemSplitter {
    /// Items of more bytes than the limit are too long.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            place: Place::BeforeArray,
            item: Vec::new(),
            start: None,
            is_too_long: false,
            depth: 0,
            text: Text::Outside,
            is_after_comma: false,
        }
    }

    /// The bytes of the next item, and where it begins.
    pub(crate) fn next(&mut self, input: &mut Input) -> io::Result<Found<(Position, &[u8])>> {
        if self.place != Place::InItem {
            self.forget_item();
            input.skip_while(is_blank)?;
        }
        let position = input.position();
        let chunk = input.chunk()?;
        let Some(&first) = chunk.first() else {
            return Ok(self.at_end_of_file(position));
        };
        match (self.place, first) {
            // What was read ended with blanks: there may be more of them.
            (Place::BeforeArray | Place::BeforeItem | Place::AfterArray, first) if is_blank(first) => Ok(Found::Unfinished),
            (Place::BeforeArray, b'[') => {
                self.place = Place::BeforeItem;
                input.consume(1);
                Ok(Found::Unfinished)
            }
            (Place::AtEnd, _) => Ok(Found::End),
            (Place::BeforeArray, _) => Ok(self.end_badly(position, "the file does not begin with `[`; set `format` to `lines`")),
            (Place::AfterArray, _) => {
                let message = "there is something after the array's end; remove it, or set `format` to `lines`";
                Ok(self.end_badly(position, message))
            }
            (Place::BeforeItem, b']') => {
                input.consume(1);
                self.place = Place::AfterArray;
                match self.is_after_comma {
                    true => Ok(Found::Bad(Bad::at(position, "an item is missing after the last comma; remove the comma"))),
                    false => Ok(Found::Unfinished),
                }
            }
            (Place::BeforeItem | Place::InItem, _) => {
                if self.place != Place::InItem {
                    self.start = Some(position);
                    self.place = Place::InItem;
                }
                self.read_item(input)
            }
        }
    }

    fn read_item(&mut self, input: &mut Input) -> io::Result<Found<(Position, &[u8])>> {
        let chunk = input.chunk()?;
        let (end, boundary) = self.find_boundary(chunk);
        let piece = chunk.get(..end).unwrap_or(chunk);
        if self.item.len() + piece.len() > self.limit {
            self.is_too_long = true;
            self.item.clear();
        }
        if !self.is_too_long {
            self.item.extend_from_slice(piece);
        }
        input.consume(end + usize::from(boundary.is_some()));
        Ok(match boundary {
            None => Found::Unfinished,
            Some(Boundary::Comma) => {
                self.place = Place::BeforeItem;
                self.is_after_comma = true;
                self.found()
            }
            Some(Boundary::ArrayEnd) => {
                self.place = Place::AfterArray;
                self.found()
            }
        })
    }

    /// Where the item ends, if it ends here.
    fn find_boundary(&mut self, bytes: &[u8]) -> (usize, Option<Boundary>) {
        for (at, &byte) in bytes.iter().enumerate() {
            match (self.text, byte) {
                (Text::AfterBackslash, _) => self.text = Text::Inside,
                (Text::Inside, b'\\') => self.text = Text::AfterBackslash,
                (Text::Inside, b'"') => self.text = Text::Outside,
                (Text::Inside, _) => {}
                (Text::Outside, b'"') => self.text = Text::Inside,
                (Text::Outside, b'[' | b'{') => self.depth += 1,
                (Text::Outside, b',') if self.depth == 0 => return (at, Some(Boundary::Comma)),
                (Text::Outside, b']') if self.depth == 0 => return (at, Some(Boundary::ArrayEnd)),
                (Text::Outside, b']' | b'}') => self.depth = self.depth.saturating_sub(1),
                (Text::Outside, _) => {}
            }
        }
        (bytes.len(), None)
    }

    fn found(&self) -> Found<(Position, &[u8])> {
        let Some(start) = self.start else { return Found::Unfinished };
        match (self.is_too_long, self.item.trim_ascii_end()) {
            (true, _) => Found::Bad(Bad::at(start, too_long("the item", self.limit))),
            (false, b"") => Found::Bad(Bad::at(start, "an item is missing before the comma; remove the comma")),
            (false, item) => Found::One((start, item)),
        }
    }

    fn at_end_of_file(&mut self, position: Position) -> Found<(Position, &[u8])> {
        match self.place {
            Place::AfterArray | Place::AtEnd => Found::End,
            Place::BeforeArray => self.end_badly(position, "the file is empty, and an array is expected; write at least `[]`"),
            Place::BeforeItem => self.end_badly(position, "the file ends before the array does; is it cut off?"),
            Place::InItem => {
                let start = self.start.unwrap_or(position);
                let message = "the file ends inside of this item; is the file cut off, or a closing bracket or quote missing?";
                self.end_badly(start, message)
            }
        }
    }

    fn end_badly<T>(&mut self, position: Position, message: &str) -> Found<T> {
        self.place = Place::AtEnd;
        self.forget_item();
        Found::Bad(Bad::at(position, message))
    }

    fn forget_item(&mut self) {
        self.item.clear();
        self.start = None;
        self.is_too_long = false;
        self.depth = 0;
        self.text = Text::Outside;
    }

    #[cfg(test)]
    pub(crate) fn held_bytes(&self) -> usize {
        self.item.capacity()
    }
}

/// Whether JSON has a byte between its values.
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
