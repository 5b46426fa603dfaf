//! What JSON is as arguments of Redis' commands.

use serde_json::Value as Json;

/// What a key holds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Kind {
    #[default]
    String,
    Hash,
    Set,
    SortedSet,
    List,
}

impl Kind {
    /// By the names that `TYPE` gives.
    pub(crate) const ALL: [(&'static str, Self); 5] =
        [("string", Self::String), ("hash", Self::Hash), ("set", Self::Set), ("zset", Self::SortedSet), ("list", Self::List)];

    /// The command that saves it.
    pub(crate) fn command(self) -> &'static str {
        match self {
            Self::String => "SET",
            Self::Hash => "HSET",
            Self::Set => "SADD",
            Self::SortedSet => "ZADD",
            Self::List => "RPUSH",
        }
    }

    /// What the command has behind the key.
    ///
    /// # Errors
    /// What is wrong with the value, and what to do.
    pub(crate) fn arguments(self, value: &Json) -> Result<Vec<Vec<u8>>, String> {
        let arguments = match (self, value) {
            (Self::String, value) => vec![scalar(value)?],
            (Self::Set | Self::List, Json::Array(items)) => items.iter().map(scalar).collect::<Result<_, _>>()?,
            (Self::Set | Self::List, one) => vec![scalar(one)?],
            (Self::Hash, Json::Object(_)) => pairs(value)?,
            (Self::Hash, other) => return Err(format!("a hash is saved from an object of fields and values, not from {}", told(other))),
            (Self::SortedSet, Json::Object(members)) => {
                let mut arguments = Vec::with_capacity(2 * members.len());
                for (member, score) in members {
                    arguments.extend([self::score(member, score)?, member.clone().into_bytes()]);
                }
                arguments
            }
            (Self::SortedSet, other) => {
                return Err(format!("a sorted set is saved from an object of members and scores, not from {}", told(other)));
            }
        };
        if arguments.is_empty() { Err("there is nothing in it to be saved; leave the record out".to_owned()) } else { Ok(arguments) }
    }
}

/// The names and values of an object.
///
/// # Errors
/// It is none, or a value is null.
pub(crate) fn pairs(value: &Json) -> Result<Vec<Vec<u8>>, String> {
    let Json::Object(entries) = value else {
        return Err(format!("fields are an object of names and values, not {}", told(value)));
    };
    let mut arguments = Vec::with_capacity(2 * entries.len());
    for (name, value) in entries {
        let value = scalar(value).map_err(|reason| format!("`{name}`: {reason}"))?;
        arguments.extend([name.clone().into_bytes(), value]);
    }
    Ok(arguments)
}

/// Text as it is, all other JSON as it is written.
fn scalar(value: &Json) -> Result<Vec<u8>, String> {
    match value {
        Json::Null => Err("there is no null in Redis; leave it out".to_owned()),
        Json::String(text) => Ok(text.clone().into_bytes()),
        other => Ok(other.to_string().into_bytes()),
    }
}

fn score(member: &str, score: &Json) -> Result<Vec<u8>, String> {
    let text = match score {
        Json::Number(number) => number.to_string(),
        Json::String(text) if text.parse::<f64>().is_ok_and(|number| !number.is_nan()) => text.clone(),
        other => return Err(format!("the score of `{member}` is a number, not {}", told(other))),
    };
    Ok(text.into_bytes())
}

fn told(value: &Json) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("`{}…`", text.get(..end).unwrap_or_default()),
        None => format!("`{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(kind: Kind, value: Json) -> String {
        match kind.arguments(&value) {
            Ok(arguments) => arguments.iter().map(|argument| String::from_utf8_lossy(argument)).collect::<Vec<_>>().join(" | "),
            Err(reason) => reason,
        }
    }

    #[test]
    fn each_kind_has_its_arguments() {
        assert_eq!(said(Kind::String, json!("a b")), "a b");
        assert_eq!(said(Kind::String, json!({"id": 1.0})), "{\"id\":1.0}");
        assert_eq!(said(Kind::Hash, json!({"id": 7, "tags": ["a"]})), "id | 7 | tags | [\"a\"]");
        assert_eq!(said(Kind::Set, json!(["a", 1])), "a | 1");
        assert_eq!(said(Kind::List, json!("one")), "one");
        assert_eq!(said(Kind::SortedSet, json!({"ann": 1.5, "bob": "2"})), "1.5 | ann | 2 | bob");
    }

    #[test]
    fn what_cannot_be_saved_is_told() {
        assert_eq!(said(Kind::Hash, json!([1])), "a hash is saved from an object of fields and values, not from `[1]`");
        assert_eq!(said(Kind::SortedSet, json!({"ann": "much"})), "the score of `ann` is a number, not `\"much\"`");
        assert_eq!(said(Kind::Hash, json!({"id": null})), "`id`: there is no null in Redis; leave it out");
        assert_eq!(said(Kind::Set, json!([])), "there is nothing in it to be saved; leave the record out");
    }
}
