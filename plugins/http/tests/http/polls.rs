//! A source polls on its grid, over one connection, and goes on whatever happens.

use std::time::Duration;

use futures_util::FutureExt;
use serde_json::{Value as Json, json};
use throng_measure::Moment;
use throng_model::{PluginUse, SourceUse, StepSetup};
use throng_plugin_api::{Plugin, Pulled, SourceRunner, StepHost, Visit};
use throng_protocols::http::Response;
use throng_protocols::{Context, Failure, Native, Output, Value};
use tokio::net::TcpListener;

use crate::server::{let_sockets_tell, scripted, serve_at, start};
use crate::world::World;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// One record.
async fn next(world: &World, source: &mut dyn SourceRunner) -> Result<Value, Failure> {
    let visit = Visit::new(Context::default(), Moment::default(), world);
    match source.next(&visit).await {
        Ok(Pulled::Records(mut records)) if records.len() == 1 => records.remove(0),
        other => panic!("one record is made at a time: {other:?}"),
    }
}

async fn body(world: &World, source: &mut dyn SourceRunner) -> Json {
    next(world, source).await.expect("a response").downcast::<Response>().expect("a response").json("").expect("JSON")
}

#[tokio::test]
async fn polls_start_on_the_grid_over_one_connection() {
    let (url, seen) = start().await;
    let mut world = World::new(&url);
    let mut source = world.source("http-poll", json!({ "path": "/shipments", "every": "7ms" })).await;
    let start = world.clock().now();
    for poll in 0..20 {
        let got = body(&world, &mut *source).await;
        assert_eq!((&got["method"], &got["target"], &got["connection"]), (&json!("GET"), &json!("/shipments"), &json!(1)));
        assert!(world.clock().now() >= start + Duration::from_millis(7) * poll, "poll {poll} is early");
    }
    assert_eq!((world.count("http-connections-opened"), world.count("http-connections-reused"), seen.connections()), (1, 19, 1));
    assert_eq!((world.count("status-2xx"), world.recordings("http-first-byte"), world.recordings("http-connect")), (20, 20, 1));
}

#[tokio::test]
async fn period_is_a_second_when_none_is_said() {
    let (url, _) = start().await;
    let mut world = World::new(&url);
    let mut source = world.source("http-poll", json!({ "path": "/" })).await;
    let start = world.clock().now();
    body(&world, &mut *source).await;
    body(&world, &mut *source).await;
    assert!(world.clock().now() >= start + Duration::from_secs(1));
}

#[tokio::test]
async fn cursor_in_the_body() {
    let (url, _) = start().await;
    let mut world = World::new(&url);
    let cursor = json!({ "query": "after", "json": "/-1/sequence", "initial": 0 });
    let mut source = world.source("http-poll", json!({ "path": "/items", "every": "1ms", "cursor": cursor })).await;
    let mut all = Vec::new();
    for _ in 0..5 {
        let items = body(&world, &mut *source).await;
        all.push(items.as_array().expect("a list").iter().map(|item| item["sequence"].as_u64().expect("a number")).collect::<Vec<_>>());
    }
    assert_eq!(all, [vec![1, 2], vec![3, 4], vec![5], vec![], vec![]], "none twice, none left out");
}

#[tokio::test]
async fn cursor_in_a_header() {
    let (url, _) = start().await;
    let mut world = World::new(&url);
    let cursor = json!({ "query": "after", "header": "X-Last" });
    let mut source = world.source("http-poll", json!({ "path": "/items", "every": "1ms", "cursor": cursor })).await;
    assert_eq!(body(&world, &mut *source).await, json!([{ "sequence": 1 }, { "sequence": 2 }]));
    assert_eq!(body(&world, &mut *source).await, json!([{ "sequence": 3 }, { "sequence": 4 }]));
}

#[tokio::test]
async fn other_statuses_are_bad_records_and_move_no_cursor() {
    let answers = vec![
        "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\nx-next: b\r\n\r\nbusy",
        "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nx-next: c\r\n\r\n",
        OK,
    ];
    let (url, _) = scripted(vec![answers]).await;
    let mut world = World::new(&url);
    let cursor = json!({ "query": "from", "header": "x-next", "initial": "a" });
    let config = json!({ "path": "/", "every": "1ms", "accept": ["200..299", 404], "cursor": cursor });
    let mut source = world.source("http-poll", config).await;
    let failure = next(&world, &mut *source).await.expect_err("refused");
    assert_eq!(failure.code, "http-status");
    assert_eq!(failure.message, "`GET /?from=a` was answered with 503 Service Unavailable, `busy`; `accept` says which statuses are right");
    next(&world, &mut *source).await.expect("404 is accepted");
    next(&world, &mut *source).await.expect("200 is accepted");
    assert_eq!((world.count("status-5xx"), world.count("http-connections-opened")), (1, 1));
}

#[tokio::test]
async fn server_may_go_and_come_back() {
    let (url, closed) = scripted(vec![vec![OK]]).await;
    let mut world = World::new(&url);
    let mut source = world.source("http-poll", json!({ "path": "/", "every": "1ms" })).await;
    next(&world, &mut *source).await.expect("the server is there");
    closed.notified().await;
    let_sockets_tell().await;
    let start = world.clock().now();
    for _ in 0..2 {
        assert_eq!(next(&world, &mut *source).await.expect_err("the server is gone").code, "connect-refused");
    }
    assert!(world.clock().now() >= start + Duration::from_millis(100), "there is a pause between attempts");
    let address = url.strip_prefix("http://").expect("a URL");
    let (_, seen) = serve_at(TcpListener::bind(address).await.expect("the same port"), None);
    for _ in 0..3 {
        assert_eq!(body(&world, &mut *source).await["connection"], 1);
    }
    assert_eq!(seen.connections(), 1);
    assert!(world.count("http-poll-skipped") > 0, "what was missed is not made up for");
}

#[tokio::test]
async fn polls_that_take_too_long_are_given_up() {
    let (url, _) = scripted(vec![vec!["HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel"], vec![OK]]).await;
    let (slow, _) = start().await;
    let mut world = World::new(&slow);
    let config = json!({ "path": "/never", "every": "1ms", "timeouts": { "request": "20ms" } });
    let mut source = world.source("http-poll", config).await;
    for _ in 0..2 {
        let failure = next(&world, &mut *source).await.expect_err("too slow");
        assert_eq!(
            (failure.code.as_str(), failure.message.as_str()),
            ("request-timeout", "no response within 20ms; `timeouts.request` allows more")
        );
    }
    assert_eq!(world.count("http-connections-reused"), 0, "a connection with a response under way is not used again");

    let mut world = World::new(&url);
    let mut source = world.source("http-poll", json!({ "path": "/", "every": "1ms" })).await;
    assert_eq!(next(&world, &mut *source).await.expect_err("half a response").code, "closed");
    next(&world, &mut *source).await.expect("a whole response");
}

#[tokio::test]
async fn dropped_poll_is_asked_again() {
    let (url, seen) = start().await;
    let mut world = World::new(&url);
    let cursor = json!({ "query": "after", "json": "/-1/sequence" });
    let mut source = world.source("http-poll", json!({ "path": "/items", "every": "1ms", "cursor": cursor })).await;
    let visit = Visit::new(Context::default(), Moment::default(), &world);
    assert!(source.next(&visit).now_or_never().is_none(), "it waits for the server");
    assert_eq!(body(&world, &mut *source).await, json!([{ "sequence": 1 }, { "sequence": 2 }]));
    assert!(seen.connections() >= 1);
}

#[tokio::test]
async fn callbacks_build_the_next_request_from_the_last_response() {
    let (url, _) = start().await;
    let mut world = World::new(&url);
    let callback = world.callback(|last| {
        if last.downcast::<Response>().is_some_and(|response| response.header("x-last") == Some("4")) {
            return Err(Failure::error("enough", "that was enough"));
        }
        let after = last.json("/1/sequence").map_or(0, |sequence| sequence.as_u64().expect("a number"));
        Ok(Output::One(Value::from_json(&json!({ "path": format!("/items?after={after}") }))))
    });
    let mut source = world.source("http-poll", json!({ "request": { "callback": callback }, "every": "1ms" })).await;
    let first = next(&world, &mut *source).await.expect("a response");
    let response = first.downcast::<Response>().expect("a response");
    assert!(matches!(response.given, Value::None));
    assert_eq!(body(&world, &mut *source).await, json!([{ "sequence": 3 }, { "sequence": 4 }]));
    assert_eq!(next(&world, &mut *source).await.expect_err("the callback's own").code, "enough");
}

#[test]
fn configurations() {
    let world = World::new("http://127.0.0.1:8080");
    let pointers = |config: Json| -> Vec<String> { world.faults("http-poll", config).into_iter().map(|fault| fault.pointer).collect() };
    assert_eq!(pointers(json!({ "path": "/" })), Vec::<String>::new());
    assert_eq!(pointers(json!({})), [""]);
    assert_eq!(pointers(json!({ "path": "/", "request": {} })), ["/path"]);
    assert_eq!(pointers(json!({ "path": "/{minon}" })), ["/path"]);
    let config = json!({
        "url": "http://127.0.0.1:1", "path": "/ ", "every": "0ms", "accept": [99], "cursor": {}, "timeouts": { "request": "1" },
        "body-limit": "x", "tls": { "rots": "" }
    });
    assert_eq!(
        pointers(config),
        ["/path", "/every", "/accept/0", "/cursor", "/cursor", "/timeouts/request", "/body-limit", "/url", "/tls/rots"]
    );
    assert_eq!(world.faults("http-poll", json!({ "path": "/", "evry": "1s" }))[0].hint.as_deref(), Some("did you mean `every`?"));

    let config = json!({ "request": { "callback": 2 } });
    let setup = StepSetup { kind: "http-poll", step: "feed", config: &config, defaults: Some(&world.defaults), targets: &world.targets };
    let PluginUse { callbacks, steps, source, .. } = throng_http::HttpPlugin.configure(&setup).expect("right").uses();
    assert_eq!((callbacks[0].required_use.as_str(), steps.len(), source), ("request:http", 0, Some(SourceUse { endless: true })));
}

#[tokio::test]
async fn polls_do_around_requests_what_steps_do() {
    let (url, seen) = start().await;
    let mut world = World::new(&url);
    world.defaults = json!({ "url": url, "redirects": 1, "decompress": true, "connection": { "pool": { "size": 3 } } });
    let mut source = world.source("http-poll", json!({ "path": "/redirect/302/gzip/1000", "every": "1ms" })).await;
    for _ in 0..2 {
        let record = next(&world, &mut *source).await.expect("a response");
        assert_eq!(record.downcast::<Response>().expect("a response").body.len(), 1000);
    }
    assert_eq!((seen.connections(), world.count("http-redirects")), (1, 2));
}
