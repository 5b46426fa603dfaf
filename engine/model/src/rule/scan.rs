//! Walks over the text of a rule, and knows where it is.

use std::ops::Range;

/// What ends a word.
const DELIMITERS: [char; 9] = ['(', ')', ',', '<', '>', '=', '!', ':', '"'];

/// What is left of a rule's text.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The byte at which the next word, sign or quotation begins.
    pub(super) fn place(&mut self) -> usize {
        self.at = self.text.len() - self.rest().trim_start().len();
        self.at
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn is_at_end(&mut self) -> bool {
        self.place() == self.text.len()
    }

    /// Steps over a sign if it comes next.
    pub(super) fn take(&mut self, sign: &str) -> bool {
        self.place();
        let is_next = self.rest().starts_with(sign);
        self.at += if is_next { sign.len() } else { 0 };
        is_next
    }

    /// The next word, empty if something else comes next; with its place.
    pub(super) fn word(&mut self) -> (usize, &'a str) {
        let start = self.place();
        let length = self.rest().find(|letter: char| letter.is_whitespace() || DELIMITERS.contains(&letter)).unwrap_or(self.rest().len());
        self.at += length;
        (start, self.text.get(start..self.at).unwrap_or_default())
    }

    /// A word or a quotation, which is written as in JSON; none if the quotation does not end.
    pub(super) fn name(&mut self) -> (usize, Option<Name>) {
        let start = self.place();
        if !self.rest().starts_with('"') {
            return (start, Some(Name { text: self.word().1.to_owned(), quoted: false }));
        }
        let mut texts = serde_json::Deserializer::from_str(self.rest()).into_iter::<String>();
        let text = texts.next().and_then(Result::ok);
        self.at += texts.byte_offset();
        (start, text.map(|text| Name { text, quoted: true }))
    }

    /// What is to be shown of the text at a place: the word or sign there.
    pub(super) fn shown(&self, place: usize) -> &'a str {
        let rest = self.text.get(place..).unwrap_or_default();
        let Range { start, end } = Self::piece(rest);
        rest.get(start..end).unwrap_or_default()
    }

    fn piece(rest: &str) -> Range<usize> {
        let end = rest.find(|letter: char| letter.is_whitespace() || DELIMITERS.contains(&letter)).unwrap_or(rest.len());
        let first = rest.chars().next().map_or(0, char::len_utf8);
        0..end.max(first)
    }

    /// The column of a place, from 1.
    pub(super) fn column(&self, place: usize) -> usize {
        self.text.get(..place).map_or(0, |before| before.chars().count()) + 1
    }
}

/// A word or a quotation.
pub(super) struct Name {
    pub text: String,
    pub quoted: bool,
}

/// Whether a name must be quoted to be read as one word.
pub(super) fn needs_quotes(name: &str) -> bool {
    name.is_empty() || name.contains(|letter: char| letter.is_whitespace() || DELIMITERS.contains(&letter))
}
