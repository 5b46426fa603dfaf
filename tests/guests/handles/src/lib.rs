//! Builds requests, checks responses, opens and makes composites; and does with handles what it must not.

use std::cell::RefCell;

use guest_bindings::throng::host::settings;
use guest_bindings::throng::http::exchange::{self, Phase, Request};
use guest_bindings::throng::kafka::records::{self, Outgoing};
use guest_bindings::throng::types::values;
use guest_bindings::{Callbacks, Context, Definition, Failure, Input, Native, Output, Value, assertion, native, owned, unknown};

struct Handles;

impl Definition for Handles {
    fn describe() -> Result<String, String> {
        let brokers = settings::get("brokers").unwrap_or_else(|| "127.0.0.1:9092".into());
        Ok(r#"{
            "throng": "0.1",
            "targets": ["http://127.0.0.1:8080", "kafka://BROKERS"],
            "callbacks": [
                {"name": "order", "use": "request:http"}, {"name": "is created", "use": "verify"}, {"name": "summary", "use": "map"},
                {"name": "wrap", "use": "map"}, {"name": "swap", "use": "map"}, {"name": "unwrap", "use": "flat-map"},
                {"name": "keep for later", "use": "map"}, {"name": "leak", "use": "on-each"}, {"name": "kafka topic", "use": "map"},
                {"name": "hoard", "use": "on-each"}, {"name": "order at once", "use": "request:http"},
                {"name": "record", "use": "request:kafka"}, {"name": "look at the record", "use": "map"},
                {"name": "is the record", "use": "verify"}
            ],
            "scenarios": [
                {
                    "name": "orders",
                    "defaults": {"http": {"url": "http://127.0.0.1:8080"}},
                    "steps": [
                        {"name": "order", "start": true, "http": {"request": {"callback": 0}}},
                        {"name": "created", "after": "order", "verify": {"callback": 1}},
                        {"name": "summary", "after": "created", "map": {"callback": 2}}
                    ]
                },
                {
                    "name": "composites",
                    "steps": [
                        {"name": "begin", "start": true, "returns": "hello"},
                        {"name": "wrapped", "after": "begin", "map": {"callback": 3}},
                        {"name": "swapped", "after": "wrapped", "map": {"callback": 4}},
                        {"name": "unwrapped", "after": "swapped", "flat-map": {"callback": 5}}
                    ]
                },
                {
                    "name": "records",
                    "settings": [{"name": "brokers", "type": "text", "default": "127.0.0.1:9092"}],
                    "steps": [
                        {"name": "sent", "start": true, "kafka-produce": {"brokers": "BROKERS", "topic": "orders", "record": {"callback": 11}}},
                        {"name": "looked", "after": "sent", "verify": {"callback": 13}}
                    ]
                }
            ]
        }"#
        .replace("BROKERS", &brokers))
    }
}

impl Callbacks for Handles {
    fn call(callback: u32, context: Context, input: Input<'_>) -> Result<Output, Failure> {
        match callback {
            0 => {
                let request = Request::new("POST", "/orders");
                request.header("content-type", b"application/json");
                request.body(format!("{{\"minion\":{}}}", context.minion).as_bytes());
                Ok(Output::One(Request::into_value(request)))
            }
            1 => match exchange::status(native(&input)) {
                201 => Ok(Output::Nothing),
                status => Err(assertion("status", format!("order refused: {status}"))),
            },
            2 => Ok(Output::One(Value::Text(summary(native(&input))))),
            3 => Ok(Output::One(Value::Native(values::make_pair(owned(input), Value::Integer(1))))),
            4 => match values::pair_of(native(&input)) {
                Some((first, second)) => Ok(Output::One(Value::Native(values::make_list(vec![second, first])))),
                None => Ok(Output::Nothing),
            },
            5 => Ok(values::items_of(native(&input)).map_or(Output::Nothing, Output::Many)),
            6 => Ok(Output::One(Value::Text(keep_for_later(native(&input))))),
            7 => {
                std::mem::forget(native(&input).share());
                Ok(Output::Nothing)
            }
            8 => Ok(Output::One(Value::Text(records::topic(native(&input))))),
            9 => loop {
                std::mem::forget(native(&input).share());
            },
            10 => {
                let headers = [("content-type".to_owned(), b"application/json".to_vec())];
                Ok(Output::One(exchange::request_of("POST", "/orders", &headers, format!("{{\"minion\":{}}}", context.minion).as_bytes())))
            }
            11 => {
                let record = Outgoing::new("", Some(format!("order {}", context.minion).as_bytes()));
                record.key(format!("minion {}", context.minion).as_bytes());
                record.header("sent-by", b"the guest");
                record.partition(1);
                record.timestamp(1_700_000_000_000);
                Ok(Output::One(Outgoing::into_value(vec![record])))
            }
            12 => Ok(Output::One(Value::Text(look(native(&input))))),
            13 => {
                let (seen, minion) = (look(native(&input)), context.minion);
                let wanted = format!(r#"Some("minion {minion}") Some("order {minion}") Some("the guest") None"#);
                match seen.starts_with("orders 1 ") && seen.ends_with(&wanted) {
                    true => Ok(Output::Nothing),
                    false => Err(assertion("another-record", seen)),
                }
            }
            other => Err(unknown(other)),
        }
    }
}

fn summary(response: &Native) -> String {
    let headers: Vec<_> =
        exchange::headers(response).into_iter().map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(&value))).collect();
    format!(
        "{} {} {:?} {:?} {} {:?} {:?} {:?} {:?} {:?}",
        response.kind(),
        exchange::status(response),
        exchange::header(response, "Content-Type"),
        headers,
        exchange::body_length(response),
        String::from_utf8_lossy(&exchange::body(response)),
        response.json("/order/id"),
        exchange::timing(response, Phase::FirstByte),
        exchange::timing(response, Phase::Connect),
        given(response),
    )
}

fn look(record: &Native) -> String {
    let text = |bytes: Option<Vec<u8>>| bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    format!(
        "{} {} {} {:?} {:?} {:?} {:?} {:?}",
        records::topic(record),
        records::partition(record),
        records::offset(record),
        records::timestamp(record),
        text(records::key(record)),
        text(records::payload(record)),
        text(records::header(record, "sent-by")),
        text(records::header(record, "nobody")),
    )
}

fn given(response: &Native) -> String {
    match exchange::given(response) {
        Value::Text(text) => text,
        _ => "something else".into(),
    }
}

/// Keeps a handle over the end of its call, which it must not: the second call uses the first one's.
fn keep_for_later(native: &Native) -> String {
    thread_local! {
        static KEPT: RefCell<Option<Native>> = const { RefCell::new(None) };
    }
    KEPT.with_borrow_mut(|kept| match kept {
        Some(kept) => kept.kind(),
        None => {
            *kept = Some(native.share());
            "kept".into()
        }
    })
}

guest_bindings::export_scenario!(Handles);
