//! The statuses that a poll takes for an answer.

use serde_json::Value as Json;
use throng_model::ConfigFault;
use throng_plugin_api::option_fault;

/// Ranges of statuses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Accept {
    /// Both ends belong to it.
    ranges: Vec<(u16, u16)>,
}

impl Accept {
    /// Reads the option `accept`.
    pub(crate) fn read(json: Option<&Json>) -> Result<Self, Vec<ConfigFault>> {
        const POINTER: &str = "/accept";
        let hint = || Some("write numbers and ranges, like `[\"200..299\", 304]`".to_owned());
        let Some(json) = json else { return Ok(Self { ranges: vec![(200, 299)] }) };
        let items = match json.as_array() {
            Some(items) if !items.is_empty() => items,
            _ => return Err(vec![option_fault(POINTER, "a list of statuses is expected here", hint())]),
        };
        let (mut ranges, mut faults) = (Vec::new(), Vec::new());
        for (index, item) in items.iter().enumerate() {
            let text = item.as_str().map_or_else(|| item.to_string(), str::to_owned);
            match range(&text) {
                Some(range) => ranges.push(range),
                None => {
                    faults.push(option_fault(format!("{POINTER}/{index}"), format!("`{text}` is neither a status nor a range"), hint()))
                }
            }
        }
        if faults.is_empty() { Ok(Self { ranges }) } else { Err(faults) }
    }

    /// Whether a status is among them.
    pub(crate) fn has(&self, status: u16) -> bool {
        self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&status))
    }
}

fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (100 <= first && first <= last && last <= 999).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn statuses_and_ranges() {
        let has = |json: Option<Json>, status: u16| Accept::read(json.as_ref()).expect("right").has(status);
        assert_eq!([199, 200, 299, 300].map(|status| has(None, status)), [false, true, true, false]);
        assert_eq!([200, 304, 404, 410, 411].map(|status| has(Some(json!([304, "404..410"])), status)), [false, true, true, true, false]);
        for (wrong, pointer) in
            [(json!([]), "/accept"), (json!(200), "/accept"), (json!([200, "2xx"]), "/accept/1"), (json!(["9..1"]), "/accept/0")]
        {
            assert_eq!(Accept::read(Some(&wrong)).expect_err("wrong")[0].pointer, pointer);
        }
    }
}
