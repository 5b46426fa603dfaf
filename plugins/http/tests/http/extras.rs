//! What a step does around its requests: who asks, cookies, redirects, inflating, forms.

use serde_json::{Value as Json, json};
use throng_protocols::Value;

use crate::server::start;
use crate::world::{World, json_value};

/// What the server got of a header.
fn header<'a>(got: &'a Json, name: &str) -> Option<&'a str> {
    let named = got["headers"].as_array().into_iter().flatten().find(|header| header[0] == name);
    named.and_then(|header| header[1].as_str())
}

#[tokio::test]
async fn who_asks_is_told() {
    let (url, _) = start().await;
    let mut world = World::new(&url);
    let auth = json!({ "basic": { "user": "user-{minion}", "password": "x" } });
    let get = world.step("get", "http", json!({ "request": {}, "auth": auth })).await;
    // `user-7:x`
    assert_eq!(header(&world.json(&get, 7, Value::None).await, "authorization"), Some("Basic dXNlci03Ong="));
    world.defaults["auth"] = json!({ "bearer": "token" });
    let get = world.step("bearer", "http", json!({ "request": {} })).await;
    assert_eq!(header(&world.json(&get, 0, Value::None).await, "authorization"), Some("Bearer token"));
    let own = world.step("own", "http", json!({ "request": { "headers": { "authorization": "mine" } } })).await;
    assert_eq!(header(&world.json(&own, 0, Value::None).await, "authorization"), Some("mine"));
    // A hole that brings in a line's end.
    let broken = world.step("broken", "http", json!({ "request": {}, "auth": { "bearer": "{setting:x}" } })).await;
    let failure = world.fail(&broken, 0, Value::None).await;
    assert_eq!((failure.code.as_str(), failure.message.contains('x')), ("bad-request", false), "{}", failure.message);
}

#[tokio::test]
async fn each_minion_has_its_cookies() {
    let (url, _) = start().await;
    let mut world = World::new(&url);
    world.defaults["cookies"] = json!(true);
    world.defaults["connection"] = json!({ "pool": { "size": 1 } });
    let set = world.step("set", "http", json!({ "request": { "path": "/cookie/session/{minion}" } })).await;
    let get = world.step("get", "http-with", json!({ "connection": "set", "request": { "headers": { "cookie": "own=1" } } })).await;
    for minion in [3, 4] {
        world.respond(&set, minion, Value::None, |_| ()).await;
    }
    for (minion, cookies) in [(3, "own=1; session=3"), (4, "own=1; session=4"), (5, "own=1")] {
        assert_eq!(header(&world.json(&get, minion, Value::None).await, "cookie"), Some(cookies));
    }
    set.minion_done(3);
    assert_eq!(header(&world.json(&get, 3, Value::None).await, "cookie"), Some("own=1"));
}

#[tokio::test]
async fn redirects_are_followed_as_far_as_allowed() {
    let (url, seen) = start().await;
    let mut world = World::new(&url);
    let request = json!({ "method": "POST", "path": "/redirect/302/redirect/307/end", "body": "x" });
    let post = world.step("post", "http", json!({ "request": request, "redirects": 2 })).await;
    let got = world.json(&post, 0, Value::None).await;
    assert_eq!((&got["method"], &got["target"], &got["body"]), (&json!("GET"), &json!("/end"), &json!("")));
    assert_eq!((seen.connections(), world.count("http-redirects"), world.count("status-3xx")), (1, 2, 2));

    let once = world.step("once", "http", json!({ "request": { "path": "/redirect/302/redirect/302/end" }, "redirects": 1 })).await;
    let failure = world.fail(&once, 0, Value::None).await;
    assert_eq!(failure.code, "too-many-redirects");
    assert!(failure.message.contains("`http://127.0.0.1:") && failure.message.contains("/end`"), "{}", failure.message);

    // Off unless it is asked for.
    let none = world.step("none", "http", json!({ "request": { "path": "/redirect/302/end" } })).await;
    world.respond(&none, 0, Value::None, |response| assert_eq!((response.status, response.header("location")), (302, Some("/end")))).await;
}

#[tokio::test]
async fn redirects_elsewhere_are_checked_and_learn_nothing() {
    let (url, _) = start().await;
    let (other, _) = start().await;
    let mut world = World::new(&url);
    world.defaults["redirects"] = json!(10);
    world.defaults["auth"] = json!({ "bearer": "secret" });
    let request = json!({ "path": format!("/redirect/308/?{other}/there"), "method": "PUT", "body": "x" });
    let away = world.step("away", "http", json!({ "request": request })).await;
    let failure = world.fail(&away, 0, Value::None).await;
    assert_eq!(failure.code, "target-not-granted", "{}", failure.message);

    world.targets.extend(&throng_model::Targets::parse(&[&other]).expect("a target"));
    let away = world.step("granted", "http", json!({ "request": request })).await;
    let got = world.json(&away, 0, Value::None).await;
    assert_eq!((&got["method"], &got["target"], &got["body"]), (&json!("PUT"), &json!("/there"), &json!("x")));
    assert_eq!(header(&got, "authorization"), None);
    assert_eq!(header(&got, "host"), other.strip_prefix("http://"));
}

#[tokio::test]
async fn bodies_are_inflated_up_to_the_limit() {
    let (url, _) = start().await;
    let mut world = World::new(&url);
    let get = world.step("get", "http", json!({ "request": { "path": "/gzip/100000" }, "decompress": true })).await;
    world.respond(&get, 0, Value::None, |response| assert_eq!(response.body.len(), 100_000)).await;
    let asked = world.step("asked", "http", json!({ "request": {}, "decompress": true })).await;
    assert_eq!(header(&world.json(&asked, 0, Value::None).await, "accept-encoding"), Some("zstd, br, gzip, deflate"));

    let small = json!({ "request": { "path": "/gzip/100000" }, "decompress": true, "body-limit": 99_999 });
    let small = world.step("small", "http", small).await;
    assert_eq!(world.fail(&small, 0, Value::None).await.code, "body-too-large");

    let off = world.step("off", "http", json!({ "request": { "path": "/gzip/100000" } })).await;
    world.respond(&off, 0, Value::None, |response| assert!(response.body.len() < 1000)).await;
    let silent = world.step("silent", "http", json!({ "request": {} })).await;
    assert_eq!(header(&world.json(&silent, 0, Value::None).await, "accept-encoding"), None);
}

#[tokio::test]
async fn forms_are_sent() {
    let (url, _) = start().await;
    let mut world = World::new(&url);
    let request = |body: Json| {
        let mut request = json!({ "method": "POST" });
        request.as_object_mut().expect("an object").extend(body.as_object().expect("an object").clone());
        request
    };
    let form = json!({ "form": { "user": "a b", "minion": "{minion}&" } });
    let parts = json!({ "multipart": [{ "name": "note", "value": "{minion}" }, { "name": "f", "value": "x", "file-name": "f.txt" }] });
    let part = "--throng-part-0\r\ncontent-disposition: form-data; name=\"";
    let whole = format!("{part}note\"\r\n\r\n7\r\n{part}f\"; filename=\"f.txt\"\r\n\r\nx\r\n--throng-part-0--\r\n");
    let cases = [
        ("form", form, "application/x-www-form-urlencoded", "user=a+b&minion=7%26".to_owned()),
        ("parts", parts, "multipart/form-data; boundary=throng-part-0", whole),
        ("fixed", json!({ "form": { "a": "ä" } }), "application/x-www-form-urlencoded", "a=%C3%A4".to_owned()),
    ];
    let called = world.sender().await;
    for (name, body, kind, expected) in cases {
        let step = world.step(name, "http", json!({ "request": request(body.clone()) })).await;
        let got = world.json(&step, 7, Value::None).await;
        assert_eq!((header(&got, "content-type"), got["body"].as_str()), (Some(kind), Some(expected.as_str())), "{name}");
        // A callback has filled its holes itself.
        let input = json!(request(body)).to_string().replace("{minion}", "7");
        let got = world.json(&called, 7, json_value(serde_json::from_str(&input).expect("JSON"))).await;
        assert_eq!((header(&got, "content-type"), got["body"].as_str()), (Some(kind), Some(expected.as_str())), "{name}");
    }
    let both = json!({ "form": {}, "json": 1 });
    assert_eq!(world.faults("http", json!({ "request": both }))[0].pointer, "/request/form");
    assert_eq!(world.fail(&called, 0, json_value(both)).await.code, "wrong-answer");
}

#[test]
fn wrong_extras_are_refused() {
    let world = World::new("http://127.0.0.1:8080");
    let pointer = |option: &str, value: Json| {
        let mut config = json!({ "request": {} });
        config[option] = value;
        world.faults("http", config).first().map(|fault| fault.pointer.clone())
    };
    assert_eq!(pointer("redirects", json!(11)).as_deref(), Some("/redirects"));
    assert_eq!(pointer("version", json!("3")).as_deref(), Some("/version"));
    assert_eq!(pointer("auth", json!({ "basic": { "usr": "x" } })).as_deref(), Some("/auth/basic/usr"));
    assert_eq!(pointer("tls", json!({ "key": "x.pem" })).as_deref(), Some("/tls/key"));
    assert_eq!(pointer("proxy", json!({ "url": "http://127.0.0.1:3128" })).as_deref(), Some("/proxy/url"));
    assert_eq!(pointer("cookies", json!(true)), None);
}
