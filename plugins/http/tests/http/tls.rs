//! `https`: trusted by a roots file, by nobody, or without question.

use std::io::Write;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::json;
use throng_protocols::Value;
use tokio_rustls::TlsAcceptor;

use crate::server::serve;
use crate::world::World;

fn certificate() -> (TlsAcceptor, tempfile::NamedTempFile) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["shop.example".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("a key that fits");
    let mut roots = tempfile::NamedTempFile::new().expect("a file");
    roots.write_all(cert.pem().as_bytes()).expect("written");
    (TlsAcceptor::from(Arc::new(config)), roots)
}

#[tokio::test]
async fn roots_file_and_server_name() {
    let (acceptor, roots) = certificate();
    let (url, seen) = serve(Some(acceptor)).await;
    let mut world = World::new(&url);
    world.defaults["tls"] = json!({ "roots": roots.path() });
    let get = world.step("get", "http", json!({ "request": {}, "tls": { "server-name": "shop.example" } })).await;
    world.respond(&get, 0, Value::None, |response| assert!(response.status == 200 && response.timings.tls.is_some())).await;
    world.respond(&get, 0, Value::None, |response| assert!(response.timings.reused)).await;
    assert_eq!((seen.connections(), world.recordings("http-tls")), (1, 1));

    let other_name = world.step("other", "http", json!({ "request": {} })).await;
    let failure = world.fail(&other_name, 0, Value::None).await;
    assert_eq!(failure.code, "tls", "{}", failure.message);
}

#[tokio::test]
async fn insecure_accepts_anything() {
    let (acceptor, _) = certificate();
    let (url, _) = serve(Some(acceptor)).await;
    let mut world = World::new(&url);
    let get = world.step("get", "http", json!({ "request": { "path": "/bytes/100000" }, "tls": { "insecure": true } })).await;
    world.respond(&get, 0, Value::None, |response| assert_eq!(response.body.len(), 100_000)).await;
}

#[tokio::test]
async fn others_are_not_trusted() {
    let (acceptor, _) = certificate();
    let (_, other_roots) = certificate();
    let (url, _) = serve(Some(acceptor)).await;
    let mut world = World::new(&url);
    world.defaults["tls"] = json!({ "roots": other_roots.path(), "server-name": "shop.example" });
    let get = world.step("get", "http", json!({ "request": {} })).await;
    let failure = world.fail(&get, 0, Value::None).await;
    assert_eq!(failure.code, "tls", "{}", failure.message);
}

#[tokio::test]
async fn roots_are_read_before_load() {
    let empty = tempfile::NamedTempFile::new().expect("a file");
    let mut world = World::new("https://shop.example");
    for roots in ["/nowhere/roots.pem", empty.path().to_str().expect("a path")] {
        let opened = world.try_step("get", "http", json!({ "request": {}, "tls": { "roots": roots } })).await;
        let message = opened.err().expect("no roots").message;
        assert!(message.contains(roots), "{message}");
    }
}
