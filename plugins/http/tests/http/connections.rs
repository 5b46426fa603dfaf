//! Connections are opened when first used, kept, shared between steps, closed, and opened again.

use serde_json::json;
use throng_protocols::Value;

use crate::server::{let_sockets_tell, scripted, start};
use crate::world::World;

const HELLO: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";

#[tokio::test]
async fn steps_share_a_minions_connection() {
    let (url, seen) = start().await;
    let mut world = World::new(&url);
    let login = world.step("login", "http", json!({ "request": { "path": "/login" } })).await;
    let order = world.step("order", "http-with", json!({ "connection": "login", "request": { "path": "/order" } })).await;
    assert_eq!(world.json(&login, 7, Value::None).await["connection"], 1);
    assert_eq!(world.json(&login, 8, Value::None).await["connection"], 2);
    assert_eq!(world.json(&order, 7, Value::None).await["connection"], 1);
    assert_eq!(world.json(&order, 8, Value::None).await["target"], "/order");
    assert_eq!(world.json(&login, 7, Value::None).await["connection"], 1);
    assert_eq!(seen.connections(), 2);
    assert_eq!((world.count("http-connections-opened"), world.count("http-connections-reused")), (2, 3));
    assert_eq!((world.recordings("http-connect"), world.recordings("http-first-byte"), world.count("status-2xx")), (2, 5, 5));
    assert_eq!(world.recordings("http-tls"), 0);
    assert!(world.count("http-bytes-sent") > 0 && world.count("http-bytes-received") > 0);
}

#[tokio::test]
async fn minions_that_are_done_and_http_close_close() {
    let (url, _) = start().await;
    let mut world = World::new(&url);
    let login = world.step("login", "http", json!({ "request": {} })).await;
    let order = world.step("order", "http-with", json!({ "connection": "login", "request": {} })).await;
    let close = world.step("close", "http-close", json!({ "connection": "login" })).await;
    assert_eq!(world.json(&login, 0, Value::None).await["connection"], 1);
    order.minion_done(0);
    close.minion_done(0);
    assert_eq!(world.json(&login, 0, Value::None).await["connection"], 1);
    login.minion_done(0);
    assert_eq!(world.json(&login, 0, Value::None).await["connection"], 2);
    let passed = world.run(&close, 0, Value::Integer(5)).await.result.expect("closing succeeds");
    assert!(matches!(passed, throng_protocols::Output::One(Value::Integer(5))));
    assert_eq!(world.json(&order, 0, Value::None).await["connection"], 3);
}

#[tokio::test]
async fn timings_tell_new_from_reused() {
    let (url, _) = start().await;
    let mut world = World::new(&url);
    let get = world.step("get", "http", json!({ "request": {} })).await;
    world
        .respond(&get, 0, Value::Integer(3), |response| {
            let timings = response.timings;
            assert!(!timings.reused && timings.connect.is_some() && timings.resolve.is_some() && timings.tls.is_none());
            assert!(timings.request_sent <= timings.first_byte && timings.first_byte <= timings.last_byte);
            assert!(timings.request_sent.is_some());
            assert!(matches!(response.given, Value::Integer(3)));
        })
        .await;
    world.respond(&get, 0, Value::None, |response| assert!(response.timings.reused && response.timings.connect.is_none())).await;
    world.respond(&get, 1, Value::None, |response| assert_eq!(response.timings.resolve, None)).await;
}

#[tokio::test]
async fn kept_connection_that_the_server_closed_is_replaced() {
    let (url, closed) = scripted(vec![vec![HELLO], vec![HELLO]]).await;
    let mut world = World::new(&url);
    let get = world.step("get", "http", json!({ "request": {} })).await;
    world.respond(&get, 0, Value::None, |response| assert_eq!(response.body, "hello")).await;
    closed.notified().await;
    let_sockets_tell().await;
    world.respond(&get, 0, Value::None, |response| assert!(!response.timings.reused)).await;
    assert_eq!(world.count("http-connections-opened"), 2);
}

#[tokio::test]
async fn request_that_may_have_been_processed_is_not_sent_again() {
    let (url, _) = scripted(vec![vec![HELLO, ""], vec![HELLO]]).await;
    let mut world = World::new(&url);
    let get = world.step("get", "http", json!({ "request": {} })).await;
    world.respond(&get, 0, Value::None, |response| assert_eq!(response.status, 200)).await;
    let failure = world.fail(&get, 0, Value::None).await;
    assert_eq!((failure.code.as_str(), failure.retryable), ("closed", true));
    world.respond(&get, 0, Value::None, |response| assert_eq!(response.body, "hello")).await;
}

#[tokio::test]
async fn connection_that_the_server_will_close_is_not_kept() {
    let last = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi";
    let (url, _) = scripted(vec![vec![last], vec!["HTTP/1.1 200 OK\r\n\r\nuntil the end"]]).await;
    let mut world = World::new(&url);
    let get = world.step("get", "http", json!({ "request": {} })).await;
    world.respond(&get, 0, Value::None, |response| assert_eq!(response.body, "hi")).await;
    world
        .respond(&get, 0, Value::None, |response| assert_eq!((&response.body[..], response.timings.reused), (&b"until the end"[..], false)))
        .await;
}

#[tokio::test]
async fn cancelled_request_takes_its_connection_along() {
    let (url, seen) = start().await;
    let mut world = World::new(&url);
    let never = world.step("never", "http", json!({ "request": { "path": "/never" } })).await;
    let get = world.step("get", "http-with", json!({ "connection": "never", "request": {} })).await;
    assert_eq!(world.json(&get, 0, Value::None).await["connection"], 1);
    tokio::select! {
        biased;
        _ = world.run(&never, 0, Value::None) => panic!("the server never answers"),
        () = seen.never.notified() => {}
    }
    assert_eq!(world.json(&get, 0, Value::None).await["connection"], 2);
    assert_eq!(world.json(&get, 0, Value::None).await["connection"], 2);
}

#[tokio::test]
async fn two_uses_of_one_connection_queue() {
    let (url, seen) = start().await;
    let mut world = World::new(&url);
    let get = world.step("get", "http", json!({ "request": {} })).await;
    let uses = (0..3).map(|_| world.json(&get, 0, Value::None));
    let connections: Vec<_> = futures_util::future::join_all(uses).await.into_iter().map(|got| got["connection"].clone()).collect();
    assert_eq!(connections, [1, 1, 1]);
    assert_eq!((seen.connections(), world.recordings("http-pool-wait")), (1, 2));
}

#[tokio::test]
async fn connection_that_was_idle_for_too_long_is_replaced() {
    let (url, _) = start().await;
    let mut world = World::new(&url);
    let get = world.step("get", "http", json!({ "request": {}, "timeouts": { "idle": "0ms" } })).await;
    assert_eq!(world.json(&get, 0, Value::None).await["connection"], 1);
    assert_eq!(world.json(&get, 0, Value::None).await["connection"], 2);
}
