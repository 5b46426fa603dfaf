//! Closures of operators that work on pairs, lists and errors, called one by one as the engine would.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use throng::native::{MemoryHost, Native};
use throng::{
    Carry, Failure, FailureKind, Fault, Output, Response, Scenario, Value, datasource, ensure, get, http, json, millis, scenario, secs,
    step,
};

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Order {
    id: u32,
}

/// A value as the engine hands it over.
struct Passed(Value);

impl Carry<Passed> for Passed {
    fn into_value(self) -> Result<Value, Failure> {
        Ok(self.0)
    }

    fn from_value(value: Value) -> Result<Self, Failure> {
        Ok(Self(value))
    }
}

fn pair(first: impl Into<Part>, second: impl Into<Part>) -> Passed {
    Passed(Value::Native(Native::Pair(Rc::new((first.into().0, second.into().0)))))
}

fn list(items: Vec<Part>) -> Passed {
    Passed(Value::Native(Native::List(Rc::new(items.into_iter().map(|item| item.0).collect()))))
}

/// What composites are made of.
struct Part(Value);

impl From<Passed> for Part {
    fn from(value: Passed) -> Self {
        Self(value.0)
    }
}

impl From<Order> for Part {
    fn from(order: Order) -> Self {
        Self(Value::Json(json!({"id": order.id}).to_string()))
    }
}

impl From<Response> for Part {
    fn from(response: Response) -> Self {
        Self(response.into_value().unwrap_or_default())
    }
}

impl From<&str> for Part {
    fn from(text: &str) -> Self {
        Self(Value::Text(text.to_owned()))
    }
}

impl From<()> for Part {
    fn from((): ()) -> Self {
        Self(Value::None)
    }
}

fn joined() -> Scenario {
    let shop = http("http://127.0.0.1:8080");
    let feed = shop.poll("/shipments").every(millis(100)).flatten::<Order>();
    scenario("joined")
        .start()
        .send("order", &shop, get("/order"))
        .inner_join("shipped", feed.named("feed"), |r| r.json_at("/id"), |shipment| shipment.id)
        .map(|(r, shipment)| ensure!(r.status() == 201).map(|()| (r, shipment.id)))
        .named("numbered")
        .left_join(
            "sent",
            step::<Order>("feed"),
            |(_, id)| (*id > 0).then_some(*id),
            |order| Ok(order.id.to_string().parse::<bool>()?.to_string()),
        )
        .map(|((r, id), order)| (r.status(), id, order.map(|order| order.id)))
        .named("both")
        .collect(2, secs(1))
        .map(|all| all.into_iter().map(|(_, id, _)| id).collect::<Vec<_>>())
        .named("ids")
        .flatten()
        .map(|id| id + 1)
        .named("next")
        .into()
}

#[test]
fn pairs_and_lists_are_read_item_by_item() {
    let mut test = joined().test();
    let response = || Response::fake(201).with_json(&Order { id: 7 });
    assert_eq!(test.left_key("shipped", response()).unwrap().as_deref(), Some("7"));
    assert_eq!(test.left_key("shipped", Response::fake(201)).unwrap(), None);
    assert_eq!(test.right_key("shipped", Order { id: 7 }).unwrap().as_deref(), Some("7"));

    let numbered = test.call("numbered", pair(response(), Order { id: 9 })).unwrap();
    let Output::One(numbered) = numbered else { panic!("one value expected, found {numbered:?}") };
    assert_eq!(numbered.kind(), "pair", "a response has no JSON to come back from");
    let (r, id): (Response, u32) = Carry::from_value(numbered.clone()).unwrap();
    assert_eq!((r.status(), id), (201, 9));
    assert_eq!(test.one::<(Response, u32), _, _, _>("numbered", (response(), Order { id: 9 })).unwrap().1, 9);

    assert_eq!(test.left_key("sent", Passed(numbered.clone())).unwrap().as_deref(), Some("9"));
    assert_eq!(test.left_key("sent", (response(), 0_u32)).unwrap(), None);
    assert_eq!(test.right_key("sent", Order { id: 1 }).unwrap_err().message, "provided string was not `true` or `false`");
    let both: (u16, u32, Option<u32>) = test.one("both", pair(Passed(numbered.clone()), Order { id: 4 })).unwrap();
    assert_eq!(both, (201, 9, Some(4)));
    let both: (u16, u32, Option<u32>) = test.one("both", pair(Passed(numbered), ())).unwrap();
    assert_eq!(both, (201, 9, None));

    let items = || Part(Value::Json("[201, 5, null]".into()));
    assert_eq!(test.one::<Vec<u32>, _, _, _>("ids", list(vec![items(), items()])).unwrap(), [5, 5]);
    assert_eq!(test.one::<Vec<u32>, _, _, _>("ids", json!([[201, 5, null]])).unwrap(), [5], "JSON will do");
    assert_eq!(test.one::<u32, _, _, _>("next", 5_u32).unwrap(), 6);
}

#[test]
fn what_is_no_pair_is_a_failure_that_says_so() {
    let mut test = joined().test();
    let mut message = |step: &str, input: Passed| test.call(step, input).unwrap_err().message;
    assert_eq!(message("numbered", Passed(Value::Integer(1))), "this step takes a pair, and was given integer");
    assert_eq!(
        message("numbered", Passed(Value::Json("[1, 2, 3]".into()))),
        "this step takes a pair, and was given json that is no list of two"
    );
    assert_eq!(message("ids", pair((), ())), "this step takes a list, and was given pair");
    let failure = test.call("shipped", ()).unwrap_err();
    assert_eq!(
        failure.message,
        "scenario `joined` has several callbacks of the step `shipped`: name one of `shipped left-key`, `shipped right-key`"
    );
}

#[test]
fn pairs_render_as_json() {
    let Passed(Value::Native(nested)) = pair(pair("a", Order { id: 1 }), list(vec!["x".into(), ().into()])) else { panic!("a pair") };
    assert_eq!(nested.json("").as_deref(), Some(r#"[["a",{"id":1}],["x",null]]"#));
    assert_eq!(nested.json("/0/1/id").as_deref(), Some("1"));
    assert_eq!(nested.json("/1/2"), None);
    assert_eq!(<(Vec<String>, Vec<Option<String>>)>::from_value(Value::Native(nested)).unwrap_err().code.as_deref(), Some("wrong-value"));
}

#[test]
fn errors_are_seen_and_turned_into_values() {
    let seen: Rc<RefCell<Vec<String>>> = Rc::default();
    let noted = Rc::clone(&seen);
    let flow = scenario("errors")
        .start()
        .returns("a".to_owned())
        .validate("valid", |text: &String| text.chars().filter(|c| c.is_numeric()).map(|c| format!("`{c}`")).collect::<Vec<_>>())
        .catch_errors(move |cx| noted.borrow_mut().extend(cx.errors().into_iter().map(|fault| fault.message)))
        .named("note")
        .catch_exhausted(|cx| cx.errors().into_iter().map(|fault| fault.code).collect::<Vec<_>>())
        .named("codes")
        .recover_with(|cx| format!("minion {}", cx.minion()))
        .named("again")
        .verify_and_map("number", |text: String| Ok(text.parse::<u32>()?));
    let mut test = Scenario::from(flow).test();
    assert!(matches!(test.call("valid", "abc".to_owned()), Ok(Output::Nothing)));
    assert_eq!(test.all::<String, _, _, _>("valid", "a1b2".to_owned()).unwrap(), ["`1`", "`2`"]);

    let fault = |code: &str| Fault { step: "valid".into(), code: code.into(), message: format!("{code}!") };
    test.host().visit.errors = vec![fault("invalid"), fault("late")];
    // The value is whatever the step that failed was given.
    assert!(matches!(test.call("note", 5_i64), Ok(Output::Nothing)));
    assert_eq!(*seen.borrow(), ["invalid!", "late!"]);
    assert_eq!(test.all::<String, _, _, _>("codes", 5_i64).unwrap(), ["invalid", "late"]);
    test.host().visit.errors.clear();
    assert!(matches!(test.call("codes", 5_i64), Ok(Output::Nothing)));
    assert_eq!(test.one::<String, _, _, _>("again", 5_i64).unwrap(), "minion 0");
    assert_eq!(test.one::<u32, _, _, _>("number", "12".to_owned()).unwrap(), 12);
    let failure = test.call("number", "x".to_owned()).unwrap_err();
    assert_eq!((failure.message.as_str(), failure.kind), ("invalid digit found in string", FailureKind::Error));
}

#[test]
fn sources_paces_and_meters_answer_with_what_the_engine_wants() {
    let flow = scenario("numbers")
        .start()
        .take("n", datasource(|n| (n < 2).then_some(n as u32)))
        .pace(|last| if last.is_zero() { secs(1) } else { last / 2 })
        .named("pace")
        .count_of("items", |n| u64::MAX - u64::from(*n))
        .timer_of("took", |n| millis(u64::from(*n)))
        .summary_of("half", |n| Ok(f64::from(*n) / 2.0))
        .rate_of("share", |n| (*n, 10))
        .shelve_with("text", |n| n.to_string())
        .named("shelve")
        .unshelve::<String>("text")
        .map(|(n, text)| format!("{n} {text:?}"))
        .named("told");
    let mut test = Scenario::from(flow).test();
    assert_eq!(test.all::<u32, _, _, _>("n", 1_i64).unwrap(), [1]);
    assert_eq!(test.all::<u32, _, _, _>("n", 2_i64).unwrap(), [] as [u32; 0]);
    assert_eq!(test.period("pace", Duration::ZERO).unwrap(), secs(1));
    assert_eq!(test.period("pace", secs(1)).unwrap(), millis(500));
    let mut answer = |step: &str| format!("{:?}", test.call(step, 5_u32).unwrap());
    assert_eq!(answer("items"), "One(Number(1.8446744073709552e19))");
    assert_eq!(answer("took"), "One(Integer(5000000))");
    assert_eq!(answer("half"), "One(Number(2.5))");
    assert_eq!(answer("share"), "Many([Integer(5), Integer(10)])");
    assert_eq!(answer("shelve"), "One(Text(\"5\"))");
    assert_eq!(test.one::<String, _, _, _>("told", pair(Passed(Value::Integer(5)), "5")).unwrap(), "5 Some(\"5\")");
    assert_eq!(test.one::<String, _, _, _>("told", pair(Passed(Value::Integer(5)), ())).unwrap(), "5 None");
    assert_eq!(test.one::<String, _, _, _>("told", (5_u32, None::<String>)).unwrap(), "5 None");
    let host: &MemoryHost = &test.host();
    assert!(host.recordings.is_empty(), "the engine records, not the closure");
}

#[test]
fn responses_travel_in_pairs_lists_and_options() {
    let shop = http("http://127.0.0.1:8080");
    let flow = scenario("handles")
        .start()
        .send("a", &shop, get("/a"))
        .map(|r| (1_u32, r))
        .named("second")
        .map(|(_, r)| (r.clone(), Some("x".to_owned())))
        .named("first")
        .map(|(r, _)| vec![r.clone(), r])
        .named("list")
        .map(|mut all| (all.len() as u32, all.pop()))
        .named("maybe")
        .map(|(_, r)| r)
        .named("option")
        .filter_not_none()
        .map(|r| (r.clone(), r))
        .named("twice")
        .flatten()
        .map(|r| r.status())
        .named("status");
    let mut test = Scenario::from(flow).test();
    let mut value = Value::Native(match Response::fake(200).into_value().unwrap() {
        Value::Native(native) => native,
        other => panic!("a response expected, found {other:?}"),
    });
    for (step, kind) in
        [("second", "pair"), ("first", "pair"), ("list", "list"), ("maybe", "pair"), ("option", "http/response"), ("twice", "pair")]
    {
        let Output::One(next) = test.call(step, Passed(value)).unwrap() else { panic!("one value expected of {step}") };
        assert_eq!(next.kind(), kind, "{step}");
        value = next;
    }
    assert_eq!(test.one::<u16, _, _, _>("status", Response::fake(201)).unwrap(), 201);
    assert!(matches!(test.call("option", (1_u32, None::<Response>)), Ok(Output::One(Value::None))));
}
