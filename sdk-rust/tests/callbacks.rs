//! Closures, called one by one as the engine would.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use throng::native::{Host, MemoryHost, with_host};
use throng::{
    Context, Failure, FailureKind, Level, MeterKind, Operation, Output, Phase, Program, Request, Response, Scenario, Setting, Value,
    counter, ensure, event, http, log, report, scenario, secs, session,
};

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Order {
    id: String,
    items: Vec<u32>,
}

fn order() -> Order {
    Order { id: "o-1".into(), items: vec![1, 2] }
}

fn shapes() -> Scenario {
    let server = http("http://127.0.0.1:8080");
    scenario("shapes")
        .start()
        .returns_with(|cx| u64::from(cx.minion()) + 1)
        .map(|n: u64| i64::try_from(n).map_err(|error| error.to_string()))
        .named("checked")
        .map(|n: Result<i64, String>| n.unwrap_or(0))
        .named("from-json")
        .map(|n: i64| n as f64 / 2.0)
        .named("half")
        .map(|n: f64| vec![n as u8; 2])
        .named("bytes")
        .map(|bytes: Vec<u8>| (!bytes.is_empty()).then_some(true))
        .named("some")
        .map(|_: Option<bool>| order())
        .named("order")
        .flat_map(|order: Order| order.items)
        .named("items")
        .filter(|item| *item > 1)
        .named("big")
        .map(|item: u32| item.to_string())
        .named("text")
        .http("send", &server, |cx, text| Request::put(format!("/{text}")).header("x", cx.step()).body(b"abc"))
        .map(|r: Response| Ok::<_, Failure>(r))
        .named("again")
        .on_each(|r: &Response| ensure!(r.given::<String, _>()? == "2", "given {:?}", r.given::<String, _>()))
        .named("given")
        .into()
}

#[test]
fn values_travel_as_what_they_are() {
    let mut test = shapes().test();
    let mut kind = |step: &str, input: Value| match test.call(step, Passed(input)).unwrap() {
        Output::One(value) => format!("{value:?}"),
        other => format!("{other:?}"),
    };
    assert_eq!(kind("_returns-1", Value::None), "Json(\"1\")");
    assert_eq!(kind("half", Value::Integer(3)), "Number(1.5)");
    assert_eq!(kind("bytes", Value::Integer(7)), "Bytes([7, 7])", "an integer is a number, too");
    assert_eq!(kind("some", Value::Bytes(vec![1])), "Json(\"true\")");
    assert_eq!(kind("some", Value::Json("[]".into())), "None", "none is the contract's own none");
    assert_eq!(kind("order", Value::Boolean(true)), "Json(\"{\\\"id\\\":\\\"o-1\\\",\\\"items\\\":[1,2]}\")");
    assert_eq!(kind("big", Value::Integer(2)), "Boolean(true)");
    assert_eq!(kind("text", Value::Integer(2)), "Text(\"2\")");
    assert_eq!(test.all::<u32, _, _, _>("items", order()).unwrap(), [1, 2]);
    assert!(matches!(test.call("items", Order { items: vec![], ..order() }), Ok(Output::Nothing)));
    assert_eq!(test.one::<i64, _, _, _>("from-json", Err::<i64, _>("no".to_owned())).unwrap(), 0);
}

/// A value as the engine hands it over.
struct Passed(Value);

impl throng::Carry<Passed> for Passed {
    fn into_value(self) -> Result<Value, Failure> {
        Ok(self.0)
    }

    fn from_value(value: Value) -> Result<Self, Failure> {
        Ok(Self(value))
    }
}

#[test]
fn a_value_of_another_type_is_a_failure_with_both_names() {
    let mut test = shapes().test();
    let failure = test.call("items", "x".to_owned()).unwrap_err();
    assert_eq!(failure.message, "this step takes `Order`: invalid type: string \"x\", expected struct Order, in the text it was given");
    assert_eq!((failure.code.as_deref(), failure.retryable), (Some("wrong-value"), false));
    let failure = test.call("again", 5_i64).unwrap_err();
    assert_eq!(failure.message, "this step takes an HTTP response, and was given integer");
    let failure = test.call("nowhere", ()).unwrap_err();
    assert_eq!(failure.message, "scenario `shapes` has no step `nowhere` with a callback");
}

#[test]
fn requests_and_responses_are_whole() {
    let mut test = shapes().test();
    let request = test.request("send", "2".to_owned()).unwrap();
    assert_eq!(
        (request.method.as_str(), request.url.as_str(), request.header("X"), request.body.as_slice()),
        ("PUT", "/2", Some("send"), &b"abc"[..])
    );

    let response =
        Response::fake(201).with_json(&order()).with_header("etag", "7").with_timing(Phase::FirstByte, 9).with_given("2".to_owned());
    assert_eq!((response.status(), response.header("ETag").as_deref(), response.timing(Phase::FirstByte)), (201, Some("7"), Some(9)));
    assert_eq!((response.timing(Phase::Tls), response.json_at("/items/1").as_deref()), (None, Some("2")));
    assert_eq!(response.json::<Order>().unwrap(), order());
    let again: Response = test.one("again", response.clone()).unwrap();
    assert_eq!(again.body_length(), response.body_length());
    assert!(matches!(test.call("given", response), Ok(Output::Nothing)));
    let failure = test.call("given", Response::fake(200).with_given("3".to_owned())).unwrap_err();
    assert_eq!((failure.kind, failure.retryable), (FailureKind::Assertion, false));
    let failure = Response::fake(502).with_body("<html>").json::<Order>().unwrap_err();
    assert_eq!(failure.message, "the body of the response (502) is not as expected: expected value at line 1 column 1");
}

#[test]
fn closures_reach_the_host() {
    let refused = counter("refused").tag("cause", "stock");
    let mut test = Scenario::from(scenario("reach").start().on_each(move |()| {
        refused.add(2);
        log::warn("w");
        event("order-refused").tag("a", "b").duration(secs(1));
        report(Level::Error, "r");
        let visits = session::get::<u32>("visits")?.unwrap_or(0);
        session::set("visits", &(visits + 1))?;
        ensure!(Context::current().minion() == 3)
    }))
    .test();
    test.context = Context::at(3, 1, 0);
    test.call("_on-each-1", ()).unwrap();
    test.call("_on-each-1", ()).unwrap();
    assert_eq!(test.host().session, BTreeMap::from([("visits".to_owned(), b"2".to_vec())]));
    assert_eq!(test.host().log[0], (Level::Warn, "w".to_owned()));
    assert_eq!(test.host().report.len(), 2);
    assert_eq!(test.host().events[1].name, "order-refused");
    let (meter, operation) = test.host().recordings[0].clone();
    assert_eq!((meter.kind, meter.name.as_str(), meter.tags.len(), operation), (MeterKind::Counter, "refused", 1, Operation::Count(2)));
    test.host().session.insert("visits".into(), b"many".to_vec());
    let failure = test.call("_on-each-1", ()).unwrap_err();
    assert!(failure.message.starts_with("the session's `visits` is of another type"), "{}", failure.message);
}

#[test]
fn draws_repeat_with_the_seed() {
    let draws = || {
        let host: Rc<RefCell<dyn Host>> = Rc::new(RefCell::new(MemoryHost { seed: 7, ..MemoryHost::default() }));
        with_host(host, || [(); 100].map(|()| Context::default().random_below(3)))
    };
    assert_eq!(draws(), draws());
    assert_eq!(draws().iter().copied().max(), Some(2));
    assert_eq!(draws().iter().copied().min(), Some(0));
}

#[test]
fn settings_come_from_the_campaign() {
    let build = || {
        let quantity = Setting::integer("quantity", 2);
        let declared = scenario("set").setting(&quantity).start().returns(quantity.value());
        Scenario::from(declared.map(move |_| quantity.value()))
    };
    let with = |text: &str| {
        let settings = BTreeMap::from([("quantity".to_owned(), text.to_owned())]);
        with_host(Rc::new(RefCell::new(MemoryHost { settings, ..MemoryHost::default() })), || Program::build(build))
    };
    assert_eq!(with("5").unwrap().document()["scenarios"][0]["steps"][0]["returns"], 5);
    assert_eq!(with("many").unwrap_err(), "the setting `quantity` is `many`, which is no integer");
    assert_eq!(build().test().one::<i64, _, _, _>("_map-1", 0_i64).unwrap(), 2, "the default");
}

#[test]
fn unknown_callbacks_are_refused() {
    let program = Program::build(shapes).unwrap();
    let failure = program.call(99, Context::default(), Value::None).unwrap_err();
    assert_eq!(failure.message, "there is no callback 99: the document lists 13, from 0");
}
