//! Points of meters and events, and that the format's own reader finds in them what was written.

use std::sync::Arc;

use influxdb_line_protocol::parse_lines;
use throng_measure::{MeterFigures, MeterScope, Stamp, Subject};
use throng_protocols::Severity;

use super::*;

fn subject(step: &str) -> Arc<Subject> {
    let tags = BTreeMap::from([
        ("tier".to_owned(), "gold, \"old\"".to_owned()),
        ("step".to_owned(), "no".to_owned()),
        ("empty".into(), String::new()),
    ]);
    Arc::new(Subject { campaign: "mine".into(), zone: None, scenario: Some("check out".into()), step: Some(step.into()), tags })
}

fn meter(name: &str, figures: MeterFigures) -> Record {
    let stamp = Stamp { at: 5_000_000_000, unix: 1_700_000_000_123_456_789 };
    let (scope, subject) = (MeterScope::Period, subject("a=b\\"));
    Record::Meter(Arc::new(ExportedMeter { name: name.into(), scope, stamp, span: 5_000_000_000, subject, figures }))
}

fn event(value: EventBody) -> Record {
    let stamp = Stamp { at: -7, unix: 1_700_000_000_123_456_789 };
    let (level, subject) = (Severity::Warn, subject("pay"));
    Record::Event(Arc::new(ExportedEvent { name: "coin\nlost".into(), level, stamp, subject, minion: Some(3), iteration: None, value }))
}

fn writer(precision: Precision) -> Writer {
    Writer::new(Form { prefix: "throng_".into(), tags: BTreeMap::from([("team".to_owned(), "shop".to_owned())]), precision })
}

fn batch() -> Vec<Record> {
    vec![
        meter("paid", MeterFigures::Counter(7)),
        meter("queue depth", MeterFigures::Gauge(f64::NAN)),
        meter("rate", MeterFigures::Rate { benchmark: 1.0, total: 4.0 }),
        event(EventBody::None),
        event(EventBody::Text("two\nlines, a \"quote\" and C:\\".into())),
        event(EventBody::Duration(1_500)),
        event(EventBody::Number(f64::INFINITY)),
        event(EventBody::Error { code: "http-503".into(), message: "found 503".into() }),
    ]
}

#[test]
fn records_become_points() {
    let points = writer(Precision::Milliseconds).points(&batch());
    let counts: Vec<_> = points.iter().map(|points| (points.precision, points.count)).collect();
    assert_eq!(counts, [(Precision::Milliseconds, 3), (Precision::Nanoseconds, 5)]);
    let lines: Vec<_> = points.into_iter().map(|points| String::from_utf8(points.lines).expect("text")).collect();
    insta::assert_snapshot!(lines.concat());
}

#[test]
fn the_formats_own_reader_reads_them() {
    for points in writer(Precision::Nanoseconds).points(&batch()) {
        let text = String::from_utf8(points.lines).expect("text");
        let lines: Result<Vec<_>, _> = parse_lines(&text).collect();
        let lines = lines.expect("line protocol");
        assert_eq!(lines.len(), points.count);
        for line in lines {
            assert_eq!(line.tag_value("tier").map(ToString::to_string).as_deref(), Some("gold, \"old\""));
            assert_eq!(line.tag_value("team").map(ToString::to_string).as_deref(), Some("shop"));
        }
    }
}

/// A point with the tags and the time of another takes its place.
#[test]
fn events_of_one_moment_are_points_of_their_own() {
    let events: Vec<_> = (0..1_000).map(|_| event(EventBody::None)).collect();
    let points = writer(Precision::Seconds).points(&events);
    let text = String::from_utf8(points[0].lines.clone()).expect("text");
    let times: std::collections::BTreeSet<_> = text.lines().filter_map(|line| line.rsplit(' ').next()).collect();
    assert_eq!(times.len(), 1_000);
    assert!(times.iter().all(|time| time.starts_with("1700000000123456")));
}
