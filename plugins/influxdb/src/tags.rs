//! Names and tags of points, without what line protocol has no form for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use throng_measure::Subject;

/// The tags that the exporter gives to points itself.
pub(crate) const OWN: [&str; 8] = ["campaign", "zone", "scenario", "step", "type", "scope", "event", "level"];

/// The tags of a point, sorted, as the server likes them best; of equal names the last one that was set.
#[derive(Debug, Default)]
pub(crate) struct Tags<'a>(BTreeMap<Cow<'a, str>, Cow<'a, str>>);

impl<'a> Tags<'a> {
    /// Those of a point: the exporter's, then the subject's, then those that say whose it is.
    pub(crate) fn of(added: &'a BTreeMap<String, String>, subject: &'a Subject) -> Self {
        let mut tags = Self::default();
        for (name, value) in added.iter().chain(&subject.tags) {
            tags.set(name, value);
        }
        tags.set("campaign", &subject.campaign);
        for (name, value) in [("zone", &subject.zone), ("scenario", &subject.scenario), ("step", &subject.step)] {
            if let Some(value) = value {
                tags.set(name, value);
            }
        }
        tags
    }

    /// Sets a tag; line protocol has none that are empty.
    pub(crate) fn set(&mut self, name: &'a str, value: &'a str) {
        let (name, value) = (plain(name), plain(value));
        if !name.is_empty() && !value.is_empty() {
            self.0.insert(name, value);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }
}

/// A name as it can be written: a line's end would end the point, and what a backslash stands for differs between versions of the server.
pub(crate) fn plain(name: &str) -> Cow<'_, str> {
    if !name.contains(|character: char| character.is_control() || character == '\\') {
        return Cow::Borrowed(name);
    }
    let written = |character: char| match character {
        '\\' => '/',
        control if control.is_control() => ' ',
        other => other,
    };
    Cow::Owned(name.chars().map(written).collect())
}
