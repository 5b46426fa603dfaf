//! Names: kebab-case, so that rules, reports and the command line need no quotes.

/// What is wrong with a name, and its nearest right form.
pub(super) fn check(name: &str) -> Result<(), (String, Option<String>)> {
    let words = name.strip_prefix('_').unwrap_or(name);
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if words.split('-').all(is_word) {
        return Ok(());
    }
    let hint = kebab(name).map(|kebab| format!("write `{kebab}`"));
    Err((format!("the name `{name}` is not in kebab-case"), hint))
}

fn kebab(name: &str) -> Option<String> {
    let mut kebab = String::new();
    for letter in name.chars() {
        let starts_word = letter.is_ascii_uppercase() && kebab.ends_with(|last: char| last.is_ascii_lowercase() || last.is_ascii_digit());
        if starts_word || (!letter.is_ascii_alphanumeric() && !kebab.is_empty() && !kebab.ends_with('-')) {
            kebab.push('-');
        }
        if letter.is_ascii_alphanumeric() {
            kebab.push(letter.to_ascii_lowercase());
        }
    }
    Some(kebab.trim_end_matches('-').to_owned()).filter(|kebab| !kebab.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kebab_case() {
        for good in ["order", "order-2", "_hidden", "2nd-order"] {
            assert_eq!(check(good), Ok(()));
        }
        let hint = |name: &str| check(name).expect_err(name).1;
        assert_eq!(hint("placeOrder"), Some("write `place-order`".to_owned()));
        assert_eq!(hint("Place an order!"), Some("write `place-an-order`".to_owned()));
        assert_eq!(hint("a--b"), Some("write `a-b`".to_owned()));
        assert_eq!(hint(""), None);
    }
}
