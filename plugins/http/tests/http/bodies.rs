//! Bodies come whole, however they are framed, and not above the limit.

use serde_json::json;
use throng_protocols::Value;
use throng_protocols::http::Response;

use crate::server::{scripted, start};
use crate::world::{World, json_value};

fn body(response: &Response) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}

#[tokio::test]
async fn chunks_become_one_body() {
    let (url, seen) = start().await;
    let mut world = World::new(&url);
    let send = world.sender().await;
    let get = |path: &str| json_value(json!({ "path": path }));
    assert_eq!(world.respond(&send, 0, get("/chunks/ab/c/def"), body).await, "abcdef");
    assert_eq!(world.respond(&send, 0, get("/chunks/one"), body).await, "one");
    assert_eq!(world.respond(&send, 0, get("/chunks"), body).await, "");
    assert_eq!(seen.connections(), 1, "a body that was read to its end leaves the connection usable");
}

#[tokio::test]
async fn large_bodies_come_whole_both_ways() {
    let (url, seen) = start().await;
    let mut world = World::new(&url);
    let send = world.sender().await;
    let length = world.respond(&send, 0, json_value(json!({ "path": "/bytes/3000000" })), |response| response.body.len()).await;
    assert_eq!(length, 3_000_000);
    let request = json_value(json!({ "method": "POST", "path": "/", "body": "y".repeat(2_000_000) }));
    assert_eq!(world.json(&send, 0, request).await["body"].as_str().map(str::len), Some(2_000_000));
    assert_eq!(seen.connections(), 1);
}

#[tokio::test]
async fn trailers_are_read_over() {
    let answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nx-sum: 3\r\n\r\n";
    let (url, _) = scripted(vec![vec![answer, answer]]).await;
    let mut world = World::new(&url);
    let get = world.step("get", "http", json!({ "request": {} })).await;
    assert_eq!(world.respond(&get, 0, Value::None, body).await, "abc");
    assert!(world.respond(&get, 0, Value::None, |response| response.timings.reused).await);
}

#[tokio::test]
async fn bodies_above_the_limit_are_errors() {
    let (url, seen) = start().await;
    let mut world = World::new(&url);
    world.defaults["body-limit"] = json!("1KiB");
    let send = world.sender().await;
    let get = |path: &str| json_value(json!({ "path": path }));
    assert_eq!(world.respond(&send, 0, get("/bytes/1024"), |response| response.body.len()).await, 1024);
    let failure = world.fail(&send, 0, get("/bytes/1025")).await;
    assert_eq!(failure.code, "body-too-large");
    assert_eq!(failure.message, "the response's body is larger than 1024 bytes; `body-limit` allows more");
    assert_eq!(world.fail(&send, 0, get(&format!("/chunks/{0}/{0}", "z".repeat(600)))).await.code, "body-too-large");
    assert_eq!(world.json(&send, 0, get("/")).await["connection"], 3, "connections with unread bodies are not used again");
    assert_eq!(seen.connections(), 3);
}

#[tokio::test]
async fn answers_without_bodies_leave_the_connection_usable() {
    let (url, seen) = start().await;
    let mut world = World::new(&url);
    let send = world.sender().await;
    let got = |response: &Response| (response.status, response.body.len());
    assert_eq!(world.respond(&send, 0, json_value(json!({ "method": "HEAD", "path": "/bytes/100" })), got).await, (200, 0));
    for status in [204, 304, 404, 503] {
        assert_eq!(world.respond(&send, 0, json_value(json!({ "path": format!("/status/{status}") })), got).await, (status, 0));
    }
    assert_eq!(seen.connections(), 1);
    assert_eq!(["status-2xx", "status-3xx", "status-4xx", "status-5xx"].map(|meter| world.count(meter)), [2, 1, 1, 1]);
}
