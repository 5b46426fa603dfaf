//! The smallest scenario: one request and one check, ten minions every second.

use throng::{Response, Scenario, Setting, ensure, get, http, regular, scenario, secs};

#[throng::scenario]
fn hello_world() -> Scenario {
    let address = Setting::text("server", "http://127.0.0.1:8080").about("who is greeted");
    let server = http(address.value());
    scenario("hello-world")
        .minions(100)
        .profile(regular(secs(1), 10))
        .setting(&address)
        .start()
        .send("hello", &server, get("/hello/{minion}"))
        .verify("greeted", |r: &Response| ensure!(r.status() == 200, "not greeted: {}", r.status()))
}

#[test]
fn only_success_is_a_greeting() {
    let mut test = hello_world().test();
    assert!(test.call("greeted", Response::fake(200)).is_ok());
    let refused = test.call("greeted", Response::fake(503)).unwrap_err();
    assert_eq!(refused.message, "not greeted: 503");
}
