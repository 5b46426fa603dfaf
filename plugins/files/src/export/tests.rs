//! What is refused, and the form of lines and rows.

use std::collections::BTreeMap;

use serde_json::json;
use throng_measure::{ExportedEvent, ExportedMeter, MeterFigures, MeterScope, Stamp, Subject};
use throng_protocols::{EventBody, Severity};

use super::*;

fn check(options: &Json, records: Option<RecordKinds>) -> Result<Form, String> {
    let told = |faults: Vec<ConfigFault>| {
        let told = faults.iter().map(|fault| format!("{} {}; {}", fault.pointer, fault.message, fault.hint.as_deref().unwrap_or_default()));
        told.collect::<Vec<_>>().join("\n")
    };
    configure(&ExporterSetup { options, records }).map(|file| file.form).map_err(told)
}

#[test]
fn the_extension_tells_the_form() {
    for (path, form) in
        [("a.jsonl", Form::JsonLines(RecordKinds::All)), ("b.NDJSON", Form::JsonLines(RecordKinds::All)), ("c.csv", Form::Meters)]
    {
        assert_eq!(check(&json!(path), None), Ok(form), "{path}");
    }
    assert_eq!(check(&json!({"path": "x.txt", "format": "csv"}), Some(RecordKinds::Events)), Ok(Form::Events));
}

#[test]
fn what_is_wrong_has_a_remedy() {
    let wrong = [
        check(&json!("meters.json"), None),
        check(&json!(""), None),
        check(&json!({"path": "a.csv", "fromat": "csv"}), None),
        check(&json!({"path": "a", "format": "cvs"}), None),
        check(&json!("a.csv"), Some(RecordKinds::All)),
        check(&json!(7), None),
    ];
    insta::assert_snapshot!(wrong.map(|wrong| wrong.expect_err("wrong")).join("\n"), @r#"
     `meters.json` does not say how it is to be written; name it `.jsonl` or `.csv`, or add `format` in a campaign document
     the file has no path; write `"file": "meters.csv"`
    /fromat there is no option `fromat`; did you mean `format`?
    /format there is no format `cvs`; did you mean `csv`?
     a CSV file cannot have both meters and events, whose columns differ; write two files, one with `records` of `meters` and one of `events`, or JSON lines
     an object of options is expected here;
    "#);
}

fn records() -> [Record; 2] {
    let subject = Arc::new(Subject {
        campaign: "mine".into(),
        zone: None,
        scenario: Some("checkout".into()),
        step: Some("pay, then \"go\"".into()),
        tags: BTreeMap::from([("tier".into(), "gold".into())]),
    });
    let stamp = Stamp { at: 1_500_000_000, unix: 1_700_000_001_500_000_000 };
    let meter = ExportedMeter {
        name: "paid".into(),
        scope: MeterScope::Period,
        stamp,
        span: 1_500_000_000,
        subject: Arc::clone(&subject),
        figures: MeterFigures::Counter(3),
    };
    let value = EventBody::Error { code: "refused".into(), message: "nobody\nlistens".into() };
    let event =
        ExportedEvent { name: "step-failed".into(), level: Severity::Error, stamp, subject, minion: Some(4), iteration: Some(0), value };
    [Record::Meter(Arc::new(meter)), Record::Event(Arc::new(event))]
}

#[test]
fn records_are_lines() {
    let [meter, event] = records();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let both = text(Form::JsonLines(RecordKinds::All).lines(&[meter.clone(), event.clone()]));
    let meters = text(Form::Meters.header()) + &text(Form::Meters.lines(&[meter]));
    let events = text(Form::Events.header()) + &text(Form::Events.lines(&[event]));
    insta::assert_snapshot!(format!("{both}\n{meters}\n{events}"), @r#"
    {"record":"meter","time":"2023-11-14T22:13:21.500000000Z","at":1500000000,"scope":"period","span":1500000000,"meter":"paid","type":"counter","campaign":"mine","scenario":"checkout","step":"pay, then \"go\"","tags":{"tier":"gold"},"figures":{"count":3}}
    {"record":"event","time":"2023-11-14T22:13:21.500000000Z","at":1500000000,"event":"step-failed","level":"error","campaign":"mine","scenario":"checkout","step":"pay, then \"go\"","tags":{"tier":"gold"},"minion":4,"iteration":0,"value":{"error":{"code":"refused","message":"nobody\nlistens"}}}

    time,at,scope,span,meter,type,campaign,zone,scenario,step,tags,count,success,failure,error,timeout,skipped,attempts,starved,slipped,in-flight,due,started,completed,cancelled,queued,dropped,running,calls,nanoseconds,traps,deadlines,memory-refusals,mean,min,p50,p90,p95,p99,p99_9,max,sum,value,benchmark,total,per-second
    2023-11-14T22:13:21.500000000Z,1500000000,period,1500000000,paid,counter,mine,,checkout,"pay, then ""go""","{""tier"":""gold""}",3,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,

    time,at,event,level,campaign,zone,scenario,step,tags,minion,iteration,type,value,code
    2023-11-14T22:13:21.500000000Z,1500000000,step-failed,error,mine,,checkout,"pay, then ""go""","{""tier"":""gold""}",4,0,error,nobody listens,refused
    "#);
}

#[test]
#[cfg(target_os = "linux")]
fn a_failed_write_leaves_whole_lines() {
    let mut full = WholeLines::create(Path::new("/dev/full")).expect("it is there");
    let failure = full.write(b"one\ntwo\n").expect_err("it is full");
    assert_eq!((failure.lines, failure.source.kind()), (0, std::io::ErrorKind::StorageFull));
}
