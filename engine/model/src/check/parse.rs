//! From text to a check; what can never hold is refused here.

use std::str::FromStr;

use super::{Check, Comparison, Condition, Operand, Subject};
use crate::duration::parse_duration;
use crate::nearest::name_hint;

/// Text that is no check.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{text}` is not a check: {reason}; {hint}")]
pub struct CheckError {
    /// As written.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
    /// What to do about it.
    pub hint: String,
}

type Fault = (String, String);

const SUBJECTS: [&str; 6] = ["status", "header:NAME", "body", "json:POINTER", "time-to-first-byte", "time-to-last-byte"];

impl FromStr for Check {
    type Err = CheckError;

    fn from_str(text: &str) -> Result<Self, CheckError> {
        parse(text.trim()).map_err(|(reason, hint)| CheckError { text: text.to_owned(), reason, hint })
    }
}

fn parse(text: &str) -> Result<Check, Fault> {
    let end = text.find(|letter: char| letter.is_whitespace() || "=!<>".contains(letter)).unwrap_or(text.len());
    let (subject, rest) = text.split_at(end);
    let subject = parse_subject(subject)?;
    let condition = parse_condition(rest.trim_start())?;
    check_types(&subject, &condition)?;
    Ok(Check { subject, condition })
}

fn parse_subject(text: &str) -> Result<Subject, Fault> {
    match text {
        "status" => return Ok(Subject::Status),
        "body" => return Ok(Subject::Body),
        "time-to-first-byte" => return Ok(Subject::TimeToFirstByte),
        "time-to-last-byte" => return Ok(Subject::TimeToLastByte),
        _ => {}
    }
    if let Some(name) = text.strip_prefix("header:").filter(|name| !name.is_empty()) {
        return Ok(Subject::Header(name.to_ascii_lowercase()));
    }
    if let Some(pointer) = text.strip_prefix("json:") {
        return match pointer.is_empty() || pointer.starts_with('/') {
            true => Ok(Subject::Json(pointer.to_owned())),
            false => Err((format!("`{pointer}` is no JSON pointer"), format!("write `json:/{}`", pointer.replace('.', "/")))),
        };
    }
    Err((format!("there is nothing called `{text}`"), name_hint(text, SUBJECTS).unwrap_or_default()))
}

fn parse_condition(text: &str) -> Result<Condition, Fault> {
    if let Some((symbol, comparison)) = Comparison::SYMBOLS.iter().find(|(symbol, _)| text.starts_with(symbol)) {
        let operand = text.strip_prefix(symbol).unwrap_or_default();
        return Ok(Condition::Compare(*comparison, parse_operand(operand.trim())?));
    }
    match text.split_once(char::is_whitespace) {
        Some(("in", range)) => parse_range(range.trim()),
        Some(("contains", operand)) => match parse_operand(operand.trim())? {
            Operand::Text(text) => Ok(Condition::Contains(text)),
            other => Err((format!("`{other}` is no text"), format!("write `contains \"{other}\"`"))),
        },
        Some(("matches", operand)) => match parse_operand(operand.trim())? {
            Operand::Text(text) => parse_pattern(&text),
            other => Err((format!("`{other}` is no text"), format!("write `matches \"{other}\"`"))),
        },
        _ => Err(("there is no condition".to_owned(), "go on with ==, !=, <, <=, >, >=, `in`, `contains` or `matches`".to_owned())),
    }
}

fn parse_pattern(text: &str) -> Result<Condition, Fault> {
    let remedy = |reason: String| {
        let hint = "correct it; a backslash is written `\\\\` inside of quotes, and once more so inside of JSON".to_owned();
        (format!("`{text}` is no regular expression: {reason}"), hint)
    };
    text.parse().map(Condition::Matches).map_err(remedy)
}

fn parse_range(range: &str) -> Result<Condition, Fault> {
    let bounds = range.split_once("..").and_then(|(from, to)| Some((from.trim().parse().ok()?, to.trim().parse().ok()?)));
    match bounds {
        Some((from, to)) if from <= to => Ok(Condition::Within(from, to)),
        _ => Err((format!("`{range}` is no range"), "write it like `in 200..299`".to_owned())),
    }
}

fn parse_operand(text: &str) -> Result<Operand, Fault> {
    match text {
        "true" | "false" => return Ok(Operand::Boolean(text == "true")),
        "null" => return Ok(Operand::Null),
        _ => {}
    }
    if let Ok(text) = serde_json::from_str::<String>(text) {
        return Ok(Operand::Text(text));
    }
    if let Some(number) = text.parse::<f64>().ok().filter(|number| number.is_finite()) {
        return Ok(Operand::Number(number));
    }
    parse_duration(text)
        .map(Operand::Duration)
        .map_err(|_| (format!("`{text}` is no value"), "write a number, `\"text\"`, `250ms`, `true`, `false` or `null`".to_owned()))
}

fn check_types(subject: &Subject, condition: &Condition) -> Result<(), Fault> {
    use Comparison::{Equal, NotEqual};
    let (fits, wanted) = match subject {
        Subject::Status => (
            matches!(condition, Condition::Compare(_, Operand::Number(_)) | Condition::Within(..)),
            "compare `status` with a number, like `status == 200` or `status in 200..299`",
        ),
        Subject::TimeToFirstByte | Subject::TimeToLastByte => {
            (matches!(condition, Condition::Compare(_, Operand::Duration(_))), "compare it with a duration, like `< 250ms`")
        }
        Subject::Body => (
            matches!(condition, Condition::Compare(Equal | NotEqual, Operand::Text(_)) | Condition::Contains(_) | Condition::Matches(_)),
            "compare `body` with text, like `body contains \"welcome\"`",
        ),
        Subject::Header(_) => (
            matches!(
                condition,
                Condition::Compare(Equal | NotEqual, Operand::Text(_))
                    | Condition::Compare(_, Operand::Number(_))
                    | Condition::Within(..)
                    | Condition::Contains(_)
                    | Condition::Matches(_)
            ),
            "compare a header with text or a number, like `header:content-type contains \"json\"`",
        ),
        Subject::Json(_) => (
            matches!(
                condition,
                Condition::Compare(Equal | NotEqual, Operand::Text(_) | Operand::Boolean(_) | Operand::Null)
                    | Condition::Compare(_, Operand::Number(_))
                    | Condition::Within(..)
                    | Condition::Contains(_)
                    | Condition::Matches(_)
            ),
            "compare JSON with a number, text, `true`, `false` or `null`, like `json:/count == 5`",
        ),
    };
    if fits { Ok(()) } else { Err(("its two sides do not fit".to_owned(), wanted.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_parsed() {
        for text in [
            "status == 200",
            "status in 200..299",
            "status < 400",
            "header:content-type contains \"json\"",
            "header:content-length <= 1000",
            "header:x-cache == \"hit\"",
            "body contains \"a \\\"quoted\\\" word\"",
            "header:location matches \"^/orders/\\\\d+$\"",
            "json:/a/b == 5",
            "json: != null",
            "json:/items in 0.5..1.5",
            "json:/ok == true",
            "time-to-first-byte < 250ms",
            "time-to-last-byte >= 1500us",
        ] {
            let check: Check = text.parse().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(check.to_string(), text);
        }
        assert_eq!("status==200".parse::<Check>(), "status == 200".parse());
        assert_eq!("header:X-Cache == \"hit\"".parse::<Check>(), "header:x-cache == \"hit\"".parse());
    }

    #[test]
    fn refusals_say_what_to_write() {
        let check = |text: &str, expected: &str| {
            let error = text.parse::<Check>().expect_err(text);
            assert_eq!(format!("{}; {}", error.reason, error.hint), expected);
        };
        check("staus == 200", "there is nothing called `staus`; did you mean `status`?");
        check("status", "there is no condition; go on with ==, !=, <, <=, >, >=, `in`, `contains` or `matches`");
        check("body matches 5", "`5` is no text; write `matches \"5\"`");
        check(
            "body matches \"(a\"",
            "`(a` is no regular expression: unclosed group; correct it; a backslash is written `\\\\` inside of quotes, and once more so inside of JSON",
        );
        check("status in 200", "`200` is no range; write it like `in 200..299`");
        check("status in 299..200", "`299..200` is no range; write it like `in 200..299`");
        check("status == ok", "`ok` is no value; write a number, `\"text\"`, `250ms`, `true`, `false` or `null`");
        check(
            "status == \"200\"",
            "its two sides do not fit; compare `status` with a number, like `status == 200` or `status in 200..299`",
        );
        check("time-to-last-byte < 250", "its two sides do not fit; compare it with a duration, like `< 250ms`");
        check("json:a.b == 1", "`a.b` is no JSON pointer; write `json:/a/b`");
        check("body contains 5", "`5` is no text; write `contains \"5\"`");
    }
}
