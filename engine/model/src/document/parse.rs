//! From text to a document, or to what is wrong with its shape and where.

use serde::de::DeserializeOwned;

use super::Document;
use crate::nearest::unknown_name_hint;

/// A document's size, at most.
pub const MAX_DOCUMENT_BYTES: usize = 1 << 20;

/// Why text is no document.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DocumentError {
    /// Above [`MAX_DOCUMENT_BYTES`].
    #[error("the document has {bytes} bytes, more than {MAX_DOCUMENT_BYTES}; split its scenarios into several documents")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// It is no JSON, or not of a document's shape.
    #[error("line {line}, column {column}: {message}{}", .hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
    Shape {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What is wrong.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
}

/// Reads a document. What it says is checked by [`validate`](crate::validate).
///
/// # Errors
/// It is too large, no JSON, or not of a document's shape: the first such place.
pub fn parse_document(json: &str) -> Result<Document, DocumentError> {
    read_json(json)
}

/// Reads JSON of any document's shape, with the nearest name for an unknown one.
pub(crate) fn read_json<T: DeserializeOwned>(json: &str) -> Result<T, DocumentError> {
    if json.len() > MAX_DOCUMENT_BYTES {
        return Err(DocumentError::TooLarge { bytes: json.len() });
    }
    serde_json::from_str(json).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = error.to_string();
        shape_error(line, column, "", message.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&message))
    })
}

/// What serde says about a place of a document, with the nearest name for an unknown one; `key` is put in front.
pub(crate) fn shape_error(line: usize, column: usize, key: &str, message: &str) -> DocumentError {
    let hint = unknown_name_hint(message);
    // With a hint, the list of all names that serde adds is noise.
    let message = message.split_once(", expected").filter(|_| hint.is_some()).map_or(message, |(start, _)| start);
    DocumentError::Shape { line, column, message: format!("{key}{message}"), hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: &str) {
        assert_eq!(parse_document(json).expect_err(json).to_string(), expected);
    }

    #[test]
    fn errors_have_place_and_hint() {
        check("{\n", "line 2, column 0: EOF while parsing an object");
        check(r#"{"throng": "0.1", "scenario": []}"#, "line 1, column 28: unknown field `scenario`; did you mean `scenarios`?");
        let step = |step: &str| format!("{{\"throng\": \"0.1\", \"scenarios\": [{{\"name\": \"a\", \"steps\": [\n{step}]}}]}}");
        check(&step(r#"{"timeout": 1000}"#), "line 2, column 16: 1000 has no unit; write `\"1000ms\"`");
        check(
            &step(r#"{"timeout": "1000"}"#),
            "line 2, column 18: `1000` is not a duration; write `1000ms`, or another unit: ns, us, ms, s, m, h",
        );
        check(&step(r#"{"retry": {"retrys": 1}}"#), "line 2, column 19: unknown field `retrys`; did you mean `retries`?");
        check(
            &step(r#"{"retry": "never"}"#),
            "line 2, column 17: invalid value: string \"never\", expected \"none\" or an object like {\"retries\": 3, \"delay\": \"100ms\"}",
        );
        check(&step(r#"{"after": 5}"#), "line 2, column 11: invalid type: integer `5`, expected a step's name, or a list of them");
        check(&step(r#"{"run": "afterload"}"#), "line 2, column 19: unknown variant `afterload`; did you mean `after-load`?");
        let large = " ".repeat(MAX_DOCUMENT_BYTES + 1);
        check(&large, "the document has 1048577 bytes, more than 1048576; split its scenarios into several documents");
    }

    #[test]
    fn what_is_written_is_read_again() {
        let json = r#"{"throng": "0.1", "scenarios": [{"name": "a", "minions": 5, "profile": "regular(1s, 5)", "steps": [
            {"name": "x", "start": true, "retry": "none", "timeout": "2s", "iterate": {"iterations": 3}, "returns": 5},
            {"after": ["x", "x"], "retry": {"retries": 1}, "map": {"callback": 0}}]}]}"#;
        let document = parse_document(json).expect("valid");
        let written = serde_json::to_string(&document).expect("writable");
        assert_eq!(parse_document(&written).expect("valid"), document);
        assert_eq!(document.scenarios[0].steps[1].kinds.keys().collect::<Vec<_>>(), ["map"]);
    }
}
