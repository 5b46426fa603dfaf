//! What requests look like on the wire, whoever wrote them.

use bytes::Bytes;
use serde_json::{Value as Json, json};
use throng_protocols::http::Request;
use throng_protocols::{Failure, Output, Value};

use crate::server::start;
use crate::world::{World, json_value};

fn header<'a>(got: &'a Json, name: &str) -> Vec<&'a str> {
    let headers = got["headers"].as_array().expect("headers");
    headers.iter().filter(|header| header[0] == name).filter_map(|header| header[1].as_str()).collect()
}

#[tokio::test]
async fn native_and_json_requests_are_sent() {
    let (url, _) = start().await;
    let mut world = World::new(&url);
    world.defaults["url"] = format!("{url}/api/").into();
    let send = world.sender().await;
    let native = Request {
        method: "PUT".to_owned(),
        url: "/a?b=c".to_owned(),
        headers: vec![
            ("X-One".to_owned(), b"1".to_vec()),
            ("x-one".to_owned(), b"2".to_vec()),
            ("content-length".to_owned(), b"4".to_vec()),
        ],
        body: Bytes::from_static(b"body"),
    };
    let got = world.json(&send, 0, Value::native(native)).await;
    assert_eq!((&got["method"], &got["target"], &got["body"]), (&json!("PUT"), &json!("/api/a?b=c"), &json!("body")));
    assert_eq!((header(&got, "x-one"), header(&got, "content-length")), (vec!["1", "2"], vec!["4"]));
    assert_eq!(header(&got, "host"), [url.trim_start_matches("http://")]);

    let got =
        world.json(&send, 0, json_value(json!({ "method": "POST", "url": "items", "json": { "a": [1] }, "headers": { "x": "y" } }))).await;
    assert_eq!((&got["target"], &got["body"]), (&json!("/api/items"), &json!("{\"a\":[1]}")));
    assert_eq!((header(&got, "content-type"), header(&got, "x")), (vec!["application/json"], vec!["y"]));

    let got = world
        .json(&send, 0, json_value(json!({ "method": "POST", "url": format!("{url}/elsewhere"), "headers": { "host": "shop" } })))
        .await;
    assert_eq!((&got["target"], header(&got, "host"), header(&got, "content-length")), (&json!("/elsewhere"), vec!["shop"], vec!["0"]));
    assert_eq!(got["connection"], 1, "an absolute URL of the base's host uses the base's connection");
}

#[tokio::test]
async fn document_requests_are_filled() {
    let (url, _) = start().await;
    let mut world = World::new(&url);
    let request = json!({
        "method": "POST", "path": "/items/{minion}", "headers": { "x-user": "user-{minion}", "x-plain": "{{minion}}{}", "accept": "text/plain" },
        "json": { "id": "m{minion}", "name": "{setting:shop}", "list": [1, true, null, "x"] }
    });
    let post = world.step("post", "http", json!({ "request": request })).await;
    let got = world.json(&post, 4, Value::None).await;
    assert_eq!((&got["method"], &got["target"]), (&json!("POST"), &json!("/items/4")));
    assert_eq!(
        ["x-user", "x-plain", "accept", "content-type"].map(|name| header(&got, name)),
        [["user-4"], ["{minion}{}"], ["text/plain"], ["application/json"]]
    );
    let body: Json = serde_json::from_str(got["body"].as_str().expect("text")).expect("json in spite of quotes in a setting");
    assert_eq!(body, json!({ "id": "m4", "name": "\"shop\"\n", "list": [1, true, null, "x"] }));
    assert_eq!(world.json(&post, 5, Value::None).await["target"], "/items/5");

    let text = world.step("text", "http", json!({ "request": { "method": "PUT", "body": "I am {minion}" } })).await;
    assert_eq!(world.json(&text, 6, Value::None).await["body"], "I am 6");
    let plain = world.step("plain", "http", json!({ "request": { "method": "DELETE", "body": "same", "path": "?x" } })).await;
    let got = world.json(&plain, 0, Value::None).await;
    assert_eq!((&got["target"], &got["body"]), (&json!("/?x"), &json!("same")));
}

#[tokio::test]
async fn holes_cannot_bring_in_what_cannot_be_sent() {
    let (url, _) = start().await;
    let mut world = World::new(&url);
    let header = world.step("header", "http", json!({ "request": { "headers": { "x": "{setting:a}" } } })).await;
    assert_eq!(world.fail(&header, 0, Value::None).await.code, "bad-request");
    let path = world.step("path", "http", json!({ "request": { "path": "/{setting:a}" } })).await;
    assert_eq!(world.fail(&path, 0, Value::None).await.code, "bad-request");
}

#[tokio::test]
async fn requests_that_cannot_be_sent_say_why() {
    let (url, seen) = start().await;
    let mut world = World::new(&url);
    let send = world.sender().await;
    let cases = [
        (json!({ "method": "GE T" }), "`GE T` is not a method; write it like `GET` or `POST`"),
        (json!({ "method": "CONNECT" }), "`CONNECT` makes tunnels, which a request is not"),
        (json!({ "headers": { "a b": "c" } }), "`a b` is not the name of a header"),
        (json!({ "headers": { "a": "b\nc" } }), "`b\\nc` cannot be the value of `a`"),
        (json!({ "headers": { "transfer-encoding": "chunked" } }), "`transfer-encoding` is the engine's to set; leave it out"),
        (json!({ "headers": { "content-length": "7" } }), "`content-length` is `7`, but the body has 0 bytes; leave the header out"),
        (json!({ "path": "/a b" }), "`/a b` is not a path: invalid uri character"),
        (json!({ "url": "ftp://a/b" }), "`ftp://a/b` cannot be requested: the scheme is neither `http` nor `https`"),
    ];
    for (request, message) in cases {
        let failure = world.fail(&send, 0, json_value(request)).await;
        assert_eq!((failure.code.as_str(), failure.message.as_str(), failure.retryable), ("bad-request", message, false));
    }
    assert_eq!(seen.connections(), 0);
}

#[tokio::test]
async fn answers_that_are_not_requests_are_wrong() {
    let (url, _) = start().await;
    let mut world = World::new(&url);
    let failing = world.callback(|_| Err(Failure::assertion("mine", "no request today")));
    let nothing = world.callback(|_| Ok(Output::Nothing));
    let many = world.callback(|_| Ok(Output::Many(vec![Value::None, Value::None])));
    let mut steps = Vec::new();
    for callback in [failing, nothing, many] {
        steps.push(world.step("step", "http", json!({ "request": { "callback": callback } })).await);
    }
    assert_eq!(world.fail(&steps[0], 0, Value::None).await.code, "mine");
    for (step, answer) in [(&steps[1], "answered nothing"), (&steps[2], "answered 2 values")] {
        let failure = world.fail(step, 0, Value::None).await;
        assert!(failure.code == "wrong-answer" && failure.message.contains(answer), "{failure:?}");
    }
    let send = world.sender().await;
    let cases = [
        (Value::Text("GET /".into()), "a value of the kind `text`"),
        (Value::Json("{".into()), "text that is not JSON"),
        (json_value(json!({ "metod": "GET" })), "there is no option `metod`; did you mean `method`?"),
        (json_value(json!({ "body": "a", "json": 1 })), "more than one of `body`, `json`"),
        (json_value(json!({ "url": "a", "path": "b" })), "both `url` and `path`"),
        (json_value(json!({ "headers": { "a": 1 } })), "header `a` is not a text"),
    ];
    for (answer, message) in cases {
        let failure = world.fail(&send, 0, answer).await;
        assert!(failure.code == "wrong-answer" && failure.message.contains(message), "{failure:?}");
    }
}
