//! Text of foreign origin, cut to a length that a report can hold.

use std::borrow::Cow;

/// Characters kept of a message.
const LIMIT: usize = 1_000;

/// The text, or its first 1 000 characters with a mark that says so.
pub(crate) fn cut(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) => Cow::Owned(format!("{}… (cut)", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_between_characters_and_says_so() {
        assert_eq!(cut(&"ä".repeat(LIMIT)), "ä".repeat(LIMIT));
        assert_eq!(cut(&"ä".repeat(LIMIT + 1)), format!("{}… (cut)", "ä".repeat(LIMIT)));
    }
}
