//! What comparing a ledger with what is stored comes to. Pure.

use std::fmt::Write as _;

use rustc_hash::FxHashMap;
use serde_json::{Map, Value as Json};
use throng_protocols::Failure;

use crate::ledger::Ledger;

/// Examples of each class that are emitted.
const EXAMPLES: usize = 10;

/// A class of keys: how many, and some of them.
#[derive(Debug, Default)]
pub(crate) struct Class {
    pub(crate) count: u64,
    examples: Vec<String>,
}

impl Class {
    fn add(&mut self, example: impl FnOnce() -> String) {
        self.count += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(example());
        }
    }
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) acknowledged: u64,
    pub(crate) stored: u64,
    pub(crate) matched: Class,
    /// Acknowledged, and not stored.
    pub(crate) lost: Class,
    /// Stored once more.
    pub(crate) doubled: Class,
    /// Stored with what was never acknowledged under its key.
    pub(crate) overwritten: Class,
    /// Stored, and never acknowledged.
    pub(crate) unacknowledged: Class,
}

/// A comparison that takes rows one by one.
pub(crate) struct Comparison<'a> {
    ledger: &'a Ledger,
    /// How often each key is stored.
    seen: FxHashMap<String, u64>,
    found: Found,
}

impl<'a> Comparison<'a> {
    pub(crate) fn new(ledger: &'a Ledger) -> Self {
        Self { ledger, seen: FxHashMap::default(), found: Found::default() }
    }

    /// Takes a row; `value` is compared unless there is none.
    pub(crate) fn add(&mut self, key: String, value: Option<&Json>) {
        let found = &mut self.found;
        found.stored += 1;
        let known = self.ledger.values(&key);
        let times = self.seen.entry(key.clone()).or_default();
        *times += 1;
        match known {
            None => found.unacknowledged.add(|| key),
            Some(_) if *times > 1 => found.doubled.add(|| key),
            Some(values) => match value {
                Some(value) if !values.is_empty() && !values.iter().any(|known| is_same(known, value)) => {
                    let last = values.last().map(Json::to_string).unwrap_or_default();
                    found.overwritten.add(|| format!("{key}: acknowledged {last}, stored {value}"));
                }
                _ => found.matched.add(|| key),
            },
        }
    }

    /// Looks for what is not stored.
    pub(crate) fn end(self) -> Found {
        let Self { ledger, seen, mut found } = self;
        ledger.each_key(|key| {
            found.acknowledged += 1;
            if !seen.contains_key(key) {
                found.lost.add(|| key.to_owned());
            }
        });
        for class in [&mut found.lost, &mut found.unacknowledged] {
            class.examples.sort();
        }
        found
    }
}

/// Whether two values are the same, however a database writes them: `12.50` is `12.5`, and a number may have become a text.
fn is_same(one: &Json, other: &Json) -> bool {
    let number = |json: &Json| json.as_f64().or_else(|| json.as_str()?.parse().ok());
    let both_are_texts = one.is_string() && other.is_string();
    one == other || !both_are_texts && number(one).is_some_and(|one| number(other) == Some(one))
}

impl Found {
    fn classes(&self) -> [(&'static str, &Class); 5] {
        [
            ("matched", &self.matched),
            ("lost", &self.lost),
            ("doubled", &self.doubled),
            ("overwritten", &self.overwritten),
            ("unacknowledged", &self.unacknowledged),
        ]
    }

    /// As a value: counts, and examples of what is not as it should be.
    pub(crate) fn json(&self) -> Json {
        let mut json = Map::new();
        json.insert("acknowledged".to_owned(), self.acknowledged.into());
        json.insert("stored".to_owned(), self.stored.into());
        let mut examples = Map::new();
        for (name, class) in self.classes() {
            json.insert(name.to_owned(), class.count.into());
            if name != "matched" && class.count > 0 {
                examples.insert(name.to_owned(), class.examples.clone().into());
            }
        }
        json.insert("examples".to_owned(), examples.into());
        json.into()
    }

    /// The gravest class that there is, with an example of each; none if all is as it should be.
    pub(crate) fn failure(&self) -> Option<Failure> {
        let faults: Vec<_> = self.classes().into_iter().skip(1).take(3).filter(|(_, class)| class.count > 0).collect();
        let (gravest, _) = faults.first()?;
        let mut message = format!("of {} acknowledged keys", self.acknowledged);
        for (index, (name, class)) in faults.iter().enumerate() {
            let example = class.examples.first().map_or("", String::as_str);
            let separator = if index > 0 { ";" } else { "" };
            // Text takes whatever comes.
            let _ = write!(message, "{separator} {} {name}, such as `{example}`", class.count);
        }
        if self.unacknowledged.count > 0 {
            let _ = write!(message, "; {} stored without acknowledgement", self.unacknowledged.count);
        }
        Some(Failure::assertion(*gravest, message))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn compared(acknowledged: &[(&str, Json)], stored: &[(&str, Json)]) -> Found {
        let ledger = Ledger::new(1_000);
        acknowledged.iter().for_each(|(key, value)| assert!(ledger.record((*key).to_owned(), Some(value.clone()))));
        let mut comparison = Comparison::new(&ledger);
        stored.iter().for_each(|(key, value)| comparison.add((*key).to_owned(), Some(value)));
        comparison.end()
    }

    #[test]
    fn each_class_is_found() {
        let acknowledged = [("a", json!(1)), ("b", json!(2)), ("c", json!(3)), ("d", json!(4)), ("e", json!(5)), ("e", json!(6))];
        let stored = [("a", json!(1)), ("b", json!("2.0")), ("b", json!(2)), ("c", json!(7)), ("e", json!(5)), ("x", json!(0))];
        let found = compared(&acknowledged, &stored);
        let expected = json!({
            "acknowledged": 5, "stored": 6, "matched": 3, "lost": 1, "doubled": 1, "overwritten": 1, "unacknowledged": 1,
            "examples": { "lost": ["d"], "doubled": ["b"], "overwritten": ["c: acknowledged 3, stored 7"], "unacknowledged": ["x"] }
        });
        assert_eq!(found.json(), expected);
        let failure = found.failure().expect("it is not as it should be");
        let message = "of 5 acknowledged keys 1 lost, such as `d`; 1 doubled, such as `b`; 1 overwritten, such as `c: acknowledged 3, stored 7`; \
                       1 stored without acknowledgement";
        assert_eq!((failure.code.as_str(), failure.message.as_str()), ("lost", message));
    }

    #[test]
    fn what_is_right_is_no_failure() {
        let found = compared(&[("a", json!("x"))], &[("a", json!("x")), ("more", json!("y"))]);
        assert!(found.failure().is_none() && found.unacknowledged.count == 1);
        assert_eq!(compared(&[("a", json!("1"))], &[("a", json!("1.0"))]).overwritten.count, 1, "texts are texts");
    }
}
