//! Where markup of XML begins and ends, byte by byte: enough to find elements without understanding them.

/// Bytes of a name that are looked at.
const NAME: usize = 1024;
const COMMENT: &[u8] = b"--";
const CDATA: &[u8] = b"[CDATA[";

/// What has come to its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Markup {
    /// `<name …>`
    Start,
    /// `<name …/>`
    Empty,
    /// `</name>`
    End,
    /// A comment, an instruction, a declaration, unparsed text.
    Other,
}

/// Follows the bytes of a file.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    place: Place,
    name: Vec<u8>,
    /// What stands behind `<!`.
    bang: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Place {
    #[default]
    Text,
    /// Behind `<`.
    Open,
    Start {
        is_named: bool,
        quote: Option<u8>,
        after_slash: bool,
    },
    End {
        is_named: bool,
    },
    Bang,
    /// So many bytes of the end have come.
    Comment(u8),
    Cdata(u8),
    Instruction {
        after_mark: bool,
    },
    Declaration {
        brackets: u32,
        quote: Option<u8>,
    },
}

impl Scanner {
    /// Whether the next byte is no part of any markup.
    pub(super) fn is_in_text(&self) -> bool {
        self.place == Place::Text
    }

    /// The name of the element whose markup has just ended; what is longer than names are is cut.
    pub(super) fn name(&self) -> &[u8] {
        &self.name
    }

    /// Takes a byte; what ends with it.
    pub(super) fn take(&mut self, byte: u8) -> Option<Markup> {
        let (place, ended) = self.next(byte);
        self.place = if ended.is_some() { Place::Text } else { place };
        ended
    }

    fn next(&mut self, byte: u8) -> (Place, Option<Markup>) {
        let place = match (self.place, byte) {
            (Place::Text, b'<') => Place::Open,
            (Place::Text, _) => Place::Text,
            (Place::Open, b'/') => {
                self.name.clear();
                Place::End { is_named: false }
            }
            (Place::Open, b'?') => Place::Instruction { after_mark: false },
            (Place::Open, b'!') => {
                self.bang.clear();
                Place::Bang
            }
            (Place::Open, _) => {
                self.name.clear();
                let start = Place::Start { is_named: false, quote: None, after_slash: false };
                return self.in_start(start, byte);
            }
            (start @ Place::Start { .. }, _) => return self.in_start(start, byte),
            (Place::End { .. }, b'>') => return (Place::Text, Some(Markup::End)),
            (Place::End { is_named }, _) if is_named || byte.is_ascii_whitespace() => Place::End { is_named: true },
            (Place::End { .. }, _) => {
                self.push_name(byte);
                Place::End { is_named: false }
            }
            (Place::Bang, _) => return self.behind_bang(byte),
            (Place::Comment(2), b'>') | (Place::Cdata(2), b'>') | (Place::Instruction { after_mark: true }, b'>') => {
                return (Place::Text, Some(Markup::Other));
            }
            (Place::Comment(came), b'-') => Place::Comment(came.saturating_add(1).min(2)),
            (Place::Comment(_), _) => Place::Comment(0),
            (Place::Cdata(came), b']') => Place::Cdata(came.saturating_add(1).min(2)),
            (Place::Cdata(_), _) => Place::Cdata(0),
            (Place::Instruction { .. }, _) => Place::Instruction { after_mark: byte == b'?' },
            (Place::Declaration { brackets, quote }, _) => return in_declaration(brackets, quote, byte),
        };
        (place, None)
    }

    fn in_start(&mut self, start: Place, byte: u8) -> (Place, Option<Markup>) {
        let Place::Start { is_named, quote, after_slash } = start else { return (start, None) };
        let place = match (quote, byte) {
            (Some(open), _) => Place::Start { is_named, quote: quote.filter(|_| open != byte), after_slash: false },
            (None, b'>') => return (Place::Text, Some(if after_slash { Markup::Empty } else { Markup::Start })),
            (None, b'"' | b'\'') => Place::Start { is_named: true, quote: Some(byte), after_slash: false },
            (None, b'/') => Place::Start { is_named: true, quote: None, after_slash: true },
            (None, _) if is_named || byte.is_ascii_whitespace() => Place::Start { is_named: true, quote: None, after_slash: false },
            (None, _) => {
                self.push_name(byte);
                start
            }
        };
        (place, None)
    }

    fn behind_bang(&mut self, byte: u8) -> (Place, Option<Markup>) {
        self.bang.push(byte);
        match self.bang.as_slice() {
            COMMENT => (Place::Comment(0), None),
            CDATA => (Place::Cdata(0), None),
            begun if COMMENT.starts_with(begun) || CDATA.starts_with(begun) => (Place::Bang, None),
            _ => in_declaration(0, None, byte),
        }
    }

    fn push_name(&mut self, byte: u8) {
        if self.name.len() < NAME {
            self.name.push(byte);
        }
    }
}

fn in_declaration(brackets: u32, quote: Option<u8>, byte: u8) -> (Place, Option<Markup>) {
    let (brackets, quote) = match (quote, byte) {
        (Some(open), _) => (brackets, quote.filter(|_| open != byte)),
        (None, b'>') if brackets == 0 => return (Place::Text, Some(Markup::Other)),
        (None, b'"' | b'\'') => (brackets, Some(byte)),
        (None, b'[') => (brackets.saturating_add(1), None),
        (None, b']') => (brackets.saturating_sub(1), None),
        (None, _) => (brackets, None),
    };
    (Place::Declaration { brackets, quote }, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(Markup, String)> {
        let mut scanner = Scanner::default();
        let markups = text.bytes().filter_map(|byte| Some((scanner.take(byte)?, String::from_utf8_lossy(scanner.name()).into_owned())));
        markups.collect()
    }

    #[test]
    fn markup_ends_where_it_ends() {
        let named = |markup: Markup, name: &str| (markup, name.to_owned());
        assert_eq!(
            found("<?x <a> ?><a b='>' c=\"/>\"><b/>text > </a\n><!-- <c> -- -> --><![CDATA[ <d> ]] ]]><e f />"),
            [
                named(Markup::Other, ""),
                named(Markup::Start, "a"),
                named(Markup::Empty, "b"),
                named(Markup::End, "a"),
                named(Markup::Other, "a"),
                named(Markup::Other, "a"),
                named(Markup::Empty, "e"),
            ]
        );
        assert_eq!(found("<!DOCTYPE a [<!ENTITY b \"]>\">]><a>").last(), Some(&named(Markup::Start, "a")));
        assert_eq!(found("<!DOCTYPE a><ä:b>").last(), Some(&named(Markup::Start, "ä:b")));
    }
}
