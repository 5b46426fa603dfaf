//! Text of options that is the same for all visits: names of queues, users, passwords.

use std::collections::BTreeMap;

use throng_model::{ConfigFault, Template, TemplatePart};
use throng_plugin_api::option_fault;

/// Text that can have settings in it, and nothing of a visit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FixedText {
    template: Template,
}

impl FixedText {
    /// Reads text with holes.
    ///
    /// # Errors
    /// There is a hole that only a visit could fill, or that nobody fills.
    pub fn read(text: &str, pointer: &str) -> Result<Self, Vec<ConfigFault>> {
        let template = Template::parse(text).map_err(|error| vec![option_fault(pointer, error.to_string(), None)])?;
        let of_visit = template.parts.iter().find(|part| !matches!(part, TemplatePart::Text(_) | TemplatePart::Setting(_)));
        match of_visit {
            None => Ok(Self { template }),
            Some(part) => {
                let hole = Template { parts: vec![part.clone()] };
                let hint = "only `{setting:NAME}` can be in it".to_owned();
                Err(vec![option_fault(pointer, format!("`{hole}` is not known here: this is the same for all minions"), Some(hint))])
            }
        }
    }

    /// The text, if there is no setting in it.
    pub fn as_text(&self) -> Option<&str> {
        self.template.as_text()
    }

    /// The settings that it asks for.
    pub fn settings(&self) -> impl Iterator<Item = &str> {
        self.template.settings()
    }

    /// With the settings in it.
    pub fn fill(&self, settings: &BTreeMap<String, String>) -> String {
        let part = |part: &TemplatePart| match part {
            TemplatePart::Text(text) => text.clone(),
            TemplatePart::Setting(name) => settings.get(name).cloned().unwrap_or_default(),
            // Refused when it was read.
            _ => String::new(),
        };
        self.template.parts.iter().map(part).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_alone_are_filled() {
        let settings = BTreeMap::from([("zone".to_owned(), "eu".to_owned())]);
        assert_eq!(FixedText::read("orders.{setting:zone}", "/queue").expect("valid").fill(&settings), "orders.eu");
        let faults = FixedText::read("orders.{minion}", "/queue").expect_err("of a visit");
        assert_eq!((faults.len(), faults[0].pointer.as_str()), (1, "/queue"));
        assert!(faults[0].message.contains("`{minion}`"), "{faults:?}");
    }
}
