//! What happened behind the 201: every order that the shop accepts must come out of its shipments' feed.

use serde::{Deserialize, Serialize};
use throng::{Request, Response, Scenario, Setting, ensure, http, json, millis, regular, scenario, secs, session};

/// What the journey keeps of the login.
#[derive(Serialize, Deserialize)]
struct Login {
    token: String,
}

/// What the shop confirms.
#[derive(Serialize, Deserialize)]
struct Receipt {
    order: String,
}

/// What the feed shows, some time later.
#[derive(Serialize, Deserialize)]
struct Shipment {
    order: String,
}

#[throng::scenario]
fn shipped_orders() -> Scenario {
    let address = Setting::text("shop", "http://127.0.0.1:8080").about("where the shop answers");
    let shop = http(address.value());
    let shipments = shop.poll("/shipments").cursor("after", "/-1/sequence", "0").every(millis(100)).named("shipments");
    scenario("shipped-orders")
        .description("Each accepted order is shipped once, within five seconds.")
        .minions(1000)
        .profile(regular(secs(1), 50))
        .setting(&address)
        .start()
        .http("login", &shop, |cx, ()| Request::post("/login").json(&json!({"user": format!("user-{}", cx.minion())})))
        .verify("logged-in", |r: &Response| session::set("token", &r.json::<Login>()?.token))
        .http_with("order", "login", |_, _| Ok(Request::post("/orders").bearer(session::require::<String>("token")?)))
        .timeout(secs(2))
        .verify("accepted", |r: &Response| ensure!(r.status() == 201, "order refused: {}", r.status()))
        .map(|r: Response| r.json::<Receipt>())
        .inner_join("shipped", shipments.flatten::<Shipment>(), |receipt| receipt.order.clone(), |shipment| shipment.order.clone())
        .timeout(secs(5))
        .rule("missing(step:shipped) == 0")
        .rule("duplicate(step:shipped) == 0")
        .rule("p99(time-to-outcome, step:shipped) < 2s")
}

#[test]
fn orders_and_shipments_have_the_same_key() {
    let mut test = shipped_orders().test();
    let receipt = test.left_key("shipped", Receipt { order: "order-7".into() }).unwrap();
    let shipment = test.right_key("shipped", Shipment { order: "order-7".into() }).unwrap();
    assert_eq!(receipt, shipment);
}
