//! The nearest right name, for errors.

/// The candidate that a mistyped name most likely meant; none when nothing is near.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = |candidate: &'a str| (strsim::damerau_levenshtein(&name.to_lowercase(), &candidate.to_lowercase()), candidate);
    let (distance, candidate) = candidates.into_iter().map(near).min_by_key(|(distance, _)| *distance)?;
    (distance <= name.chars().count().max(candidate.chars().count()).div_ceil(3)).then_some(candidate)
}

/// "did you mean …" for the nearest candidate, or else all of them; none when there are none.
pub fn name_hint<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    if let Some(candidate) = nearest(name, candidates.clone()) {
        return Some(format!("did you mean `{candidate}`?"));
    }
    let all: Vec<_> = candidates.into_iter().map(|candidate| format!("`{candidate}`")).collect();
    (!all.is_empty()).then(|| format!("possible: {}", all.join(", ")))
}

/// The hint for what serde says about an unknown field or variant: its message names the right ones, and no other way leads to them.
pub(crate) fn unknown_name_hint(message: &str) -> Option<String> {
    if !message.starts_with("unknown ") {
        return None;
    }
    let mut names = message.split('`').skip(1).step_by(2);
    let wrong = names.next()?;
    name_hint(wrong, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_and_far() {
        assert_eq!(nearest("htpp", ["http", "http-with", "map"]), Some("http"));
        assert_eq!(nearest("zebra", ["http", "map"]), None);
        assert_eq!(name_hint("zebra", ["http", "map"]).as_deref(), Some("possible: `http`, `map`"));
        let message = "unknown field `timeot`, expected one of `name`, `timeout` at line 1 column 9";
        assert_eq!(unknown_name_hint(message).as_deref(), Some("did you mean `timeout`?"));
    }
}
