//! Templates: text with holes, `/items/{minion}`.

use std::fmt;

use crate::graph::{Template, TemplatePart};
use crate::nearest::name_hint;

const HOLES: [&str; 6] = ["minion", "iteration", "sequence", "random", "uuid", "setting:NAME"];
const SETTING: &str = "setting:";

/// A hole that nothing can fill.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{{{name}}}` is nothing that a template can have{}; write `{{{{{name}}}}}` if it shall stand as it is", .hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
pub struct TemplateError {
    /// What is between the braces.
    pub name: String,
    /// The nearest right name.
    pub hint: Option<String>,
}

impl Template {
    /// Reads text with holes. A brace that is not around a word stands for itself, so JSON can be written as it is; `{{minion}}` gives
    /// `{minion}`.
    ///
    /// # Errors
    /// A word in braces is no known hole.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut template = Self { parts: Vec::new() };
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            let (before, braced) = rest.split_at(start);
            template.push_text(before);
            if let Some(word) = word_between(braced, "{{", "}}") {
                template.push_text(&format!("{{{word}}}"));
                rest = braced.get(word.len() + 4..).unwrap_or_default();
            } else if let Some(word) = word_between(braced, "{", "}") {
                template.parts.push(hole(word)?);
                rest = braced.get(word.len() + 2..).unwrap_or_default();
            } else {
                template.push_text("{");
                rest = braced.get(1..).unwrap_or_default();
            }
        }
        template.push_text(rest);
        Ok(template)
    }

    /// The text, if there is no hole in it.
    pub fn as_text(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [TemplatePart::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The settings that it asks for.
    pub fn settings(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            TemplatePart::Setting(name) => Some(name.as_str()),
            _ => None,
        })
    }

    fn push_text(&mut self, text: &str) {
        match self.parts.last_mut() {
            _ if text.is_empty() => {}
            Some(TemplatePart::Text(last)) => last.push_str(text),
            _ => self.parts.push(TemplatePart::Text(text.to_owned())),
        }
    }
}

fn word_between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let (word, _) = text.strip_prefix(open)?.split_once(close)?;
    let starts = word.starts_with(|letter: char| letter.is_ascii_alphabetic());
    let goes_on = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:.".contains(&byte);
    (starts && word.bytes().all(goes_on)).then_some(word)
}

fn hole(word: &str) -> Result<TemplatePart, TemplateError> {
    match word {
        "minion" => Ok(TemplatePart::Minion),
        "iteration" => Ok(TemplatePart::Iteration),
        "sequence" => Ok(TemplatePart::Sequence),
        "random" => Ok(TemplatePart::Random),
        "uuid" => Ok(TemplatePart::Uuid),
        _ => match word.strip_prefix(SETTING) {
            Some(name) if !name.is_empty() => Ok(TemplatePart::Setting(name.to_owned())),
            _ => Err(TemplateError { name: word.to_owned(), hint: name_hint(word, HOLES) }),
        },
    }
}

impl fmt::Display for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            TemplatePart::Text(text) => formatter.write_str(text),
            TemplatePart::Minion => formatter.write_str("{minion}"),
            TemplatePart::Iteration => formatter.write_str("{iteration}"),
            TemplatePart::Sequence => formatter.write_str("{sequence}"),
            TemplatePart::Random => formatter.write_str("{random}"),
            TemplatePart::Uuid => formatter.write_str("{uuid}"),
            TemplatePart::Setting(name) => write!(formatter, "{{{SETTING}{name}}}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_and_braces() {
        let text = |text: &str| TemplatePart::Text(text.to_owned());
        let parts = |template: &str| Template::parse(template).expect("valid").parts;
        assert_eq!(parts("/items/{minion}"), [text("/items/"), TemplatePart::Minion]);
        assert_eq!(
            parts("{uuid}{setting:user}{sequence}"),
            [TemplatePart::Uuid, TemplatePart::Setting("user".to_owned()), TemplatePart::Sequence]
        );
        assert_eq!(parts(r#"{"a":{"b":{random}}}"#), [text(r#"{"a":{"b":"#), TemplatePart::Random, text("}}")]);
        assert_eq!(parts("{{minion}} {} {"), [text("{minion} {} {")]);
        assert_eq!(Template::parse("plain").expect("valid").as_text(), Some("plain"));
        assert_eq!(Template::parse("/{iteration}").expect("valid").to_string(), "/{iteration}");
    }

    #[test]
    fn unknown_holes_are_refused() {
        let error = |text: &str| Template::parse(text).expect_err(text).to_string();
        assert_eq!(
            error("/{minoin}"),
            "`{minoin}` is nothing that a template can have; did you mean `minion`?; write `{{minoin}}` if it shall stand as it is"
        );
        assert!(error("{setting:}").contains("did you mean `setting:NAME`?"));
    }
}
