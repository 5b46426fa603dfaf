//! Whole journeys against the built-in target, natively and in the sandbox.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what went wrong by panicking"
)]

mod shop;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use throng::{Failure, Request, Response, Scenario, Setting, ensure, http, json, scenario, session, status};
use throng_measure::Verdict;
use throng_testing::{Outcome, Test};

use shop::Shop;

#[derive(Deserialize, Serialize)]
struct Login {
    token: String,
}

#[derive(Deserialize, Serialize)]
struct Order {
    order: String,
    status: String,
}

fn as_user(path: &str) -> Result<Request, Failure> {
    Ok(Request::post(path).bearer(session::require::<String>("token")?))
}

fn journey() -> Scenario {
    let address = Setting::text("shop", "http://127.0.0.1:8080");
    let shop = http(address.value());
    scenario("journey")
        .minions(30)
        .setting(&address)
        .start()
        .http("login", &shop, |cx, ()| Request::post("/login").json(&json!({"user": format!("user-{}", cx.minion())})))
        .assert("welcome", status(200))
        .verify("logged-in", |r: &Response| session::set("token", &r.json::<Login>()?.token))
        .http_with("cart", "login", |cx, _| {
            as_user("/cart").map(|request| request.json(&json!({"item": "pen", "quantity": 1 + cx.random_below(3)})))
        })
        .verify("in-cart", |r: &Response| ensure!(r.status() == 201, "cart refused: {}", r.status()))
        .http_with("order", "login", |_, _| as_user("/orders"))
        .map(|r: Response| r)
        .named("passed-on")
        .verify("after-cart", |r: &Response| {
            let cart: Response = r.given()?;
            let cart = cart.json_at("/cart");
            ensure!(cart.as_ref().is_some_and(|cart| cart.starts_with("\"cart-")), "the order's step was given {cart:?}")
        })
        .map(|r: Response| r.json::<Order>())
        .verify("accepted", |order: &Order| ensure!(order.status == "accepted", "order {} is {}", order.order, order.status))
        .into()
}

/// All that the journey sent has arrived, each of its requests once.
fn check(outcome: &Outcome, shop: &Shop, minions: u64, steps: &[&str]) -> Result<()> {
    outcome.assert_successful();
    for step in steps {
        let outcomes = outcome.step(step).outcomes;
        assert_eq!((outcomes.success, outcomes.executions()), (minions, minions), "{step}");
    }
    let stats = shop.end()?;
    assert_eq!(stats.orders.accepted, minions);
    Ok(())
}

#[test]
fn a_native_journey_orders_at_the_shop() -> Result<()> {
    let shop = Shop::open()?;
    let outcome = Test::native(journey).setting("shop", shop.url()).workers(2).run()?;
    check(&outcome, &shop, 30, &["login", "welcome", "logged-in", "cart", "in-cart", "order", "passed-on", "after-cart", "accepted"])
}

#[test]
fn a_component_orders_at_the_shop() -> Result<()> {
    let shop = Shop::open()?;
    let component = throng_kit::example("rest-journey")?;
    let test = Test::component(component).setting("shop", shop.url()).profile("immediate").minions(20);
    let outcome = test.run()?;
    check(&outcome, &shop, 20, &["login", "cart", "checkout", "created", "accepted"])
}

#[test]
fn bytes_are_a_component_as_well_and_so_is_a_plain_document() -> Result<()> {
    let shop = Shop::open()?;
    let bytes = std::fs::read(throng_kit::example("rest-journey")?)?;
    let outcome = Test::component(bytes).setting("shop", shop.url()).profile("immediate").minions(2).workers(2).run()?;
    outcome.assert_successful();
    let document = json!({
        "throng": "0.1",
        "targets": [shop.url()],
        "scenarios": [{
            "name": "hello",
            "minions": 3,
            "steps": [{"name": "hello", "start": true, "http": {"url": shop.url(), "request": {"method": "GET", "path": "/hello/1"}}}],
        }],
    });
    let outcome = Test::component(document.to_string().into_bytes()).run()?;
    assert_eq!((outcome.verdict(), outcome.step("hello").outcomes.success), (Verdict::Successful, 3));
    Ok(())
}

#[test]
fn nobody_at_home_is_a_failed_step() -> Result<()> {
    let closed = format!("http://127.0.0.1:{}", throng_kit::free_port()?);
    let outcome = Test::native(journey).setting("shop", closed).minions(2).run()?;
    assert_eq!(outcome.verdict(), Verdict::Failed);
    assert_eq!((outcome.step("login").outcomes.error, outcome.step("cart").outcomes.executions()), (2, 0));
    Ok(())
}

#[test]
fn what_is_no_component_says_which_file() {
    let say = |test: Test| test.run().map(|_| ()).expect_err("it cannot be run").to_string();
    let missing = say(Test::component("no-such.wasm"));
    assert!(missing.starts_with("`no-such.wasm`: cannot be read: "), "{missing}");
    let nonsense = say(Test::component(b"hello"));
    assert!(nonsense.starts_with("the component: neither a WebAssembly component nor a scenario document"), "{nonsense}");
}
