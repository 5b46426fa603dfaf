//! Uses everything that the host offers beside values: session, random, meters, events, log, visit, settings and clock.

use guest_bindings::throng::host::{clock, events, log, meters, random, session, settings, visit};
use guest_bindings::{Callbacks, Context, Definition, Failure, Input, Output, Value, unknown};

struct Session;

impl Definition for Session {
    fn describe() -> Result<String, String> {
        let name = settings::get("name").unwrap_or_else(|| "session".into());
        Ok(format!(
            r#"{{
            "throng": "0.1",
            "callbacks": [
                {{"name": "count", "use": "map"}}, {{"name": "draw", "use": "map"}}, {{"name": "measure", "use": "on-each"}},
                {{"name": "overfill", "use": "on-each"}}, {{"name": "look around", "use": "map"}}, {{"name": "setting", "use": "map"}},
                {{"name": "time", "use": "map"}}, {{"name": "forget", "use": "on-each"}}
            ],
            "scenarios": [{{
                "name": "{name}",
                "steps": [
                    {{"name": "begin", "start": true, "returns": 0}},
                    {{"name": "count", "after": "begin", "map": {{"callback": 0}}, "iterate": {{"iterations": 3}}}},
                    {{"name": "draw", "after": "count", "map": {{"callback": 1}}}},
                    {{"name": "measure", "after": "draw", "on-each": {{"callback": 2}}}},
                    {{"name": "forget", "after": "measure", "on-each": {{"callback": 7}}}}
                ]
            }}]
        }}"#
        ))
    }
}

impl Callbacks for Session {
    fn call(callback: u32, context: Context, input: Input<'_>) -> Result<Output, Failure> {
        let answer = match callback {
            0 => {
                let before = session::get("visits").and_then(|bytes| bytes.first().copied()).unwrap_or(0);
                session::set("visits", &[before.wrapping_add(1)]);
                Value::Integer(i64::from(before) + 1)
            }
            1 => Value::Json(format!("[\"{:016x}\", \"{:016x}\"]", random::next(), random::next())),
            2 => return measure(context),
            3 => {
                session::set("a", &[0; 40 * 1024]);
                session::set("b", &[0; 40 * 1024]);
                return Ok(Output::Nothing);
            }
            4 => Value::Text(look_around()),
            5 => match input {
                Input::Text(key) => settings::get(&key).map_or(Value::None, Value::Text),
                _ => Value::None,
            },
            6 => Value::Json(format!("[{}, {}]", clock::now(), clock::unix_time())),
            7 => {
                session::remove("visits");
                return Ok(Output::Nothing);
            }
            other => return Err(unknown(other)),
        };
        Ok(Output::One(answer))
    }
}

fn measure(context: Context) -> Result<Output, Failure> {
    let tags = vec![("kind".to_owned(), "test".to_owned())];
    meters::Counter::new("orders", &tags).add(2);
    meters::Counter::new("orders", &tags).add(3);
    meters::Gauge::new("stock", &tags).set(1.5);
    meters::Timer::new("thinking", &tags).observe(1_000);
    meters::Summary::new("price", &tags).observe(9.75);
    meters::Rate::new("hits", &tags).add(1.0, 2.0);
    meters::Throughput::new("bytes", &tags).add(64.0);
    events::emit("order-placed", log::Level::Info, &tags, &events::Body::Number(f64::from(context.minion)));
    events::report(log::Level::Warn, "the stock is low");
    if log::enabled(log::Level::Info) {
        log::write(log::Level::Info, "measured");
    }
    Ok(Output::Nothing)
}

fn look_around() -> String {
    let errors: Vec<_> = visit::errors().iter().map(|fault| format!("{}/{}/{}", fault.step, fault.code, fault.message)).collect();
    format!(
        "{} {} after {:?} in {:?}, exhausted: {}, errors: {errors:?}",
        visit::scenario(),
        visit::step(),
        visit::previous_step(),
        visit::zone(),
        visit::exhausted()
    )
}

guest_bindings::export_scenario!(Session);
