//! An element as JSON: its attributes, its children and its text.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use serde_json::{Map, Value as Json};
use throng_protocols::Value;

use crate::input::Position;
use crate::records::{Bad, not_text};

/// The key of an element's text beside its attributes and children.
const TEXT: &str = "#text";
/// Elements inside of each other, at most: more would be somebody's trap.
const DEPTH: usize = 256;

/// Reads an element that begins at this place.
pub(super) fn value_of(bytes: &[u8], start: Position) -> Result<Value, Bad> {
    let text = std::str::from_utf8(bytes).map_err(|error| Bad::at(start, not_text("the element", error)))?;
    let mut reader = Reader::from_str(text);
    match read(&mut reader) {
        Ok(json) => Ok(Value::from_json(&json)),
        Err(message) => {
            // Where the reader has found no fault itself, the fault is in what it has read last.
            let offset = if reader.error_position() > 0 { reader.error_position() } else { reader.buffer_position() };
            let place = start.behind(usize::try_from(offset).ok().and_then(|offset| bytes.get(..offset)).unwrap_or(bytes));
            Err(Bad::at(place, format!("this is not XML: {message}; correct it")))
        }
    }
}

/// An element of which not all has come.
struct Open {
    name: String,
    entries: Map<String, Json>,
    text: String,
}

fn read(reader: &mut Reader<&[u8]>) -> Result<Json, String> {
    let mut open: Vec<Open> = Vec::new();
    loop {
        let closed = match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) if open.len() == DEPTH => return Err(format!("`{}` is inside of {DEPTH} others", start.name().as_ref())),
            Event::Start(start) => {
                open.push(begin(&start)?);
                None
            }
            Event::Empty(start) => Some(begin(&start)?),
            Event::End(_) => open.pop(),
            Event::Eof => return Err("it ends too early".to_owned()),
            other => {
                if let Some(open) = open.last_mut() {
                    add_text(&mut open.text, &other)?;
                }
                None
            }
        };
        let Some(closed) = closed else { continue };
        let name = closed.name.clone();
        let json = closed.into_json();
        match open.last_mut() {
            Some(parent) => add(&mut parent.entries, name, json),
            None => return Ok(json),
        }
    }
}

fn begin(start: &BytesStart<'_>) -> Result<Open, String> {
    let mut entries = Map::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
        entries.insert(format!("@{}", attribute.key.as_ref()), value.into_owned().into());
    }
    Ok(Open { name: start.name().as_ref().to_owned(), entries, text: String::new() })
}

fn add_text(text: &mut String, event: &Event<'_>) -> Result<(), String> {
    match event {
        Event::Text(piece) => text.push_str(&piece.xml10_content()),
        Event::CData(piece) => text.push_str(&piece.xml10_content()),
        Event::GeneralRef(reference) => match reference.resolve_char_ref().map_err(|error| error.to_string())? {
            Some(character) => text.push(character),
            None => match quick_xml::escape::resolve_predefined_entity(reference) {
                Some(replaced) => text.push_str(replaced),
                None => return Err(format!("there is no entity `&{};`", &**reference)),
            },
        },
        _ => {}
    }
    Ok(())
}

/// A name that comes again makes a list.
fn add(entries: &mut Map<String, Json>, name: String, json: Json) {
    match entries.get_mut(&name) {
        None => drop(entries.insert(name, json)),
        Some(Json::Array(items)) => items.push(json),
        Some(first) => *first = Json::Array(vec![first.take(), json]),
    }
}

impl Open {
    fn into_json(self) -> Json {
        let Self { mut entries, text, .. } = self;
        let text = text.trim();
        if entries.is_empty() {
            return text.into();
        }
        if !text.is_empty() {
            entries.insert(TEXT.to_owned(), text.into());
        }
        entries.into()
    }
}
