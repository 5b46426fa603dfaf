//! Cuts the elements at a path out of a file.

use std::io;

use memchr::memchr;

use super::markup::{Markup, Scanner};
use crate::input::{Input, Position};
use crate::records::{Bad, Found, too_long};

/// Finds elements. Holds one element at a time.
#[derive(Debug)]
pub(crate) struct ElementSplitter {
    path: Vec<String>,
    limit: usize,
    scanner: Scanner,
    /// Elements that are open around what comes next, but for those inside of a record.
    depth: usize,
    /// How many of them, from the root on, are those of the path.
    on_path: usize,
    /// The most of the path that was ever found.
    furthest: usize,
    /// The root's name, once it has come.
    root: Option<String>,
    /// The names of open elements of the record that is being read, its own first; empty outside of records.
    inside: Vec<Vec<u8>>,
    /// The bytes of the record, or of markup outside of records.
    item: Vec<u8>,
    /// Of the item's first byte.
    start: Option<Position>,
    is_too_long: bool,
    has_ended: bool,
}

impl ElementSplitter {
    /// Elements of more bytes than the limit are too long.
    pub(crate) fn new(path: Vec<String>, limit: usize) -> Self {
        Self {
            path,
            limit,
            scanner: Scanner::default(),
            depth: 0,
            on_path: 0,
            furthest: 0,
            root: None,
            inside: Vec::new(),
            item: Vec::new(),
            start: None,
            is_too_long: false,
            has_ended: false,
        }
    }

    /// The bytes of the next element, and where it begins.
    pub(crate) fn next(&mut self, input: &mut Input) -> io::Result<Found<(Position, &[u8])>> {
        if self.has_ended {
            return Ok(Found::End);
        }
        let is_between = self.scanner.is_in_text() && self.inside.is_empty();
        let chunk = input.chunk()?;
        if chunk.is_empty() {
            let position = input.position();
            return Ok(self.at_end_of_file(position));
        }
        if is_between {
            self.item.clear();
            self.is_too_long = false;
            let markup = memchr(b'<', chunk);
            let text = markup.unwrap_or(chunk.len());
            input.consume(text);
            self.start = Some(input.position());
            if markup.is_none() {
                return Ok(Found::Unfinished);
            }
        }
        let (taken, event) = self.scan(input.chunk()?);
        input.consume(taken);
        Ok(match (event, self.start) {
            (None, _) | (_, None) => Found::Unfinished,
            (Some(Event::Stray), Some(start)) => self.end_badly(start, "nothing is open that this could close; remove it"),
            (Some(Event::Record), Some(start)) if self.is_too_long => Found::Bad(Bad::at(start, too_long("the element", self.limit))),
            (Some(Event::Record), Some(start)) => Found::One((start, &self.item)),
        })
    }

    /// Reads on to the end of a record, of markup outside of records, or of the bytes.
    fn scan(&mut self, bytes: &[u8]) -> (usize, Option<Event>) {
        let mut end = (bytes.len(), None);
        for (at, &byte) in bytes.iter().enumerate() {
            let Some(markup) = self.scanner.take(byte) else { continue };
            let event = if self.inside.is_empty() { self.outside_of_records(markup) } else { self.inside_of_record(markup) };
            if event.is_some() || self.inside.is_empty() {
                end = (at + 1, event);
                break;
            }
        }
        let piece = bytes.get(..end.0).unwrap_or(bytes);
        if self.item.len() + piece.len() > self.limit {
            self.is_too_long = true;
            self.item.clear();
        }
        if !self.is_too_long {
            self.item.extend_from_slice(piece);
        }
        end
    }

    fn outside_of_records(&mut self, markup: Markup) -> Option<Event> {
        let name = self.scanner.name();
        match markup {
            Markup::Other => None,
            Markup::Start | Markup::Empty => {
                if self.root.is_none() {
                    self.root = Some(String::from_utf8_lossy(name).into_owned());
                }
                let is_next = self.on_path == self.depth && self.path.get(self.depth).is_some_and(|wanted| wanted.as_bytes() == name);
                if is_next {
                    self.furthest = self.furthest.max(self.depth + 1);
                }
                let is_record = is_next && self.depth + 1 == self.path.len();
                match (is_record, markup) {
                    (true, Markup::Empty) => return Some(Event::Record),
                    (true, _) => self.inside.push(name.to_vec()),
                    (false, Markup::Empty) => {}
                    (false, _) => {
                        self.depth += 1;
                        self.on_path += usize::from(is_next);
                    }
                }
                None
            }
            Markup::End => match self.depth.checked_sub(1) {
                Some(depth) => {
                    self.depth = depth;
                    self.on_path = self.on_path.min(depth);
                    None
                }
                None => Some(Event::Stray),
            },
        }
    }

    fn inside_of_record(&mut self, markup: Markup) -> Option<Event> {
        let name = self.scanner.name();
        match markup {
            Markup::Other | Markup::Empty => None,
            Markup::Start => {
                // More open elements than bytes that may be kept are not needed: the record is too long already.
                if self.inside.len() < self.limit {
                    self.inside.push(name.to_vec());
                }
                None
            }
            Markup::End => {
                let closes_last = self.inside.last().is_some_and(|last| last == name);
                // An element that lacks its end must not take the records behind it along.
                let closes_record = !closes_last && self.inside.first().is_some_and(|own| own == name);
                if closes_record {
                    self.inside.clear();
                } else {
                    self.inside.pop();
                }
                self.inside.is_empty().then_some(Event::Record)
            }
        }
    }

    fn at_end_of_file(&mut self, position: Position) -> Found<(Position, &[u8])> {
        let path = self.path.iter().map(|name| format!("/{name}")).collect::<String>();
        if !self.inside.is_empty() || !self.scanner.is_in_text() {
            let start = self.start.unwrap_or(position);
            return self.end_badly(start, "the file ends inside of what begins here; is the file cut off, or an end tag missing?");
        }
        let Some(root) = self.root.clone() else {
            return self.end_badly(position, "the file has no element; is it XML?");
        };
        if self.depth > 0 {
            return self.end_badly(position, "the file ends before its root does; is it cut off?");
        }
        if self.furthest < (self.path.len() - 1).max(1) {
            let message = format!("the file has nothing at `{path}`: its root is `{root}`; correct the option `path`");
            return self.end_badly(position, &message);
        }
        self.has_ended = true;
        Found::End
    }

    fn end_badly<T>(&mut self, position: Position, message: &str) -> Found<T> {
        self.has_ended = true;
        self.item = Vec::new();
        Found::Bad(Bad::at(position, message))
    }

    #[cfg(test)]
    pub(crate) fn held_bytes(&self) -> usize {
        self.item.capacity()
    }
}

/// What was found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Event {
    Record,
    /// An end without a beginning.
    Stray,
}
