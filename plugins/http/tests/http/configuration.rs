//! Wrong configurations are refused, all faults at once, each with its place and remedy.

use serde_json::{Value as Json, json};
use throng_http::HttpPlugin;
use throng_model::{CallbackPlace, PluginUse, StepSetup, Targets};
use throng_plugin_api::Plugin;

use crate::world::World;

fn faults(kind: &str, config: Json) -> Vec<(String, String, String)> {
    let faults = World::new("http://127.0.0.1:8080").faults(kind, config);
    faults.into_iter().map(|fault| (fault.pointer, fault.message, fault.hint.unwrap_or_default())).collect()
}

fn one(kind: &str, config: Json) -> (String, String, String) {
    let mut faults = faults(kind, config);
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.remove(0)
}

#[test]
fn unknown_options_have_a_nearest_one() {
    let fault = one("http", json!({ "request": {}, "timeout": {} }));
    assert_eq!(fault, ("/timeout".into(), "there is no option `timeout`".into(), "did you mean `timeouts`?".into()));
    let fault = one("http", json!({ "request": { "metod": "GET" } }));
    assert_eq!(fault, ("/request/metod".into(), "there is no option `metod`".into(), "did you mean `method`?".into()));
    let fault = one("http", json!({ "request": { "callback": 0, "path": "/" } }));
    assert_eq!(fault, ("/request/path".into(), "there is no option `path`".into(), "the options are `callback`".into()));
    assert_eq!(one("http", json!({ "request": {}, "tls": { "insecur": true } })).0, "/tls/insecur");
    assert_eq!(one("http-with", json!({ "connection": "a", "request": {}, "url": "http://a" })).0, "/url");
    assert_eq!(one("http-close", json!({ "conection": "a" })).2, "did you mean `connection`?");
}

#[test]
fn all_faults_are_told_at_once() {
    let config = json!({
        "url": "shop", "body-limit": "10MB", "timeouts": { "connect": "5" }, "connection": "shared",
        "request": { "method": "", "path": "/{minon}", "headers": { "a/b": "x" }, "body": "a", "json": 1 }
    });
    let pointers: Vec<_> = faults("http", config).into_iter().map(|fault| fault.0).collect();
    assert_eq!(
        pointers,
        [
            "/request/method",
            "/request/path",
            "/request/headers/a~1b",
            "/request/json",
            "/timeouts/connect",
            "/body-limit",
            "/url",
            "/connection"
        ]
    );
    assert!(one("http", json!({ "request": {}, "timeouts": { "idle": "5" } })).1.contains("write `5ms`"));
    assert_eq!(one("http", json!({ "request": {}, "connection": { "pool": { "size": 0 } } })).0, "/connection/pool/size");
    assert_eq!(one("http", json!({ "request": {}, "tls": { "insecure": true, "roots": "a.pem" } })).0, "/tls");
    assert_eq!(one("http", json!({})).1, "there is no `request`");
    assert_eq!(one("http", json!({ "request": { "headers": { "content-length": "1" } } })).0, "/request/headers/content-length");
    assert_eq!(one("http", json!({ "request": { "json": { "a": ["{x}"] } } })).0, "/request/json/a/0");
}

#[test]
fn base_must_be_declared() {
    let fault = one("http", json!({ "request": {}, "url": "http://127.0.0.1:9090/api" }));
    assert_eq!(fault.0, "/url");
    assert_eq!(fault.1, "the document does not declare the target http://127.0.0.1:9090");
    assert_eq!(fault.2, "make it `\"targets\": [\"http://127.0.0.1:8080\", \"http://127.0.0.1:9090\"]` in the document");

    let config = json!({ "request": {}, "url": "https://shop.example" });
    let setup = StepSetup { kind: "http", step: "get", config: &config, defaults: None, targets: &Targets::default() };
    let faults = HttpPlugin.configure(&setup).err().expect("not declared");
    assert_eq!(faults[0].hint.as_deref(), Some("add `\"targets\": [\"https://shop.example:443\"]` to the document"));

    let config = json!({ "request": {} });
    let setup = StepSetup { config: &config, ..setup };
    assert_eq!(HttpPlugin.configure(&setup).err().expect("no base")[0].message, "there is no `url`");
}

#[test]
fn faults_of_the_defaults_say_so() {
    let mut world = World::new("http://127.0.0.1:8080");
    world.defaults = json!({ "ulr": "http://127.0.0.1:8080" });
    let fault = world.faults("http", json!({ "request": {} })).remove(0);
    assert_eq!(fault.message, "in the scenario's defaults for `http`, at `/ulr`: there is no option `ulr`");
    assert_eq!((fault.pointer.as_str(), fault.hint.as_deref()), ("", Some("did you mean `url`?")));
}

#[test]
fn uses_are_told() {
    let uses = |kind: &str, config: Json| {
        let targets = Targets::parse(&["http://a:1"]).expect("a target");
        let defaults = json!({ "url": "http://a:1" });
        let setup = StepSetup { kind, step: "step", config: &config, defaults: Some(&defaults), targets: &targets };
        HttpPlugin.configure(&setup).expect("right").uses()
    };
    let place = |callback| CallbackPlace { option: "request".into(), callback, required_use: "request:http".into() };
    assert_eq!(uses("http", json!({ "request": { "callback": 3 } })), PluginUse { callbacks: vec![place(3)], ..PluginUse::default() });
    assert_eq!(uses("http", json!({ "request": {} })), PluginUse::default());
    assert_eq!(
        uses("http-with", json!({ "connection": "login", "request": { "callback": 1 } })),
        PluginUse { callbacks: vec![place(1)], steps: vec!["login".into()], ..PluginUse::default() }
    );
    let pool = json!({ "request": {}, "connection": { "pool": { "size": 5, "warm-up": true } } });
    assert_eq!(uses("http", pool), PluginUse { warms_up: true, ..PluginUse::default() });
    assert_eq!(uses("http-close", json!({ "connection": "login" })).steps, ["login"]);
}

#[tokio::test]
async fn connections_are_those_of_http_steps() {
    let mut world = World::new("http://127.0.0.1:8080");
    let error = world.try_step("order", "http-with", json!({ "connection": "verify", "request": {} })).await.err().expect("no such step");
    assert_eq!(error.message, "the step `order` wants the connection of `verify`, which is not an `http` step");
}

#[test]
fn every_option_is_in_the_schema() {
    for kind in HttpPlugin.kinds() {
        let schema = (kind.schema)();
        let properties = schema["properties"].as_object().expect("properties");
        assert!(properties.values().all(|property| property.get("description").is_some()), "{}: {properties:?}", kind.name);
        assert_eq!(schema["additionalProperties"], false, "{}", kind.name);
    }
    let schema = (HttpPlugin.kinds()[0].schema)();
    let names: Vec<_> = schema["properties"].as_object().expect("properties").keys().map(String::as_str).collect();
    assert_eq!(names.len(), 12, "{names:?}");
}
