//! Records as rows of CSV: meters and events have columns of their own, which never change within a version.

use std::collections::BTreeMap;

use throng_measure::{ExportedEvent, ExportedMeter, FieldValue, MeterFigures, Record, Subject};
use throng_protocols::EventBody;

use super::json_lines::time;

const METER_COLUMNS: [&str; 11] = ["time", "at", "scope", "span", "meter", "type", "campaign", "zone", "scenario", "step", "tags"];

const EVENT_COLUMNS: [&str; 14] =
    ["time", "at", "event", "level", "campaign", "zone", "scenario", "step", "tags", "minion", "iteration", "type", "value", "code"];

/// The columns of meters: whose they are, then every figure that a meter can have.
pub(super) fn meter_header() -> Vec<String> {
    METER_COLUMNS.iter().chain(MeterFigures::FIELDS).map(|name| (*name).to_owned()).collect()
}

/// The columns of events.
pub(super) fn event_header() -> Vec<String> {
    EVENT_COLUMNS.map(str::to_owned).into()
}

/// A record in its columns.
pub(super) fn row(record: &Record) -> Vec<String> {
    match record {
        Record::Meter(meter) => of_meter(meter),
        Record::Event(event) => of_event(event),
    }
}

/// Rows as text, each with its line end.
pub(super) fn lines(rows: impl IntoIterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        // Memory takes whatever comes, and rows of one kind have equally many fields.
        let _ = writer.write_record(row.iter().map(|field| field.replace(['\n', '\r'], " ")));
    }
    writer.into_inner().unwrap_or_default()
}

fn of_meter(meter: &ExportedMeter) -> Vec<String> {
    let figures: BTreeMap<_, _> = meter.figures.fields().into_iter().collect();
    let [campaign, zone, scenario, step, tags] = place(&meter.subject);
    let (at, span) = (meter.stamp.at.to_string(), meter.span.to_string());
    let (scope, name, kind) = (meter.scope.name().to_owned(), meter.name.clone(), meter.figures.kind().to_owned());
    let mut row = vec![time(meter.stamp.unix), at, scope, span, name, kind, campaign, zone, scenario, step, tags];
    row.extend(MeterFigures::FIELDS.iter().map(|name| match figures.get(name) {
        Some(FieldValue::Integer(number)) => number.to_string(),
        Some(FieldValue::Number(number)) => number.to_string(),
        None => String::new(),
    }));
    row
}

fn of_event(event: &ExportedEvent) -> Vec<String> {
    let [campaign, zone, scenario, step, tags] = place(&event.subject);
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    let (kind, value, code) = match &event.value {
        EventBody::None => ("", String::new(), String::new()),
        EventBody::Text(text) => ("text", text.clone(), String::new()),
        EventBody::Number(number) => ("number", number.to_string(), String::new()),
        EventBody::Duration(nanoseconds) => ("duration", nanoseconds.to_string(), String::new()),
        EventBody::Error { code, message } => ("error", message.clone(), code.clone()),
    };
    let (at, name, level) = (event.stamp.at.to_string(), event.name.clone(), event.level.name().to_owned());
    let (minion, iteration) = (number(event.minion), number(event.iteration));
    vec![time(event.stamp.unix), at, name, level, campaign, zone, scenario, step, tags, minion, iteration, kind.to_owned(), value, code]
}

/// Campaign, zone, scenario, step, and the tags as a JSON object.
fn place(subject: &Subject) -> [String; 5] {
    let text = |name: &Option<String>| name.clone().unwrap_or_default();
    let tags = serde_json::to_string(&subject.tags).unwrap_or_default();
    [subject.campaign.clone(), text(&subject.zone), text(&subject.scenario), text(&subject.step), tags]
}
