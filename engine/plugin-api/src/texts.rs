//! Small languages inside option texts: templates and durations.

use std::time::Duration;

use throng_model::{Template, TemplatePart};

/// Reads text with holes: `/items/{minion}`. A brace that is not around a word stands for itself; `{{minion}}` gives `{minion}`.
///
/// # Errors
/// A word in braces that nobody fills.
pub fn parse_template(text: &str) -> Result<Template, String> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, from)) = rest.find('{').and_then(|at| rest.split_at_checked(at)) {
        plain.push_str(before);
        if let Some((word, after)) = word_between(from, "{{", "}}") {
            plain.extend(["{", word, "}"]);
            rest = after;
        } else if let Some((word, after)) = word_between(from, "{", "}") {
            if !plain.is_empty() {
                parts.push(TemplatePart::Text(std::mem::take(&mut plain)));
            }
            parts.push(hole_named(word)?);
            rest = after;
        } else {
            plain.push('{');
            rest = from.strip_prefix('{').unwrap_or_default();
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        parts.push(TemplatePart::Text(plain));
    }
    Ok(Template { parts })
}

fn word_between<'a>(text: &'a str, open: &str, close: &str) -> Option<(&'a str, &'a str)> {
    let (word, after) = text.strip_prefix(open)?.split_once(close)?;
    let goes_on = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:.".contains(&byte);
    let is_word = word.starts_with(|first: char| first.is_ascii_alphabetic()) && word.bytes().all(goes_on);
    is_word.then_some((word, after))
}

fn hole_named(name: &str) -> Result<TemplatePart, String> {
    Ok(match name {
        "minion" => TemplatePart::Minion,
        "iteration" => TemplatePart::Iteration,
        "sequence" => TemplatePart::Sequence,
        "random" => TemplatePart::Random,
        "uuid" => TemplatePart::Uuid,
        _ => match name.strip_prefix("setting:") {
            Some(setting) if !setting.is_empty() => TemplatePart::Setting(setting.to_owned()),
            _ => {
                return Err(format!(
                    "nobody fills `{{{name}}}`: the holes are `{{minion}}`, `{{iteration}}`, `{{sequence}}`, `{{random}}`, `{{uuid}}` and \
                     `{{setting:NAME}}`; write `{{{{{name}}}}}` if it shall stand as it is"
                ));
            }
        },
    })
}

/// The text of a template without holes.
pub fn constant_text(template: &Template) -> Option<String> {
    template
        .parts
        .iter()
        .map(|part| match part {
            TemplatePart::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

/// Reads `250ms`, `1s`, `2m`, `1h`.
///
/// # Errors
/// No number, or no unit.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = number_and_unit(text);
    let nanoseconds = match unit {
        "us" | "µs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "m" => 60e9,
        "h" => 3600e9,
        "" => return Err(format!("`{text}` has no unit; write `{number}ms`")),
        _ => return Err(format!("`{text}` is not a duration; write it like `250ms`, `1s` or `2m`")),
    };
    let number: f64 = number.parse().map_err(|_| format!("`{text}` is not a duration; write it like `250ms`, `1s` or `2m`"))?;
    Ok(Duration::from_nanos((number * nanoseconds) as u64))
}

fn number_and_unit(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number, unit.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_have_holes_and_braces() {
        let template = parse_template("/a{{b}}/{minion}/{setting:shop}{}").expect("valid");
        assert_eq!(
            template.parts,
            [
                TemplatePart::Text("/a{b}/".to_owned()),
                TemplatePart::Minion,
                TemplatePart::Text("/".to_owned()),
                TemplatePart::Setting("shop".to_owned()),
                TemplatePart::Text("{}".to_owned())
            ]
        );
        assert_eq!(constant_text(&template), None);
        assert_eq!(constant_text(&parse_template("{\"a\": {1}}").expect("valid")).as_deref(), Some("{\"a\": {1}}"));
        for wrong in ["{minon}", "{setting:}", "a{b}"] {
            assert!(parse_template(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(parse_duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse_duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(parse_duration("1000"), Err("`1000` has no unit; write `1000ms`".to_owned()));
        assert!(parse_duration("soon").is_err() && parse_duration("s").is_err());
    }
}
