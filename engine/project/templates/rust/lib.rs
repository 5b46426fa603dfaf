//! Each user logs in at the shop, orders, and checks what the shop answers.

use serde::Deserialize;
use throng::{Failure, Request, Response, Scenario, Setting, http, json, millis, regular, scenario};

/// What the shop answers to a login.
#[derive(Deserialize)]
struct Login {
    token: String,
}

/// What the shop answers to an order.
#[derive(Deserialize)]
struct Order {
    order: String,
}

#[throng::scenario]
fn orders() -> Scenario {
    let server = Setting::text("server", "http://127.0.0.1:8080").about("where the shop is");
    let fail_every = Setting::integer("fail-every", 0).about("every n-th user fails; none by 0");
    let every = fail_every.value();
    let shop = http(server.value());
    scenario("@NAME@")
        .description("Log in and order.")
        .minions(100)
        .profile(regular(millis(100), 10))
        .setting(&server)
        .setting(&fail_every)
        .start()
        .http("login", &shop, |cx, ()| Request::post("/login").json(&json!({"user": format!("user-{}", cx.minion())})))
        .http_with("order", "login", |cx, login: Response| {
            let token = login.json::<Login>()?.token;
            Ok(Request::post("/orders").bearer(token).json(&json!({"item": "pen", "quantity": 1 + cx.minion() % 3})))
        })
        .verify("ordered", move |response: &Response| {
            if response.status() != 201 {
                return Err(Failure::assertion(format!("the order was answered with {}", response.status())).code("not-ordered"));
            }
            let minion = i64::from(throng::Context::current().minion());
            if every > 0 && (minion + 1) % every == 0 {
                return Err(Failure::assertion(format!("every {every}th user fails")).code("chosen-to-fail"));
            }
            Ok(())
        })
        .map(|response: Response| {
            let minion = throng::Context::current().minion();
            response.json::<Order>().map(|order| format!("order {} of user-{minion}", order.order))
        })
        .named("receipt")
}

#[test]
fn the_token_goes_along() {
    let request = orders().test().request("order", Response::fake(200).with_json(&json!({"token": "t-7"}))).unwrap();
    assert_eq!((request.url.as_str(), request.header("authorization")), ("/orders", Some("Bearer t-7")));
}
