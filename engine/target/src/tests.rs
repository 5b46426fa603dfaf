//! Whole conversations over in-memory connections, in virtual time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use serde_json::{Value as Json, json};
use throng_measure::Moment;
use throng_plugin_api::Clock;
use tokio::sync::watch;

use crate::answers::Answers;
use crate::server::serve_connection;
use crate::{ShopOptions, TargetOptions};

/// A server without a socket.
struct Server {
    answers: Arc<Answers>,
    end: watch::Sender<()>,
}

/// One connection.
struct Client {
    sender: SendRequest<Full<Bytes>>,
    token: Option<String>,
}

struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Server {
    fn start(options: TargetOptions) -> Self {
        Self { answers: Arc::new(Answers::new(&options, Clock::paused())), end: watch::channel(()).0 }
    }

    async fn connect(&self) -> Client {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        tokio::spawn(serve_connection(theirs, Arc::clone(&self.answers), self.end.subscribe()));
        let (sender, connection) = handshake(TokioIo::new(ours)).await.expect("a connection");
        tokio::spawn(connection);
        Client { sender, token: None }
    }

    async fn sleep_until(&self, milliseconds: u64) {
        self.answers.clock().sleep_until(Moment::from_nanos(milliseconds * 1_000_000)).await;
    }

    async fn stats(&self) -> Json {
        self.connect().await.send("GET /stats", "").await.json()
    }
}

impl Client {
    async fn send(&mut self, request: &str, body: impl Into<Bytes>) -> Reply {
        let (method, path) = request.split_once(' ').expect("method and path");
        let mut request = Request::builder().method(method).uri(path).header("host", "target");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(Full::new(body.into())).expect("a request");
        self.sender.ready().await.expect("an open connection");
        let response = self.sender.send_request(request).await.expect("an answer");
        let (head, body) = response.into_parts();
        Reply { status: head.status.as_u16(), headers: head.headers, body: body.collect().await.expect("a whole body").to_bytes() }
    }

    async fn log_in(&mut self) {
        let reply = self.send("POST /login", r#"{"user": "ada"}"#).await;
        self.token = reply.json()["token"].as_str().map(str::to_owned);
    }
}

impl Reply {
    fn json(&self) -> Json {
        serde_json::from_slice(&self.body).expect("json")
    }
}

fn options(change: impl FnOnce(&mut TargetOptions)) -> TargetOptions {
    let mut options = TargetOptions::default();
    change(&mut options);
    options
}

#[tokio::test(start_paused = true)]
async fn the_plain_answer_is_what_the_options_say() {
    let server = Server::start(TargetOptions::default());
    let mut client = server.connect().await;
    let reply = client.send("GET /", "").await;
    assert_eq!((reply.status, &reply.body[..]), (200, &b"throng target answers.\n"[..]));
    assert_eq!(reply.headers["content-length"], "23");

    let server = Server::start(options(|options| (options.status, options.size) = (503, 200_000)));
    let mut client = server.connect().await;
    let reply = client.send("POST /any/path?with=query", vec![7; 1_000_000]).await;
    assert_eq!((reply.status, reply.body.len()), (503, 200_000));
    assert_eq!(client.send("DELETE /", "").await.status, 503, "the connection stays open after a long request");
}

#[tokio::test(start_paused = true)]
async fn a_request_can_ask_for_its_own_answer() {
    let server = Server::start(options(|options| options.delay = Duration::from_millis(3)));
    let mut client = server.connect().await;
    for (request, status, length, took) in [
        ("GET /status/404", 404, 23, 3),
        ("GET /bytes/1000", 200, 1000, 3),
        ("GET /delay/20ms", 200, 23, 20),
        ("GET /?status=500&bytes=1&delay=0ms", 500, 1, 0),
        ("GET /status/204", 204, 0, 3),
        ("HEAD /", 200, 0, 3),
    ] {
        let before = server.answers.clock().now();
        let reply = client.send(request, "").await;
        assert_eq!((reply.status, reply.body.len()), (status, length), "{request}");
        assert_eq!(server.answers.clock().now().since(before), took * 1_000_000, "{request}");
    }
    let reply = client.send("GET /delay/20", "").await;
    assert_eq!((reply.status, reply.json()), (400, json!({ "error": "a duration has a unit: write `20ms`" })));
}

#[tokio::test(start_paused = true)]
async fn errors_are_drawn_by_the_number_of_the_request() {
    for (connections, requests) in [(1, 2000), (5, 400)] {
        let server = Server::start(options(|options| options.error_share = "5%".parse().expect("a share")));
        let mut errors = 0;
        for _ in 0..connections {
            let mut client = server.connect().await;
            for _ in 0..requests {
                errors += u32::from(client.send("GET /", "").await.status == 500);
            }
        }
        // The same whatever the connections; 100 ± 9.7 is the standard deviation.
        assert_eq!(errors, 89, "{connections} connections");
        let stats = server.stats().await;
        assert_eq!((&stats["requests"], &stats["errors"]), (&json!(2000), &json!(errors)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_freeze_holds_what_comes_in_until_it_ends() {
    let server = Server::start(options(|options| {
        options.freeze_at = Some(Duration::from_millis(500));
        options.freeze_for = Some(Duration::from_millis(100));
    }));
    // A request every 10 ms for a second, each on a connection of its own.
    let mut waits = Vec::new();
    for number in 0..100 {
        let mut client = server.connect().await;
        let clock = server.answers.clock();
        let due = Moment::from_nanos(number * 10_000_000);
        waits.push(tokio::spawn(async move {
            clock.sleep_until(due).await;
            client.send("GET /", "").await;
            clock.now().since(due) / 1_000_000
        }));
    }
    for (number, wait) in (0..).zip(waits) {
        let expected = if (50..60).contains(&number) { 600 - number * 10 } else { 0 };
        assert_eq!(wait.await.expect("it ends"), expected, "request {number}");
    }
    let waits = server.stats().await["waits"].clone();
    let told = ["count", "p50", "p95", "max"].map(|name| waits[name].as_f64().map(f64::round));
    assert_eq!(told, [100.0, 0.0, 50.0, 100.0].map(Some), "{waits}");
}

#[tokio::test(start_paused = true)]
async fn the_shop_sells() {
    let server = Server::start(TargetOptions::default());
    let mut client = server.connect().await;
    client.log_in().await;
    let cart = client.send("POST /cart", r#"{"item": 7}"#).await;
    assert_eq!((cart.status, cart.json()), (201, json!({ "cart": "cart-1" })));
    let order = client.send("POST /orders", r#"{"cart": "cart-1"}"#).await;
    assert_eq!((order.status, order.json()), (201, json!({ "order": "order-1", "status": "accepted" })));
    assert_eq!(client.send("GET /orders/order-1", "").await.json(), json!({ "order": "order-1", "status": "accepted" }));
    assert_eq!(client.send("GET /shipments", "").await.json(), json!([]));

    server.sleep_until(200).await;
    let feed = json!([{ "sequence": 1, "order": "order-1", "at": 200 }]);
    assert_eq!(client.send("GET /shipments?after=0", "").await.json(), feed);
    assert_eq!(client.send("GET /shipments?after=1", "").await.json(), json!([]));
    assert_eq!(client.send("GET /orders/order-1", "").await.json(), json!({ "order": "order-1", "status": "shipped" }));
    assert_eq!(
        server.stats().await["orders"],
        json!({ "accepted": 1, "waiting": 0, "shipped": 1, "lost": 0, "doubled": 0, "shipments": 1, "refused": 0 })
    );
}

#[tokio::test(start_paused = true)]
async fn lost_and_doubled_orders_are_what_the_stats_say() {
    let server = Server::start(options(|options| {
        options.shop = ShopOptions {
            ship_delay_jitter: Duration::from_millis(50),
            lose: "20%".parse().expect("a share"),
            double: "10%".parse().expect("a share"),
            ..ShopOptions::default()
        };
    }));
    let mut client = server.connect().await;
    client.log_in().await;
    for _ in 0..2000 {
        assert_eq!(client.send("POST /orders", "").await.status, 201);
    }
    server.sleep_until(1000).await;
    let (mut times, mut after) = (std::collections::BTreeMap::<String, u64>::new(), 0);
    loop {
        let page = client.send(&format!("GET /shipments?after={after}"), "").await.json();
        let entries = page.as_array().expect("a list");
        let Some(last) = entries.last() else { break };
        after = last["sequence"].as_u64().expect("a number");
        for entry in entries {
            *times.entry(entry["order"].as_str().expect("a name").to_owned()).or_default() += 1;
        }
    }
    let doubled = times.values().filter(|times| **times == 2).count();
    let lost = 2000 - times.len();
    assert!(lost > 0 && doubled > 0 && times.values().all(|times| *times <= 2));
    assert_eq!(
        server.stats().await["orders"],
        json!({
            "accepted": 2000, "waiting": 0, "shipped": times.len(), "lost": lost, "doubled": doubled, "shipments": after, "refused": 0
        })
    );
}

#[tokio::test(start_paused = true)]
async fn the_shop_says_what_it_needs() {
    let server = Server::start(TargetOptions::default());
    let mut client = server.connect().await;
    let no_token = "`POST /login` first and send its token: `authorization: Bearer TOKEN`";
    let check = |reply: Reply, status, message: &str| assert_eq!((reply.status, reply.json()), (status, json!({ "error": message })));
    check(client.send("POST /cart", "{}").await, 401, no_token);
    check(client.send("POST /orders", "").await, 401, no_token);
    for body in ["", "{}", r#"{"user": ""}"#, "ada"] {
        check(client.send("POST /login", body).await, 400, "send the user as json: `{\"user\": \"ada\"}`");
    }
    client.log_in().await;
    check(client.send("POST /cart", "7, 8").await, 400, "the body is not json: trailing characters at line 1 column 2");
    check(client.send("GET /orders/order-1", "").await, 404, "there is no such order among the newest 1000000");
    check(client.send("GET /cart", "").await, 405, "this path takes POST only");
    client.token = client.token.map(|token| token + "0");
    check(client.send("POST /cart", "{}").await, 401, no_token);
    check(client.send("POST /orders", vec![b' '; 1_000_000]).await, 413, "a body is at most 65536 bytes here");
    check(client.send("POST /orders", "").await, 401, no_token);
}

#[tokio::test(start_paused = true)]
async fn health_and_stats_do_not_count() {
    let server = Server::start(options(|options| options.error_share = "100%".parse().expect("a share")));
    let mut client = server.connect().await;
    assert_eq!(client.send("GET /health", "").await.json(), json!({ "status": "up" }));
    assert_eq!(server.stats().await["requests"], 0);
    assert_eq!(client.send("GET /", "").await.json(), json!({ "error": "drawn by `--error-share`" }));
    assert_eq!(server.stats().await["requests"], 1);
}
