//! The document that a scenario describes.

use throng::{
    Program, Response, Scenario, Setting, ensure, get, http, json, millis, percent, regular, retries, scenario, secs, stage, stages,
    status, user,
};

#[track_caller]
fn check(scenario: impl Into<Scenario>, expected: serde_json::Value) {
    let document = scenario.into().document();
    assert_eq!(document, expected, "{document:#}");
}

#[test]
fn settings_defaults_and_edges_are_written() {
    let shop = Setting::text("shop", "http://127.0.0.1:8080/api").about("the shop");
    let other = http("http://127.0.0.1:9090");
    let flow = scenario("checkout")
        .description("d")
        .minions(10)
        .profile(regular(millis(1500), 5))
        .retry(retries(3).multiplier(2.0))
        .setting(&shop)
        .setting(&Setting::integer("quantity", 2).required().secret())
        .rule("missing(step:a) == 0")
        .start()
        .http("login", &http(shop.value()), |_, ()| throng::Request::get("/login"))
        .timeout(secs(2))
        .tag("a", "1")
        .tag("b", "2")
        .assert("welcome", status(200))
        .http_with("order", "login", |_, _| throng::Request::get("/order"))
        .no_retry()
        .send("stock", &other, get("/stock").header("x", "1"))
        .verify("there", |r: &Response| ensure!(r.status() == 200))
        .tolerate();
    check(
        flow,
        json!({
            "throng": "0.1",
            "targets": ["http://127.0.0.1:8080", "http://127.0.0.1:9090"],
            "callbacks": [
                {"name": "login", "use": "request:http"},
                {"name": "order", "use": "request:http"},
                {"name": "there", "use": "verify"}
            ],
            "scenarios": [{
                "name": "checkout", "description": "d", "minions": 10, "retry": {"retries": 3, "multiplier": 2.0},
                "profile": "regular(1500ms, 5)",
                "settings": [
                    {"name": "shop", "type": "text", "default": "http://127.0.0.1:8080/api", "description": "the shop"},
                    {"name": "quantity", "type": "integer", "required": true, "secret": true}
                ],
                "defaults": {"http": {"url": "http://127.0.0.1:8080/api"}},
                "rules": ["missing(step:a) == 0"],
                "steps": [
                    {"name": "login", "start": true, "http": {"request": {"callback": 0}}, "timeout": "2s", "tags": {"a": "1", "b": "2"}},
                    {"name": "welcome", "after": "login", "assert": {"rules": ["status == 200"]}},
                    {"name": "order", "after": "welcome", "http-with": {"connection": "login", "request": {"callback": 1}}, "retry": "none"},
                    {"name": "stock", "after": "order", "http": {
                        "url": "http://127.0.0.1:9090",
                        "request": {"method": "GET", "path": "/stock", "headers": {"x": "1"}}
                    }},
                    {"name": "there", "after": "stock", "verify": {"callback": 2}, "tolerate": true}
                ]
            }]
        }),
    );
}

#[test]
fn a_split_goes_on_beside_its_branches() {
    let flow = scenario("fan").start().returns(7_i64).split(|each| {
        each.branch(|flow| flow.map(|n| n + 1).black_hole()).branch(|flow| flow.delay(millis(5)).named("later"));
    });
    check(
        flow.map(|n| n.to_string()),
        json!({
            "throng": "0.1",
            "callbacks": [{"name": "_map-1", "use": "map"}, {"name": "_map-2", "use": "map"}],
            "scenarios": [{"name": "fan", "steps": [
                {"name": "_returns-1", "start": true, "returns": 7},
                {"name": "_split-1", "after": "_returns-1", "split": {}},
                {"name": "_map-1", "after": "_split-1", "map": {"callback": 0}},
                {"name": "_black-hole-1", "after": "_map-1", "black-hole": {}},
                {"name": "later", "after": "_split-1", "delay": "5ms"},
                {"name": "_map-2", "after": "_split-1", "map": {"callback": 1}}
            ]}]
        }),
    );
}

#[test]
fn callbacks_of_several_scenarios_are_counted_through() {
    let one = || scenario("one").start().returns_with(|_| 1_i64).into();
    let two = || -> Scenario {
        let stages = stages([stage(percent(40.0), secs(1), secs(2)), stage(6, secs(1), secs(2))], throng::Completion::Hard);
        assert_eq!(format!("{stages:?}"), "stages(stage(40%, 1s, 2s), stage(6, 1s, 2s), completion: hard)");
        scenario("two").profile(user(|_, _, _| (1, secs(1)))).start().execute(|cx, ()| vec![cx.minion()]).filter(|n| *n > 1).into()
    };
    let program = Program::build(|| vec![one(), two()]).unwrap();
    let uses: Vec<_> =
        program.document()["callbacks"].as_array().unwrap().iter().map(|callback| callback["use"].as_str().unwrap()).collect();
    assert_eq!(uses, ["returns", "execute", "filter", "profile"]);
    assert_eq!(program.document()["scenarios"][1]["profile"], json!({"user": {"callback": 3}}));
    assert_eq!(program.document()["scenarios"][1]["steps"][1]["filter"], json!({"callback": 2}));
}

#[test]
fn all_faults_are_listed_at_once() {
    let faults = Program::build(|| Scenario::from(scenario("empty").start().timeout(secs(1)).tolerate())).unwrap_err();
    assert_eq!(
        faults,
        "scenario `empty`: `timeout` belongs to a step, and there is none before it\n\
         scenario `empty`: `tolerate` belongs to a step, and there is none before it"
    );
    let faults = Program::build(|| Scenario::from(scenario("a").start().returns(json!({"callback": 1})))).unwrap_err();
    assert!(faults.contains("use `returns_with`"), "{faults}");
}

#[test]
fn servers_say_how_they_are_spoken_to() {
    let shop = http("https://shop.example")
        .basic("user-{minion}", "{setting:password}")
        .cookies()
        .redirects(3)
        .decompress()
        .http2()
        .proxy("socks5://127.0.0.1:1080")
        .proxy_credentials("ada", "x")
        .warm_pool(5)
        .connect_timeout(secs(1))
        .idle_timeout(secs(9))
        .body_limit(1000)
        .roots("roots.pem")
        .server_name("shop")
        .certificate("me.pem", "me.key");
    let form = throng::post("/a").json(json!(1)).form([("user", "{minion}")]);
    let parts = throng::post("/b").multipart([throng::Part::new("f", "x").file("f.txt").content_type("text/plain")]);
    let flow = scenario("s").start().send("form", &shop, form).send("parts", &http("http://other:1"), parts);
    check(
        flow,
        json!({
            "throng": "0.1",
            "targets": ["https://shop.example", "tcp://127.0.0.1:1080", "http://other:1"],
            "scenarios": [{
                "name": "s",
                "defaults": {"http": {"url": "https://shop.example"}},
                "steps": [
                    {"name": "form", "start": true, "http": {
                        "request": {"method": "POST", "path": "/a", "form": {"user": "{minion}"}},
                        "auth": {"basic": {"user": "user-{minion}", "password": "{setting:password}"}},
                        "cookies": true, "redirects": 3, "decompress": true, "version": "2",
                        "proxy": {"url": "socks5://127.0.0.1:1080", "user": "ada", "password": "x"},
                        "connection": {"pool": {"size": 5, "warm-up": true}},
                        "timeouts": {"connect": "1s", "idle": "9s"}, "body-limit": 1000,
                        "tls": {"roots": "roots.pem", "server-name": "shop", "certificate": "me.pem", "key": "me.key"}
                    }},
                    {"name": "parts", "after": "form", "http": {
                        "request": {"method": "POST", "path": "/b", "multipart": [
                            {"name": "f", "value": "x", "file-name": "f.txt", "content-type": "text/plain"}
                        ]},
                        "url": "http://other:1"
                    }}
                ]
            }]
        }),
    );
}

#[test]
fn messages_go_to_places() {
    let desk = throng::tcp("tls://127.0.0.1:9000").length_prefix(4).reply_limit(10).idle_timeout(secs(1)).roots("roots.pem");
    let names = throng::udp("udp://127.0.0.1:53").reply_timeout(millis(50));
    let flow = scenario("s")
        .start()
        .tcp("hello", &desk, throng::message("hello {minion}"))
        .tcp_with("again", "hello", throng::message_of_input().json::<Vec<u32>>())
        .tcp_close("leave", "hello")
        .udp("ask", &names, throng::message_hex("00 01").hex());
    check(
        flow,
        json!({
            "throng": "0.1",
            "targets": ["tls://127.0.0.1:9000", "udp://127.0.0.1:53"],
            "scenarios": [{
                "name": "s",
                "steps": [
                    {"name": "hello", "start": true, "tcp": {
                        "url": "tls://127.0.0.1:9000", "framing": {"length-prefix": {"bytes": 4}}, "reply-limit": 10,
                        "timeouts": {"idle": "1s"}, "tls": {"roots": "roots.pem"}, "request": {"text": "hello {minion}"}, "reply": "text"
                    }},
                    {"name": "again", "after": "hello", "tcp-with": {"connection": "hello", "request": {"input": true}, "reply": "json"}},
                    {"name": "leave", "after": "again", "tcp-close": {"connection": "hello"}},
                    {"name": "ask", "after": "leave", "udp": {
                        "url": "udp://127.0.0.1:53", "reply-timeout": "50ms", "request": {"hex": "00 01"}, "reply": "hex"
                    }}
                ]
            }]
        }),
    );
}

#[test]
fn bodies_of_files_go_out_in_chunks() {
    let server = http("http://a");
    let upload: Scenario =
        scenario("upload").start().send("sent", &server, throng::post("/c").body("replaced").file("picture.bin").chunks(65536)).into();
    let document = upload.document();
    assert_eq!(
        document["scenarios"][0]["steps"][0]["http"]["request"],
        json!({ "method": "POST", "path": "/c", "file": "picture.bin", "chunks": 65536 })
    );
}
