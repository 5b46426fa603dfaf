//! Natives: requests built, responses looked into, composites opened and made, handles that must not leak.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use throng_protocols::http::{Request, Response, Timings};
use throng_protocols::kafka::{NewRecord, Record};
use throng_protocols::{Output, Pair, Value};

use crate::guests::{answer, lanes, shown};

fn response(status: u16) -> Value {
    let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    let timings = Timings { first_byte: Some(1_500), ..Timings::default() };
    Value::native(Response::new(status, headers, r#"{"order":{"id":17}}"#.into(), timings, Value::Text("a basket".into())))
}

#[test]
fn a_request_is_built_piece_by_piece_or_at_once() {
    for callback in [0, 10] {
        let Ok(Output::One(value)) = answer(&lanes("handles"), callback, &Value::None) else { panic!("a request") };
        let request = value.downcast::<Request>().expect("a request");
        assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "/orders"));
        assert_eq!(request.headers, [("content-type".to_owned(), b"application/json".to_vec())]);
        assert_eq!(request.body, r#"{"minion":7}"#);
    }
}

#[test]
fn a_response_is_verified() {
    let lanes = lanes("handles");
    assert_eq!(shown(answer(&lanes, 1, &response(201))), "nothing");
    assert_eq!(shown(answer(&lanes, 1, &response(503))), r#"failed Assertion status "order refused: 503""#);
    assert_eq!(
        shown(answer(&lanes, 2, &response(200))),
        r#"text http/response 200 Some("application/json") ["content-type=application/json"] 19 "{\"order\":{\"id\":17}}" Some("17") Some(1500) None "a basket""#
    );
}

#[test]
fn composites_are_made_and_opened() {
    let lanes = lanes("handles");
    let Ok(Output::One(pair)) = answer(&lanes, 3, &response(200)) else { panic!("a pair") };
    assert_eq!(pair.kind(), "pair");
    let Ok(Output::One(list)) = answer(&lanes, 4, &pair) else { panic!("a list") };
    assert_eq!(list.kind(), "list");
    let Ok(Output::Many(items)) = answer(&lanes, 5, &list) else { panic!("the items") };
    assert_eq!(items.iter().map(Value::kind).collect::<Vec<_>>(), ["integer", "http/response"]);
    assert_eq!(shown(answer(&lanes, 5, &pair)), "nothing", "a pair is no list");
}

#[test]
fn records_of_kafka_are_looked_into() {
    let mut record = Record::new("orders".into(), 2, Some(7));
    record.timestamp = Some(1700);
    record.key = Value::Bytes(Bytes::from_static(b"k"));
    record.value = Value::Json(r#"{"id":1}"#.into());
    record.headers = vec![("sent-by".to_owned(), Some("one".into())), ("sent-by".to_owned(), Some("two".into()))];
    let lanes = lanes("handles");
    assert_eq!(
        shown(answer(&lanes, 12, &Value::native(record))),
        r#"text orders 2 7 Some(1700) Some("k") Some("{\"id\":1}") Some("two") None"#
    );
    assert_eq!(
        shown(answer(&lanes, 12, &Value::native(Record::new("orders".into(), 0, None)))),
        "text orders 0 -1 None None None None None"
    );
}

#[test]
fn records_for_kafka_are_built() {
    let Ok(Output::One(built)) = answer(&lanes("handles"), 11, &Value::None) else { panic!("a record") };
    let record = built.downcast::<NewRecord>().expect("a record");
    assert_eq!((record.topic.as_str(), record.partition, record.timestamp), ("", Some(1), Some(1_700_000_000_000)));
    assert_eq!((record.key.as_deref(), record.value.as_deref()), (Some(&b"minion 7"[..]), Some(&b"order 7"[..])));
    assert_eq!(record.headers, [("sent-by".to_owned(), Bytes::from("the guest"))]);
    assert_eq!(built.json("/value"), Some(serde_json::json!("order 7")));
}

#[test]
fn a_value_of_another_kind_is_named() {
    let pair = Value::native(Pair { first: Value::None, second: Value::None });
    assert_eq!(
        shown(answer(&lanes("handles"), 1, &pair)),
        "trapped trap: a function of `throng:http/exchange` takes a `http/response` and was given a `pair`; check what the step before emits"
    );
    assert_eq!(
        shown(answer(&lanes("handles"), 8, &pair)),
        "trapped trap: a function of `throng:kafka/records` takes a `kafka/record` and was given a `pair`; check what the step before emits"
    );
}

#[test]
fn a_handle_lives_for_one_call() {
    let lanes = lanes("handles");
    assert_eq!(shown(answer(&lanes, 6, &response(200))), "text kept");
    assert_eq!(
        shown(answer(&lanes, 6, &response(200))),
        "trapped trap: a handle of an earlier call was used; values live for one call, so copy what is needed later, for example into the session"
    );
}

#[test]
fn hoarding_handles_is_a_trap() {
    assert_eq!(
        shown(answer(&lanes("handles"), 9, &response(200))),
        "trapped trap: the guest held more than 10000 handles at a time; drop those that are no longer needed, or raise the limit `handles`"
    );
}

#[test]
fn hundreds_of_thousands_of_calls_leak_nothing() {
    let lanes = lanes("handles");
    let response = response(201);
    for _ in 0..100_000 {
        answer(&lanes, 1, &response).expect("created");
        answer(&lanes, 0, &response).expect("a request");
        answer(&lanes, 10, &response).expect("a request");
        answer(&lanes, 3, &response).expect("a pair");
    }
    assert_eq!(lanes.statistics().rebuilt, 0);
    assert_eq!(lanes.statistics().calls, 400_000);
    let Value::Native(native) = &response else { panic!("a native") };
    assert_eq!(std::sync::Arc::strong_count(native), 1, "every handle was given up");
}

#[test]
fn a_guest_that_never_drops_is_replaced_before_it_fails() {
    let lanes = lanes("handles");
    let response = response(201);
    for _ in 0..30_000 {
        answer(&lanes, 7, &response).expect("it works, though it leaks");
    }
    assert_eq!((lanes.statistics().rebuilt, lanes.statistics().traps), (2, 0));
    let Value::Native(native) = &response else { panic!("a native") };
    assert_eq!(std::sync::Arc::strong_count(native), 1, "what it holds on to is freed");
}
