//! The two written forms of a profile, text and JSON, read into one tree of calls.

use std::iter::Peekable;
use std::str::CharIndices;

use serde_json::Value as Json;

use super::{ProfileError, ProfilePlace};

/// `name(argument, …)`.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) arguments: Vec<Argument>,
    pub(super) place: ProfilePlace,
}

/// `value` or `key: value`.
#[derive(Clone, Debug)]
pub(super) struct Argument {
    pub(super) key: Option<String>,
    pub(super) value: ArgumentValue,
    pub(super) place: ProfilePlace,
}

/// A number, duration, percentage or name as it is written, or a nested call.
#[derive(Clone, Debug)]
pub(super) enum ArgumentValue {
    Word(String),
    Call(Call),
}

/// The only profile that has parts; its key in JSON, and the name of each part.
pub(super) const STAGES: &str = "stages";
pub(super) const STAGE: &str = "stage";

/// Calls may be nested this deep.
const MAX_DEPTH: usize = 2;

pub(super) fn fault(place: &ProfilePlace, message: impl Into<String>, hint: Option<String>) -> ProfileError {
    ProfileError::Syntax { place: place.clone(), message: message.into(), hint }
}

/// Reads the written form.
pub(super) fn parse_text(text: &str) -> Result<Call, ProfileError> {
    let mut parser = Parser { text, letters: text.char_indices().peekable() };
    let place = parser.place();
    let name = parser.word("a profile like `immediate` or `regular(1s, 50)`")?;
    let call = parser.call(name, place, 1)?;
    let place = parser.place();
    match parser.peek() {
        None => Ok(call),
        Some(letter) => Err(fault(&place, format!("nothing may follow the profile, but there is `{letter}`"), None)),
    }
}

struct Parser<'a> {
    text: &'a str,
    letters: Peekable<CharIndices<'a>>,
}

impl Parser<'_> {
    fn peek(&mut self) -> Option<char> {
        while self.letters.next_if(|(_, letter)| letter.is_whitespace()).is_some() {}
        self.letters.peek().map(|(_, letter)| *letter)
    }

    fn place(&mut self) -> ProfilePlace {
        self.peek();
        let index = self.letters.peek().map_or(self.text.len(), |(index, _)| *index);
        ProfilePlace::Column(self.text.get(..index).unwrap_or_default().chars().count() + 1)
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.letters.next();
        }
        found
    }

    fn word(&mut self, wanted: &str) -> Result<String, ProfileError> {
        let place = self.place();
        let mut word = String::new();
        while let Some((_, letter)) = self.letters.next_if(|(_, letter)| letter.is_alphanumeric() || "-_.%".contains(*letter)) {
            word.push(letter);
        }
        if !word.is_empty() {
            return Ok(word);
        }
        let found = self.peek().map_or("the end".to_owned(), |letter| format!("`{letter}`"));
        Err(fault(&place, format!("{wanted} is expected, found {found}"), None))
    }

    fn call(&mut self, name: String, place: ProfilePlace, depth: usize) -> Result<Call, ProfileError> {
        let mut call = Call { name, arguments: Vec::new(), place };
        if !self.take('(') {
            return Ok(call);
        }
        while !self.take(')') {
            call.arguments.push(self.argument(depth)?);
            if !self.take(',') && self.peek() != Some(')') {
                let place = self.place();
                return Err(fault(&place, "`,` or `)` is expected", None));
            }
        }
        Ok(call)
    }

    fn argument(&mut self, depth: usize) -> Result<Argument, ProfileError> {
        let start = self.place();
        let first = self.word("a value")?;
        let (key, place, word) = match self.take(':') {
            true => (Some(first), self.place(), self.word("a value")?),
            false => (None, start, first),
        };
        let value = match self.peek() {
            Some('(') if depth >= MAX_DEPTH => return Err(fault(&place, format!("`{word}` cannot have parts here"), None)),
            Some('(') => ArgumentValue::Call(self.call(word, place.clone(), depth + 1)?),
            _ => ArgumentValue::Word(word),
        };
        Ok(Argument { key, value, place })
    }
}

/// Reads the object form.
pub(super) fn parse_json(json: &Json) -> Result<Call, ProfileError> {
    let top = ProfilePlace::Pointer(String::new());
    let hint = || Some("write `\"regular(1s, 50)\"` or `{\"regular\": {\"period\": \"1s\", \"minions\": 50}}`".to_owned());
    let mut entries = json.as_object().into_iter().flatten();
    let (Some((name, arguments)), None) = (entries.next(), entries.next()) else {
        return Err(fault(&top, "a profile is text, or an object with one key", hint()));
    };
    json_call(name, arguments, format!("/{name}"))
}

fn json_call(name: &str, arguments: &Json, pointer: String) -> Result<Call, ProfileError> {
    let place = ProfilePlace::Pointer(pointer.clone());
    let Json::Object(entries) = arguments else {
        return Err(fault(&place, format!("the arguments of `{name}` must be an object"), None));
    };
    let mut call = Call { name: name.to_owned(), arguments: Vec::new(), place };
    for (key, value) in entries {
        let pointer = format!("{pointer}/{key}");
        match value {
            Json::Array(parts) if name == STAGES && key == STAGES => {
                for (index, part) in parts.iter().enumerate() {
                    let part = json_call(STAGE, part, format!("{pointer}/{index}"))?;
                    let place = part.place.clone();
                    call.arguments.push(Argument { key: None, value: ArgumentValue::Call(part), place });
                }
            }
            Json::String(text) => call.arguments.push(json_word(key, text.clone(), pointer)),
            Json::Number(number) => call.arguments.push(json_word(key, number.to_string(), pointer)),
            _ => return Err(fault(&ProfilePlace::Pointer(pointer), format!("`{key}` must be text or a number"), None)),
        }
    }
    Ok(call)
}

fn json_word(key: &str, word: String, pointer: String) -> Argument {
    Argument { key: Some(key.to_owned()), value: ArgumentValue::Word(word), place: ProfilePlace::Pointer(pointer) }
}
