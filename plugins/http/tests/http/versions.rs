//! HTTP/2: exchanges that share connections.

use futures_util::future::join_all;
use serde_json::json;
use throng_protocols::Value;

use crate::server::{scripted, serve_http_2, start};
use crate::tls::certificate;
use crate::world::World;

#[tokio::test]
async fn exchanges_of_a_minion_share_its_connection() {
    let (url, seen) = serve_http_2(None).await;
    let mut world = World::new(&url);
    world.defaults["version"] = json!("2");
    let request = json!({ "method": "POST", "path": "/a?b", "headers": { "connection": "close", "x-a": "1" }, "body": "hello" });
    let post = world.step("post", "http", json!({ "request": request })).await;
    let got = world.json(&post, 0, Value::None).await;
    assert_eq!((&got["method"], &got["body"]), (&json!("POST"), &json!("hello")));
    assert_eq!(got["target"], format!("{url}/a?b"));
    assert_eq!(got["headers"], json!([["x-a", "1"], ["content-length", "5"]]));

    let large = json!({ "connection": "post", "request": { "path": "/bytes/3000000" } });
    let large = world.step("large", "http-with", large).await;
    let lengths =
        join_all((0..3).map(|_| world.respond(&large, 0, Value::None, |response| (response.body.len(), response.timings.reused)))).await;
    assert_eq!((lengths, seen.connections()), (vec![(3_000_000, true); 3], 1));

    world.respond(&large, 1, Value::None, |response| assert!(!response.timings.reused && response.timings.connect.is_some())).await;
    post.minion_done(1);
    world.respond(&large, 1, Value::None, |response| assert!(!response.timings.reused)).await;
    assert_eq!((seen.connections(), world.count("http-connections-opened"), world.recordings("http-first-byte")), (3, 3, 6));
    assert!(world.count("http-bytes-received") > 5 * 3_000_000);
}

#[tokio::test]
async fn a_pool_is_shared_by_all_minions_at_once() {
    let (url, seen) = serve_http_2(None).await;
    let mut world = World::new(&url);
    world.defaults["version"] = json!("2");
    let pool = json!({ "request": { "path": "/status/204" }, "connection": { "pool": { "size": 2, "warm-up": true } } });
    let get = world.step("get", "http", pool).await;
    get.warm_up().await.expect("a server");
    join_all((0..8).map(|minion| world.respond(&get, minion, Value::None, |response| assert_eq!(response.status, 204)))).await;
    assert_eq!((seen.connections(), world.count("http-connections-opened")), (2, 0));
    assert!(seen.most_at_once() > 2, "{}", seen.most_at_once());
}

#[tokio::test]
async fn tls_agrees_on_the_version() {
    let (acceptor, roots) = certificate(&["h2", "http/1.1"]);
    let (url, _) = serve_http_2(Some(acceptor)).await;
    let mut world = World::new(&url);
    world.defaults["tls"] = json!({ "roots": roots.path(), "server-name": "shop.example" });
    world.defaults["version"] = json!("2");
    let get = world.step("get", "http", json!({ "request": {} })).await;
    world.respond(&get, 0, Value::None, |response| assert!(response.status == 200 && response.timings.tls.is_some())).await;

    let (acceptor, roots) = certificate(&[]);
    let (url, _) = crate::server::serve(Some(acceptor)).await;
    let mut world = World::new(&url);
    world.defaults["tls"] = json!({ "roots": roots.path(), "server-name": "shop.example" });
    world.defaults["version"] = json!("2");
    let get = world.step("get", "http", json!({ "request": {} })).await;
    let failure = world.fail(&get, 0, Value::None).await;
    assert!(failure.code == "protocol" && failure.message.contains("leave `version` out"), "{failure:?}");
}

#[tokio::test]
async fn what_does_not_speak_it_is_told() {
    let (url, _) = start().await;
    let mut world = World::new(&url);
    world.defaults["version"] = json!("2");
    let get = world.step("get", "http", json!({ "request": {} })).await;
    let failure = world.fail(&get, 0, Value::None).await;
    assert!(["protocol", "closed"].contains(&failure.code.as_str()), "{failure:?}");

    let (url, _) = scripted(vec![vec![]]).await;
    let mut world = World::new(&url);
    world.defaults["version"] = json!("2");
    let get = world.step("get", "http", json!({ "request": {} })).await;
    let failure = world.fail(&get, 0, Value::None).await;
    assert!(["protocol", "closed"].contains(&failure.code.as_str()), "{failure:?}");
    assert_eq!(world.broken.borrow().len(), 1);
}

#[tokio::test]
async fn bodies_have_their_limit() {
    let (url, seen) = serve_http_2(None).await;
    let mut world = World::new(&url);
    world.defaults["version"] = json!("2");
    let get = world.step("get", "http", json!({ "request": { "path": "/bytes/1001" }, "body-limit": 1000 })).await;
    assert_eq!(world.fail(&get, 0, Value::None).await.code, "body-too-large");
    assert_eq!(world.fail(&get, 0, Value::None).await.code, "body-too-large");
    // That ends the exchange alone.
    assert_eq!(seen.connections(), 1);
}
