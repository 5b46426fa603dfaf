//! What goes wrong has few codes, and a message that says what to do.

use serde_json::json;
use throng_model::Targets;
use throng_protocols::Value;
use tokio::net::TcpListener;

use crate::server::{scripted, start};
use crate::world::{World, json_value};

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let mut world = World::new(&format!("http://{address}"));
    let get = world.step("get", "http", json!({ "request": {} })).await;
    let failure = world.fail(&get, 0, Value::None).await;
    assert_eq!((failure.code.as_str(), failure.retryable), ("connect-refused", true));
    assert_eq!(failure.message, format!("http://{address} refuses connections ({address}): nothing listens there"));
    assert_eq!(*world.broken.borrow(), ["connect-refused"]);
}

#[tokio::test]
async fn host_has_no_address() {
    let mut world = World::new("http://shop.invalid:80");
    let get = world.step("get", "http", json!({ "request": {} })).await;
    assert_eq!(world.fail(&get, 0, Value::None).await.code, "resolve");
}

#[tokio::test]
async fn handshake_that_does_not_end_is_limited() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("https://{}", listener.local_addr().expect("an address"));
    let mut world = World::new(&url);
    world.defaults["tls"] = json!({ "insecure": true });
    let get = world.step("get", "http", json!({ "request": {}, "timeouts": { "connect": "20ms" } })).await;
    let failure = world.fail(&get, 0, Value::None).await;
    assert_eq!(failure.code, "connect-timeout");
    assert_eq!(failure.message, format!("no connection to {url} within 20ms; `timeouts.connect` allows more"));
}

#[tokio::test]
async fn servers_that_speak_something_else() {
    let cases = [
        ("220 smtp ready\r\n\r\n", "protocol"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "protocol"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel", "closed"),
        ("HTTP/1.1 200 OK\r\ncontent-le", "closed"),
        ("", "closed"),
    ];
    for (answer, code) in cases {
        let (url, _) = scripted(vec![vec![answer]]).await;
        let mut world = World::new(&url);
        let get = world.step("get", "http", json!({ "request": {} })).await;
        let failure = world.fail(&get, 0, Value::None).await;
        assert_eq!(failure.code, code, "{answer:?}: {}", failure.message);
        assert_eq!(*world.broken.borrow(), [code], "{answer:?}");
    }
}

#[tokio::test]
async fn only_declared_targets_are_reached() {
    let (url, _) = start().await;
    let (other, seen) = start().await;
    let mut world = World::new(&url);
    let send = world.sender().await;
    let request = json_value(json!({ "url": format!("{other}/x") }));
    let failure = world.fail(&send, 0, request.clone()).await;
    assert_eq!((failure.code.as_str(), failure.retryable), ("target-not-granted", false));
    assert_eq!(
        failure.message,
        format!("the document does not grant {other}; make it `\"targets\": [\"{url}\", \"{other}\"]` in the document")
    );
    assert_eq!(seen.connections(), 0);

    world.targets.extend(&Targets::parse(&[other.as_str()]).expect("a target"));
    let send = world.sender().await;
    assert_eq!(world.json(&send, 0, request.clone()).await["connection"], 1);
    assert_eq!(world.json(&send, 0, json_value(json!({ "path": "/" }))).await["connection"], 1);
    assert_eq!(world.json(&send, 0, request).await["connection"], 1, "a minion keeps one connection for each host");
}
