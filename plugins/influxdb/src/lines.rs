//! Meters and events as points in line protocol.

use std::collections::BTreeMap;

use influxdb_line_protocol::LineProtocolBuilder;
use influxdb_line_protocol::builder::{AfterField, BeforeMeasurement};
use throng_measure::{ExportedEvent, ExportedMeter, FieldValue, Record};
use throng_protocols::EventBody;

use crate::tags::{Tags, plain};

/// Behind the prefix: what all events are points of.
const EVENTS: &str = "events";

type Lines = LineProtocolBuilder<Vec<u8>, BeforeMeasurement>;
type Point = LineProtocolBuilder<Vec<u8>, AfterField>;

/// How exact the times of points are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Precision {
    #[default]
    Nanoseconds,
    Microseconds,
    Milliseconds,
    Seconds,
}

impl Precision {
    /// All, by what they are called in a document, and by version 2 of the server.
    pub(crate) const ALL: [(&str, Self); 4] =
        [("ns", Self::Nanoseconds), ("us", Self::Microseconds), ("ms", Self::Milliseconds), ("s", Self::Seconds)];

    const fn nanoseconds(self) -> u64 {
        match self {
            Self::Nanoseconds => 1,
            Self::Microseconds => 1_000,
            Self::Milliseconds => 1_000_000,
            Self::Seconds => 1_000_000_000,
        }
    }
}

/// How points are written.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// Before the name of each measurement.
    pub(crate) prefix: String,
    /// Added to each point.
    pub(crate) tags: BTreeMap<String, String>,
    /// Of meters' times.
    pub(crate) precision: Precision,
}

/// Points that are sent together.
#[derive(Debug)]
pub(crate) struct Points {
    pub(crate) precision: Precision,
    pub(crate) lines: Vec<u8>,
    /// How many there are: one for each record.
    pub(crate) count: usize,
}

/// Makes points of records.
#[derive(Debug)]
pub(crate) struct Writer {
    form: Form,
    /// How many events there were.
    events: u64,
}

impl Writer {
    pub(crate) fn new(form: Form) -> Self {
        Self { form, events: 0 }
    }

    /// The points of a batch: those of meters, and those of events, whose times are always in nanoseconds.
    pub(crate) fn points(&mut self, batch: &[Record]) -> Vec<Points> {
        let (mut meters, mut events) = (Lines::new(), Lines::new());
        let mut count = 0;
        for record in batch {
            match record {
                Record::Meter(exported) => {
                    meters = self.form.meter(meters, exported);
                    count += 1;
                }
                Record::Event(exported) => {
                    events = self.form.event(events, exported, self.events);
                    self.events = self.events.wrapping_add(1);
                }
            }
        }
        let meters = Points { precision: self.form.precision, lines: meters.build(), count };
        let events = Points { precision: Precision::Nanoseconds, lines: events.build(), count: batch.len() - count };
        [meters, events].into_iter().filter(|points| points.count > 0).collect()
    }
}

impl Form {
    fn meter(&self, lines: Lines, meter: &ExportedMeter) -> Lines {
        let mut tags = Tags::of(&self.tags, &meter.subject);
        tags.set("type", meter.figures.kind());
        tags.set("scope", meter.scope.name());
        let mut point = self.point(lines, &meter.name, &tags, meter.stamp.at).field("span", signed(meter.span));
        // Numbers are all of one type: two meters of a name, of which one has a whole number where the other has none, would not go together.
        for (name, value) in meter.figures.fields() {
            let value = match value {
                FieldValue::Integer(value) => value as f64,
                FieldValue::Number(value) => value,
            };
            if value.is_finite() {
                point = point.field(name, value);
            }
        }
        point.timestamp(signed(meter.stamp.unix / self.precision.nanoseconds())).close_line()
    }

    fn event(&self, lines: Lines, event: &ExportedEvent, number: u64) -> Lines {
        let mut tags = Tags::of(&self.tags, &event.subject);
        tags.set("event", &event.name);
        tags.set("level", event.level.name());
        let mut point = self.point(lines, EVENTS, &tags, event.stamp.at);
        for (name, count) in [("minion", event.minion), ("iteration", event.iteration)] {
            if let Some(count) = count {
                point = point.field(name, i64::from(count));
            }
        }
        let point = match &event.value {
            EventBody::None => point,
            EventBody::Text(text) => point.field("text", text.as_ref()),
            EventBody::Number(number) if number.is_finite() => point.field("number", *number),
            EventBody::Number(_) => point,
            EventBody::Duration(nanoseconds) => point.field("duration", signed(*nanoseconds)),
            EventBody::Error { code, message } => point.field("code", code.as_ref()).field("message", message.as_ref()),
        };
        // A point with the tags and the time of another takes its place. Events of a microsecond are told apart by its thousand nanoseconds.
        let time = event.stamp.unix / 1_000 * 1_000 + number % 1_000;
        point.timestamp(signed(time)).close_line()
    }

    /// A point with its tags and its first field, the nanoseconds since the campaign's start.
    fn point(&self, lines: Lines, name: &str, tags: &Tags<'_>, at: i64) -> Point {
        let point = lines.measurement(&plain(&format!("{}{name}", self.prefix)));
        tags.iter().fold(point, |point, (name, value)| point.tag(name, value)).field("at", at)
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
