//! Records as JSON lines.

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use throng_measure::{ExportedEvent, ExportedMeter, FieldValue, Record, Subject};
use throng_protocols::EventBody;

/// A line for each record.
pub(super) fn lines(batch: &[Record]) -> Vec<u8> {
    let mut text = Vec::with_capacity(batch.len() * 256);
    for record in batch {
        let json = match record {
            Record::Meter(meter) => of_meter(meter),
            Record::Event(event) => of_event(event),
        };
        text.extend_from_slice(json.to_string().as_bytes());
        text.push(b'\n');
    }
    text
}

/// Wall clock, as RFC 3339 with nanoseconds.
pub(super) fn time(unix: u64) -> String {
    format!("{:.9}", Timestamp::from_nanosecond(i128::from(unix)).unwrap_or_default())
}

fn of_meter(meter: &ExportedMeter) -> Json {
    let figures: Map<_, _> = meter.figures.fields().into_iter().map(|(name, value)| (name.to_owned(), number(value))).collect();
    let mut json = Map::new();
    json.insert("record".to_owned(), "meter".into());
    json.insert("time".to_owned(), time(meter.stamp.unix).into());
    json.insert("at".to_owned(), meter.stamp.at.into());
    json.insert("scope".to_owned(), meter.scope.name().into());
    json.insert("span".to_owned(), meter.span.into());
    json.insert("meter".to_owned(), meter.name.as_str().into());
    json.insert("type".to_owned(), meter.figures.kind().into());
    place(&mut json, &meter.subject);
    json.insert("figures".to_owned(), Json::Object(figures));
    Json::Object(json)
}

fn of_event(event: &ExportedEvent) -> Json {
    let mut json = Map::new();
    json.insert("record".to_owned(), "event".into());
    json.insert("time".to_owned(), time(event.stamp.unix).into());
    json.insert("at".to_owned(), event.stamp.at.into());
    json.insert("event".to_owned(), event.name.as_str().into());
    json.insert("level".to_owned(), event.level.name().into());
    place(&mut json, &event.subject);
    let numbers = [("minion", event.minion), ("iteration", event.iteration)];
    json.extend(numbers.into_iter().filter_map(|(name, number)| Some((name.to_owned(), number?.into()))));
    if let Some(value) = of_value(&event.value) {
        json.insert("value".to_owned(), value);
    }
    Json::Object(json)
}

/// Whose it is; what there is not is left out.
fn place(json: &mut Map<String, Json>, subject: &Subject) {
    let names = [("zone", &subject.zone), ("scenario", &subject.scenario), ("step", &subject.step)];
    json.insert("campaign".to_owned(), subject.campaign.as_str().into());
    json.extend(names.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.as_deref()?.into()))));
    json.insert("tags".to_owned(), subject.tags.iter().map(|(name, value)| (name.clone(), Json::from(value.as_str()))).collect());
}

fn of_value(value: &EventBody) -> Option<Json> {
    Some(match value {
        EventBody::None => return None,
        EventBody::Text(text) => json!({ "text": text }),
        EventBody::Number(number) => json!({ "number": number }),
        EventBody::Duration(nanoseconds) => json!({ "duration": nanoseconds }),
        EventBody::Error { code, message } => json!({ "error": { "code": code, "message": message } }),
    })
}

fn number(value: FieldValue) -> Json {
    match value {
        FieldValue::Integer(number) => number.into(),
        FieldValue::Number(number) => number.into(),
    }
}
