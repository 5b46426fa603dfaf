//! TOML as documents are written in it: read with places and hints, and where in the text a key is.

use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};

use crate::document::{DocumentError, MAX_DOCUMENT_BYTES, shape_error};

/// Reads TOML of any document's shape, with the nearest name for an unknown one.
///
/// # Errors
/// It is too large, no TOML, or not of the document's shape: the first such place.
pub fn read_toml<T: DeserializeOwned>(text: &str) -> Result<T, DocumentError> {
    if text.len() > MAX_DOCUMENT_BYTES {
        return Err(DocumentError::TooLarge { bytes: text.len() });
    }
    toml::from_str(text).map_err(|mut error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        let line = before.matches('\n').count() + 1;
        let message = error.message().to_owned();
        // Without its input the error shows the key instead of an excerpt, and nothing else tells it.
        error.set_input(None);
        let shown = error.to_string();
        let key = shown.strip_prefix(&message).and_then(|rest| rest.trim().strip_prefix("in `")).and_then(|rest| rest.strip_suffix('`'));
        let place = key.map(|key| format!("`{key}`: ")).unwrap_or_default();
        shape_error(line, column, &place, &message.trim_end().replace('\n', ", "))
    })
}

/// The line, from 1, of what the keys of `path` lead to: of the last one that is there. Elements of lists go by their position, from 0.
/// None when the text is no TOML, or has not even the first key.
pub fn toml_line<S: AsRef<str>>(text: &str, path: &[S]) -> Option<usize> {
    let table = DeTable::parse(text).ok()?;
    let mut within = DeValue::Table(table.into_inner());
    let mut found = None;
    for key in path {
        let (start, value) = match within {
            DeValue::Table(table) => {
                let Some((name, value)) = table.into_iter().find(|(name, _)| name.get_ref() == key.as_ref()) else { break };
                (name.span().start, value)
            }
            DeValue::Array(list) => {
                let Some(value) = key.as_ref().parse().ok().and_then(|position| list.into_iter().nth(position)) else { break };
                (value.span().start, value)
            }
            _ => break,
        };
        found = Some(start);
        within = value.into_inner();
    }
    found.and_then(|start| text.get(..start)).map(|before| before.matches('\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_a_line() {
        let text = "workers = 2\nrules = [\n  \"a\",\n  \"b\",\n]\n\n[presets.smoke]\nminions = 5\n\n[presets.smoke.tags]\nteam = \"x\"\n";
        for (path, line) in [
            (&["workers"][..], Some(1)),
            (&["rules"], Some(2)),
            (&["rules", "1"], Some(4)),
            (&["rules", "7"], Some(2)),
            (&["presets", "smoke"], Some(7)),
            (&["presets", "smoke", "minions"], Some(8)),
            (&["presets", "smoke", "tags", "team"], Some(11)),
            (&["presets", "smoke", "seed"], Some(7)),
            (&["nothing"], None),
        ] {
            assert_eq!(toml_line(text, path), line, "{path:?}");
        }
        assert_eq!(toml_line("[", &["a"]), None);
    }
}
