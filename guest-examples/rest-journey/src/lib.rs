//! A REST journey: log in, fill a cart and order, on one connection, each answer checked.

use serde::{Deserialize, Serialize};
use throng::{Failure, Request, Response, Scenario, Setting, ensure, http, json, millis, regular, retries, scenario, secs, session};

/// What the journey keeps of the login.
#[derive(Serialize, Deserialize)]
struct Login {
    token: String,
}

/// What the shop confirms.
#[derive(Serialize, Deserialize)]
struct Order {
    order: String,
    status: String,
}

/// A request in the name of this minion's user.
fn as_user(path: &str) -> Result<Request, Failure> {
    Ok(Request::post(path).bearer(session::require::<String>("token")?))
}

#[throng::scenario]
fn rest_journey() -> Scenario {
    let address = Setting::text("shop", "http://127.0.0.1:8080").about("where the shop answers");
    let shop = http(address.value());
    scenario("rest-journey")
        .description("Log in, fill a cart, order.")
        .minions(500)
        .profile(regular(secs(1), 50))
        .setting(&address)
        .retry(retries(2).delay(millis(100)).multiplier(2.0))
        .start()
        .http("login", &shop, |cx, ()| Request::post("/login").json(&json!({"user": format!("user-{}", cx.minion())})))
        .verify("logged-in", |r: &Response| session::set("token", &r.json::<Login>()?.token))
        .http_with("cart", "login", |cx, _| as_user("/cart").map(|r| r.json(&json!({"item": "pen", "quantity": 1 + cx.random_below(3)}))))
        .verify("in-cart", |r: &Response| ensure!(r.status() == 201, "cart refused: {}", r.status()))
        .http_with("checkout", "login", |_, _| as_user("/orders"))
        .timeout(secs(2))
        .verify("created", |r: &Response| ensure!(r.status() == 201, "order refused: {}", r.status()))
        .map(|r: Response| r.json::<Order>())
        .verify("accepted", |order: &Order| ensure!(order.status == "accepted", "order {} is {}", order.order, order.status))
}

#[test]
fn the_token_goes_along() {
    let mut test = rest_journey().test();
    test.call("logged-in", Response::fake(200).with_json(&Login { token: "t-7".into() })).unwrap();
    let order = test.request("checkout", Response::fake(201)).unwrap();
    assert_eq!((order.url.as_str(), order.header("authorization")), ("/orders", Some("Bearer t-7")));

    let late = Order { order: "o-1".into(), status: "queued".into() };
    assert_eq!(test.call("accepted", late).unwrap_err().message, "order o-1 is queued");
}
