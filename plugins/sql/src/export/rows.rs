//! Meters and events as rows.

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use throng_measure::{ExportedEvent, ExportedMeter, FieldValue, Subject};
use throng_protocols::EventBody;

use crate::address::Dialect;
use crate::value::Parameter;

/// Of the table of meters.
pub(super) const METER_COLUMNS: [&str; 10] = ["time", "campaign", "zone", "scenario", "step", "tags", "meter", "type", "scope", "figures"];

/// Of the table of events.
pub(super) const EVENT_COLUMNS: [&str; 13] =
    ["time", "campaign", "zone", "scenario", "step", "tags", "event", "level", "minion", "iteration", "type", "value", "code"];

const SUBJECT: &str = "time timestamptz not null, campaign text not null, zone text, scenario text, step text, tags jsonb not null";

/// Makes the table of meters.
pub(super) fn create_meters(table: &str) -> String {
    let own = "meter text not null, type text not null, scope text not null, figures jsonb not null";
    format!("create table if not exists {} ({SUBJECT}, {own})", Dialect::Postgres.quoted(table))
}

/// Makes the table of events.
pub(super) fn create_events(table: &str) -> String {
    let own = "event text not null, level text not null, minion bigint, iteration bigint, type text, value text, code text";
    format!("create table if not exists {} ({SUBJECT}, {own})", Dialect::Postgres.quoted(table))
}

/// A meter in its columns.
pub(super) fn meter(meter: &ExportedMeter) -> [Parameter; 10] {
    let figures: Map<String, Json> = meter.figures.fields().into_iter().map(|(name, value)| (name.to_owned(), number(value))).collect();
    let [time, campaign, zone, scenario, step, tags] = place(meter.stamp.unix, &meter.subject);
    let figures = Parameter::Object(Json::Object(figures).to_string());
    [time, campaign, zone, scenario, step, tags, text(&meter.name), text(meter.figures.kind()), text(meter.scope.name()), figures]
}

/// An event in its columns.
pub(super) fn event(event: &ExportedEvent) -> [Parameter; 13] {
    let [time, campaign, zone, scenario, step, tags] = place(event.stamp.unix, &event.subject);
    let count = |count: Option<u32>| count.map_or(Parameter::Null, |count| Parameter::Number(count.to_string()));
    let (kind, value, code) = match &event.value {
        EventBody::None => (Parameter::Null, Parameter::Null, Parameter::Null),
        EventBody::Text(value) => (text("text"), text(value), Parameter::Null),
        EventBody::Number(value) => (text("number"), text(&value.to_string()), Parameter::Null),
        EventBody::Duration(nanoseconds) => (text("duration"), text(&nanoseconds.to_string()), Parameter::Null),
        EventBody::Error { code, message } => (text("error"), text(message), text(code)),
    };
    let (name, level) = (text(&event.name), text(event.level.name()));
    [time, campaign, zone, scenario, step, tags, name, level, count(event.minion), count(event.iteration), kind, value, code]
}

/// A text without what PostgreSQL has in no text.
fn text(text: &str) -> Parameter {
    Parameter::Text(text.replace('\0', ""))
}

/// When, and whose it is.
fn place(unix: u64, subject: &Subject) -> [Parameter; 6] {
    let time = Timestamp::from_nanosecond(i128::from(unix)).unwrap_or_default().to_string();
    let named = |name: &Option<String>| name.as_deref().map_or(Parameter::Null, text);
    let tags: Map<String, Json> = subject.tags.iter().map(|(name, value)| (name.clone(), Json::from(value.as_str()))).collect();
    [
        text(&time),
        text(&subject.campaign),
        named(&subject.zone),
        named(&subject.scenario),
        named(&subject.step),
        Parameter::Object(Json::Object(tags).to_string()),
    ]
}

fn number(value: FieldValue) -> Json {
    match value {
        FieldValue::Integer(number) => number.into(),
        FieldValue::Number(number) => number.into(),
    }
}
