//! From text to a rule; every refusal says where it is and what is expected there.

use std::str::FromStr;
use std::time::Duration;

use super::scan::{Name, Scanner};
use super::{Meter, Rule, RuleAction, RuleCondition, RulePhase, RuleSelector, RuleSubject, RuleValue, RuleWindow, Statistic, Tally};
use super::{named_in, units};
use crate::check::Comparison;
use crate::duration::{format_duration, parse_duration};
use crate::nearest::name_hint;

/// Text that is no rule.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{text}` is not a rule: column {column}: {message}; {hint}")]
pub struct RuleError {
    /// As written.
    pub text: String,
    /// Where, in characters from 1.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
    /// What is expected there.
    pub hint: String,
}

/// A refusal with its byte.
pub(super) struct Refusal {
    pub place: usize,
    pub message: String,
    pub hint: String,
}

pub(super) fn refuse<T>(place: usize, message: impl Into<String>, hint: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { place, message: message.into(), hint: hint.into() })
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let mut scanner = Scanner::new(text);
        rule(&mut scanner).map_err(|Refusal { place, message, hint }| RuleError {
            text: text.to_owned(),
            column: scanner.column(place),
            message,
            hint,
        })
    }
}

fn rule(scanner: &mut Scanner<'_>) -> Result<Rule, Refusal> {
    let start = scanner.place();
    let (end_of_subject, subject, selector) = subject(scanner)?;
    units::check_selector(&subject, &selector, start..end_of_subject)?;
    let value_place = scanner.place();
    let condition = condition(scanner)?;
    units::check_condition(&subject, &condition, value_place)?;
    let (window, action) = rest(scanner, &subject)?;
    Ok(Rule { subject, selector, condition, window, action })
}

/// The subject and its selector, with the place of the closing parenthesis.
fn subject(scanner: &mut Scanner<'_>) -> Result<(usize, RuleSubject, RuleSelector), Refusal> {
    let (place, word) = scanner.word();
    let head = head(place, word)?;
    let after = scanner.place();
    if !scanner.take("(") {
        let example = if matches!(head, Head::Tally(_)) { format!("{word}(step:NAME)") } else { format!("{word}(response, step:NAME)") };
        return refuse(after, found(scanner, after, "there is no `(`"), format!("write `{example}`"));
    }
    let mut selector = RuleSelector::default();
    let subject = match head {
        Head::Tally(tally) => RuleSubject::Tally(tally),
        Head::Statistic(statistic) => RuleSubject::Meter(statistic, meter(scanner)?),
    };
    let mut first = matches!(subject, RuleSubject::Tally(_));
    loop {
        let place = scanner.place();
        if scanner.take(")") {
            return Ok((place, subject, selector));
        }
        if !std::mem::take(&mut first) && !scanner.take(",") {
            return refuse(place, found(scanner, place, "the parenthesis does not end"), "go on with `,` and a selector, or with `)`");
        }
        add_selector(scanner, &mut selector)?;
    }
}

enum Head {
    Statistic(Statistic),
    Tally(Tally),
}

fn head(place: usize, word: &str) -> Result<Head, Refusal> {
    let names = || Statistic::NAMES.iter().map(|(name, _)| *name).chain(["p99"]).chain(Tally::NAMES.iter().map(|(name, _)| *name));
    if let Some(tally) = named_in(&Tally::NAMES, word) {
        return Ok(Head::Tally(tally));
    }
    if let Some(statistic) = named_in(&Statistic::NAMES, word) {
        return Ok(Head::Statistic(statistic));
    }
    match word.strip_prefix('p').filter(|digits| digits.starts_with(|letter: char| letter.is_ascii_digit())) {
        Some(digits) => match percentile(digits) {
            Some(thousandths) => Ok(Head::Statistic(Statistic::Percentile(thousandths))),
            None => refuse(
                place,
                format!("`{word}` is no percentile"),
                "write `p` and a number above 0, at most 100, with up to three decimals: `p99.9`",
            ),
        },
        None if word.is_empty() => refuse(place, "there is no statistic", "begin with one, like `p99(response, step:NAME) < 250ms`"),
        None => refuse(place, format!("there is no statistic `{word}`"), name_hint(word, names().collect::<Vec<_>>()).unwrap_or_default()),
    }
}

/// `99.9` in thousandths of a percent.
fn percentile(digits: &str) -> Option<u32> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let fits = |part: &str, most: usize| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !fits(whole, 3) || !fits(fraction, 3) {
        return None;
    }
    let thousandths = whole.parse::<u32>().ok()? * 1_000 + format!("{fraction:0<3}").parse::<u32>().ok()?;
    (1..=100_000).contains(&thousandths).then_some(thousandths)
}

fn meter(scanner: &mut Scanner<'_>) -> Result<Meter, Refusal> {
    let (place, name) = scanner.name();
    let known = || format!("name one of {}, or a meter of a plugin or of the scenario", listed(&Meter::NAMES));
    match name {
        None => unended(place),
        Some(Name { text, quoted: true }) if !text.is_empty() => Ok(Meter::Named(text)),
        Some(Name { text, .. }) if text.is_empty() => refuse(place, found(scanner, place, "there is no meter"), known()),
        Some(Name { text, .. }) if scanner.rest().starts_with(':') => {
            refuse(place, format!("`{text}:` selects, and there is no meter"), format!("the meter comes first: {}", known()))
        }
        Some(Name { text, .. }) => Ok(named_in(&Meter::NAMES, &text).unwrap_or(Meter::Named(text))),
    }
}

fn add_selector(scanner: &mut Scanner<'_>, selector: &mut RuleSelector) -> Result<(), Refusal> {
    const KEYS: [&str; 4] = ["step", "scenario", "zone", "tag"];
    let (place, key) = scanner.word();
    let write = "write `step:NAME`, `scenario:NAME`, `zone:NAME` or `tag:KEY=VALUE`";
    if key.is_empty() {
        return refuse(place, found(scanner, place, "there is no selector"), write);
    }
    if !scanner.take(":") {
        return refuse(place, format!("`{key}` is no selector"), write);
    }
    if !KEYS.contains(&key) {
        return refuse(place, format!("there is no selector `{key}`"), name_hint(key, KEYS).unwrap_or_default());
    }
    let name = required_name(scanner, &format!("write `{key}:{}`", if key == "tag" { "KEY=VALUE" } else { "NAME" }))?;
    let twice = match key {
        "step" => selector.step.replace(name),
        "scenario" => selector.scenario.replace(name),
        "zone" => selector.zone.replace(name),
        _ => {
            let equals = scanner.place();
            if !scanner.take("=") {
                return refuse(equals, "the tag has no value", format!("write `tag:{name}=VALUE`"));
            }
            let value = required_name(scanner, &format!("write `tag:{name}=VALUE`"))?;
            selector.tags.insert(name, value)
        }
    };
    match twice {
        Some(first) => refuse(place, format!("`{key}:` is there twice"), format!("`{first}` is selected already; write a rule for each")),
        None => Ok(()),
    }
}

fn required_name(scanner: &mut Scanner<'_>, hint: &str) -> Result<String, Refusal> {
    let (place, name) = scanner.name();
    match name {
        None => unended(place),
        Some(name) if name.text.is_empty() && !name.quoted => refuse(place, found(scanner, place, "there is no name"), hint),
        Some(name) => Ok(name.text),
    }
}

fn condition(scanner: &mut Scanner<'_>) -> Result<RuleCondition, Refusal> {
    if let Some((_, comparison)) = Comparison::SYMBOLS.iter().find(|(symbol, _)| scanner.take(symbol)) {
        return Ok(RuleCondition::Compare(*comparison, value(scanner)?));
    }
    let (place, word) = scanner.word();
    let negated = word == "not";
    let (between_place, between) = if negated { scanner.word() } else { (place, word) };
    match between {
        "between" => {
            let low = value(scanner)?;
            let (and_place, and) = scanner.word();
            if and != "and" {
                return refuse(and_place, found(scanner, and_place, "`between` has one bound"), format!("write `between {low} and …`"));
            }
            let high = value(scanner)?;
            Ok(if negated { RuleCondition::NotBetween(low, high) } else { RuleCondition::Between(low, high) })
        }
        _ if negated => refuse(between_place, found(scanner, between_place, "`not` stands alone"), "write `not between 1 and 5`"),
        _ => refuse(
            place,
            found(scanner, place, "there is no comparison"),
            "go on with `<`, `<=`, `>`, `>=`, `==`, `!=`, `between` or `not between`",
        ),
    }
}

fn value(scanner: &mut Scanner<'_>) -> Result<RuleValue, Refusal> {
    let (place, word) = scanner.word();
    let value = plain_value(place, word)?;
    let RuleValue::Percent(percent) = value else { return Ok(value) };
    let before = scanner.place();
    let next = scanner.rest();
    if !next.starts_with("of") || !next.get(2..).is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace)) {
        return if percent <= 100.0 { Ok(value) } else { refuse(place, format!("`{word}` is more than all"), "a share is at most 100%") };
    }
    scanner.word();
    match scanner.word() {
        (_, "intended") => Ok(RuleValue::PercentOfIntended(percent)),
        (place, _) => {
            let place = if place > before { place } else { before };
            refuse(place, found(scanner, place, "this is not what a share can be of"), format!("write `{word} of intended`"))
        }
    }
}

fn plain_value(place: usize, word: &str) -> Result<RuleValue, Refusal> {
    let write = "write a number, `250ms`, `50/s`, `0.1%` or `99.5% of intended`";
    if word.is_empty() {
        return refuse(place, "there is no value", write);
    }
    let value = match (word.strip_suffix('%'), word.strip_suffix("/s")) {
        (Some(percent), _) => positive(percent).map(RuleValue::Percent),
        (_, Some(rate)) => positive(rate).map(RuleValue::PerSecond),
        _ => word.strip_prefix('-').map_or_else(|| positive(word), |size| positive(size).map(|size| -size)).map(RuleValue::Number),
    };
    if let Some(value) = value {
        return Ok(value);
    }
    match parse_duration(word) {
        Ok(duration) => Ok(RuleValue::Duration(duration)),
        Err(error) if word.starts_with(|letter: char| letter.is_ascii_digit()) && !word.contains(['%', '/']) => {
            refuse(place, format!("`{word}` is no value"), error.hint)
        }
        Err(_) => refuse(place, format!("`{word}` is no value"), write),
    }
}

/// Digits with an optional fraction, and nothing else that floats can be written as.
fn positive(text: &str) -> Option<f64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && !text.starts_with('.') && !text.ends_with('.');
    text.parse().ok().filter(|number: &f64| is_plain && number.is_finite())
}

fn rest(scanner: &mut Scanner<'_>, subject: &RuleSubject) -> Result<(RuleWindow, RuleAction), Refusal> {
    const KEYS: [&str; 5] = ["over", "for", "after", "phase", "then"];
    let mut window = RuleWindow::default();
    while !scanner.is_at_end() {
        let (place, key) = scanner.word();
        let twice = match key {
            "over" => window.over.replace(over(scanner)?).is_some(),
            "for" => window.lasting.replace(time(scanner, key)?).is_some(),
            "after" => window.after.replace(time(scanner, key)?).is_some(),
            "phase" => {
                units::check_phase(subject, place)?;
                window.phase.replace(choice(scanner, "phase", &RulePhase::NAMES)?).is_some()
            }
            "then" => {
                let action = choice(scanner, "action", &RuleAction::NAMES)?;
                let rest = scanner.place();
                return match scanner.is_at_end() {
                    true => Ok((window, action)),
                    false => refuse(rest, format!("there is more behind `then`: `{}`", scanner.shown(rest)), "`then` comes last"),
                };
            }
            _ => {
                let hint = name_hint(scanner.shown(place), KEYS).unwrap_or_default();
                return refuse(place, format!("`{}` is not expected here", scanner.shown(place)), hint);
            }
        };
        if twice {
            return refuse(place, format!("`{key}` is there twice"), "leave one of them out");
        }
    }
    Ok((window, RuleAction::default()))
}

fn over(scanner: &mut Scanner<'_>) -> Result<Duration, Refusal> {
    let place = scanner.place();
    let window = time(scanner, "over")?;
    if window.subsec_nanos() != 0 || window.is_zero() || window > Rule::LONGEST_WINDOW {
        let longest = format_duration(Rule::LONGEST_WINDOW);
        return refuse(place, format!("a window cannot be {}", format_duration(window)), format!("write whole seconds, at most {longest}"));
    }
    Ok(window)
}

fn time(scanner: &mut Scanner<'_>, key: &str) -> Result<Duration, Refusal> {
    let (place, word) = scanner.word();
    if word.is_empty() {
        return refuse(place, found(scanner, place, &format!("`{key}` has no time")), format!("write `{key} 30s`"));
    }
    parse_duration(word).or_else(|error| refuse(place, format!("`{word}` is not a duration"), error.hint))
}

fn choice<T: Clone>(scanner: &mut Scanner<'_>, what: &str, names: &[(&'static str, T)]) -> Result<T, Refusal> {
    let (place, word) = scanner.word();
    let candidates: Vec<_> = names.iter().map(|(name, _)| *name).collect();
    match named_in(names, word) {
        Some(value) => Ok(value),
        None if word.is_empty() => refuse(place, found(scanner, place, &format!("there is no {what}")), format!("name {}", listed(names))),
        None => refuse(place, format!("there is no {what} `{word}`"), name_hint(word, candidates).unwrap_or_default()),
    }
}

fn listed<T>(names: &[(&'static str, T)]) -> String {
    names.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn unended<T>(place: usize) -> Result<T, Refusal> {
    refuse(place, "the quotation does not end", "write it like `\"two words\"`, with `\\\"` for a quotation mark in it")
}

/// What is missing, and what is there instead.
fn found(scanner: &Scanner<'_>, place: usize, missing: &str) -> String {
    match scanner.shown(place) {
        "" => format!("{missing}: the rule ends here"),
        there => format!("{missing}: here is `{there}`"),
    }
}
