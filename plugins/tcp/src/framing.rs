//! How messages are told apart in a stream of bytes.

use bytes::{Buf as _, Bytes, BytesMut};
use memchr::memmem;
use serde_json::Value as Json;
use throng_model::ConfigFault;
use throng_plugin_api::option_fault as fault;

use crate::options::{Endian, FramingOptions, PrefixOptions};

/// How messages are told apart.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Framing {
    None,
    UntilClosed,
    Delimiter(Bytes),
    Length(usize),
    Prefix { bytes: usize, endian: Endian, counts_itself: bool },
}

/// What has come of a message.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Come {
    Whole(Bytes),
    Partly,
    /// It is, or says that it is, larger than allowed.
    TooLarge,
    /// Its length counts its own bytes, and is less than they are.
    WrongLength,
}

impl Framing {
    /// Reads the option `framing`.
    pub(crate) fn read(json: Option<&Json>) -> Result<Self, Vec<ConfigFault>> {
        const POINTER: &str = "/framing";
        let Some(json) = json else { return Ok(Self::None) };
        let hint = || {
            Some("write `\"none\"`, `\"until-closed\"`, `{\"delimiter\": \"\\n\"}`, `{\"length\": 8}` or `{\"length-prefix\": {\"bytes\": 4}}`".to_owned())
        };
        let options = serde_json::from_value(json.clone()).map_err(|error| vec![fault(POINTER, error.to_string(), hint())])?;
        let wrong = |place: &str, message: &str| Err(vec![fault(format!("{POINTER}/{place}"), message, None)]);
        match options {
            FramingOptions::None => Ok(Self::None),
            FramingOptions::UntilClosed => Ok(Self::UntilClosed),
            FramingOptions::Delimiter(text) if text.is_empty() => wrong("delimiter", "a delimiter has at least one byte"),
            FramingOptions::Delimiter(text) => Ok(Self::Delimiter(text.into())),
            FramingOptions::Length(0) => wrong("length", "a message has at least one byte"),
            FramingOptions::Length(length) => Ok(Self::Length(length as usize)),
            FramingOptions::LengthPrefix(PrefixOptions { bytes, endian, counts_itself }) if matches!(bytes, 1 | 2 | 4 | 8) => {
                Ok(Self::Prefix { bytes: usize::from(bytes), endian, counts_itself })
            }
            FramingOptions::LengthPrefix(_) => wrong("length-prefix/bytes", "a length has 1, 2, 4 or 8 bytes"),
        }
    }

    /// What goes over the wire before and behind a message.
    ///
    /// # Errors
    /// Why the message cannot be sent so.
    pub(crate) fn around(&self, message: &[u8]) -> Result<(Bytes, Bytes), String> {
        match self {
            Self::None | Self::UntilClosed => Ok((Bytes::new(), Bytes::new())),
            Self::Delimiter(delimiter) => Ok((Bytes::new(), delimiter.clone())),
            Self::Length(length) if message.len() == *length => Ok((Bytes::new(), Bytes::new())),
            Self::Length(length) => Err(format!("the message has {} bytes, and `framing.length` is {length}", message.len())),
            Self::Prefix { bytes, endian, counts_itself } => {
                let length = message.len() as u64 + if *counts_itself { *bytes as u64 } else { 0 };
                let fits = *bytes == 8 || length < 1 << (8 * bytes);
                let highest_first = length.to_be_bytes();
                let mut prefix = highest_first.get(8 - bytes..).unwrap_or_default().to_vec();
                if *endian == Endian::Little {
                    prefix.reverse();
                }
                match fits {
                    true => Ok((prefix.into(), Bytes::new())),
                    false => Err(format!("the message has {} bytes, which a length of {bytes} bytes cannot say", message.len())),
                }
            }
        }
    }

    /// Takes a message from the front of what has come.
    pub(crate) fn take(&self, come: &mut BytesMut, limit: usize) -> Come {
        match self {
            Self::UntilClosed if come.len() > limit => Come::TooLarge,
            Self::UntilClosed => Come::Partly,
            Self::None if come.is_empty() => Come::Partly,
            Self::None if come.len() > limit => Come::TooLarge,
            Self::None => Come::Whole(come.split().freeze()),
            Self::Delimiter(delimiter) => match memmem::find(come, delimiter) {
                Some(at) if at > limit => Come::TooLarge,
                Some(at) => {
                    let message = come.split_to(at).freeze();
                    come.advance(delimiter.len());
                    Come::Whole(message)
                }
                None if come.len() > limit.saturating_add(delimiter.len()) => Come::TooLarge,
                None => Come::Partly,
            },
            Self::Length(length) if *length > limit => Come::TooLarge,
            Self::Length(length) if come.len() < *length => Come::Partly,
            Self::Length(length) => Come::Whole(come.split_to(*length).freeze()),
            Self::Prefix { bytes, endian, counts_itself } => {
                let Some(prefix) = come.get(..*bytes) else { return Come::Partly };
                let add = |length: u64, byte: &u8| length << 8 | u64::from(*byte);
                let said = match endian {
                    Endian::Big => prefix.iter().fold(0, add),
                    Endian::Little => prefix.iter().rev().fold(0, add),
                };
                let Some(length) = said.checked_sub(if *counts_itself { *bytes as u64 } else { 0 }) else { return Come::WrongLength };
                match usize::try_from(length) {
                    Ok(length) if length <= limit => {
                        if come.len() - bytes < length {
                            return Come::Partly;
                        }
                        come.advance(*bytes);
                        Come::Whole(come.split_to(length).freeze())
                    }
                    _ => Come::TooLarge,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The messages in bytes that come in pieces of this size.
    fn messages(framing: &Framing, bytes: &[u8], piece: usize) -> Vec<String> {
        let (mut come, mut all) = (BytesMut::new(), Vec::new());
        for piece in bytes.chunks(piece) {
            come.extend_from_slice(piece);
            while let Come::Whole(message) = framing.take(&mut come, 100) {
                all.push(String::from_utf8_lossy(&message).into_owned());
            }
        }
        all
    }

    #[test]
    fn what_is_sent_comes_again_however_it_is_cut() {
        let framings = [
            json!({ "delimiter": "\r\n" }),
            json!({ "length": 5 }),
            json!({ "length-prefix": { "bytes": 1 } }),
            json!({ "length-prefix": { "bytes": 2, "endian": "little" } }),
            json!({ "length-prefix": { "bytes": 8, "counts-itself": true } }),
        ];
        for json in framings {
            let framing = Framing::read(Some(&json)).expect("right");
            let mut wire = Vec::new();
            for message in ["hello", "wo\rld"] {
                let message = &message[..5];
                let (before, behind) = framing.around(message.as_bytes()).expect("it fits");
                wire.extend([&before[..], message.as_bytes(), &behind[..]].concat());
            }
            for piece in 1..=wire.len() {
                assert_eq!(messages(&framing, &wire, piece), ["hello", "wo\rld".get(..5).expect("five")], "{json} by {piece}");
            }
        }
    }

    #[test]
    fn limits_are_kept() {
        let come = |json: serde_json::Value, bytes: &[u8]| Framing::read(Some(&json)).expect("right").take(&mut BytesMut::from(bytes), 10);
        assert_eq!(come(json!({ "delimiter": "\n" }), &[b'x'; 12]), Come::TooLarge);
        assert_eq!(come(json!({ "delimiter": "\n" }), &[b'x'; 10]), Come::Partly);
        assert_eq!(come(json!({ "length-prefix": { "bytes": 4 } }), &[255; 4]), Come::TooLarge);
        assert_eq!(come(json!({ "length-prefix": { "bytes": 4, "counts-itself": true } }), &[0, 0, 0, 3]), Come::WrongLength);
        assert_eq!(come(json!("until-closed"), &[b'x'; 11]), Come::TooLarge);
        let one_byte = Framing::Prefix { bytes: 1, endian: Endian::Big, counts_itself: false };
        assert!(one_byte.around(&[0; 256]).is_err() && one_byte.around(&[0; 255]).is_ok());
    }

    #[test]
    fn wrong_framings_are_refused() {
        let pointer = |json: serde_json::Value| Framing::read(Some(&json)).expect_err("wrong")[0].pointer.clone();
        assert_eq!(pointer(json!("lines")), "/framing");
        assert_eq!(pointer(json!({ "delimiter": "" })), "/framing/delimiter");
        assert_eq!(pointer(json!({ "length": 0 })), "/framing/length");
        assert_eq!(pointer(json!({ "length-prefix": { "bytes": 3 } })), "/framing/length-prefix/bytes");
    }
}
