//! Events, and lines for the campaign's report.

use std::time::Duration;

use crate::duration::nanoseconds;
use crate::log::Level;
use crate::platform;

/// What an event carries.
#[derive(Clone, Debug, PartialEq)]
pub enum EventBody {
    /// Nothing.
    None,
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
    /// Nanoseconds.
    Duration(u64),
}

/// An event in the making. Campaign, scenario, minion and step are added by the engine.
///
/// ```
/// use throng::{Level, event};
///
/// event("order-placed").level(Level::Debug).tag("kind", "express").number(17.5);
/// ```
#[derive(Clone, Debug)]
#[must_use = "an event is emitted by `emit`, `text`, `number` or `duration`"]
pub struct Event {
    name: String,
    level: Level,
    tags: Vec<(String, String)>,
}

/// Begins an event; its name is a noun and a past verb.
pub fn event(name: impl Into<String>) -> Event {
    Event { name: name.into(), level: Level::Info, tags: Vec::new() }
}

impl Event {
    /// How serious; [`Level::Info`] unless told otherwise.
    pub fn level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// Adds a tag.
    pub fn tag(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push((name.into(), value.into()));
        self
    }

    /// Emits it without a value.
    pub fn emit(self) {
        self.emit_with(EventBody::None);
    }

    /// Emits it with a text.
    pub fn text(self, text: impl Into<String>) {
        self.emit_with(EventBody::Text(text.into()));
    }

    /// Emits it with a number.
    pub fn number(self, number: f64) {
        self.emit_with(EventBody::Number(number));
    }

    /// Emits it with a duration.
    pub fn duration(self, duration: Duration) {
        self.emit_with(EventBody::Duration(nanoseconds(duration)));
    }

    fn emit_with(self, body: EventBody) {
        platform::emit(&self.name, self.level, &self.tags, body);
    }
}

/// Leaves a line in the campaign's report, under the current step. [`Level::Error`] fails the scenario, [`Level::Warn`] makes it a warning.
pub fn report(level: Level, message: impl AsRef<str>) {
    platform::report(level, message.as_ref());
}

/// Leaves a line in the campaign's report and ends this scenario at once: its minions are cancelled, it counts as aborted, and the exit
/// code is 3. Other scenarios of the campaign go on. For what makes all further load pointless: `abort("the shop has no stock left")`.
pub fn abort(message: impl AsRef<str>) {
    platform::abort(message.as_ref());
}
