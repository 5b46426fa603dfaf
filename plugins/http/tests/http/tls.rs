//! `https`: trusted by a roots file, by nobody, or without question.

use std::io::Write;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde_json::json;
use throng_protocols::Value;
use tokio_rustls::TlsAcceptor;

use crate::server::serve;
use crate::world::World;

/// A server that shows a certificate and speaks these protocols, and the file of those who trust it.
pub(crate) fn certificate(protocols: &[&str]) -> (TlsAcceptor, tempfile::NamedTempFile) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["shop.example".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("a key that fits");
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let mut roots = tempfile::NamedTempFile::new().expect("a file");
    roots.write_all(cert.pem().as_bytes()).expect("written");
    (TlsAcceptor::from(Arc::new(config)), roots)
}

#[tokio::test]
async fn roots_file_and_server_name() {
    let (acceptor, roots) = certificate(&[]);
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
    let (acceptor, _) = certificate(&[]);
    let (url, _) = serve(Some(acceptor)).await;
    let mut world = World::new(&url);
    let get = world.step("get", "http", json!({ "request": { "path": "/bytes/100000" }, "tls": { "insecure": true } })).await;
    world.respond(&get, 0, Value::None, |response| assert_eq!(response.body.len(), 100_000)).await;
}

#[tokio::test]
async fn others_are_not_trusted() {
    let (acceptor, _) = certificate(&[]);
    let (_, other_roots) = certificate(&[]);
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

#[tokio::test]
async fn clients_show_their_certificate() {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["client.example".to_owned()]).expect("a certificate");
    let mut trusted = RootCertStore::empty();
    trusted.add(cert.der().clone()).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(trusted), Arc::clone(&provider)).build().expect("a root");
    let own = generate_simple_self_signed(["shop.example".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![own.cert.der().clone()], key)
        .expect("a key that fits");
    let (url, _) = serve(Some(TlsAcceptor::from(Arc::new(config)))).await;

    let mut both = tempfile::NamedTempFile::new().expect("a file");
    both.write_all(format!("{}{}", cert.pem(), signing_key.serialize_pem()).as_bytes()).expect("written");
    let mut world = World::new(&url);
    world.defaults["tls"] = json!({ "insecure": true });
    let get = world.step("get", "http", json!({ "request": {}, "tls": { "certificate": both.path() } })).await;
    world.respond(&get, 0, Value::None, |response| assert_eq!(response.status, 200)).await;
    let anonymous = world.step("anonymous", "http", json!({ "request": {} })).await;
    let failure = world.fail(&anonymous, 0, Value::None).await;
    assert!(["tls", "closed"].contains(&failure.code.as_str()), "{failure:?}");

    let mut certificate_alone = tempfile::NamedTempFile::new().expect("a file");
    certificate_alone.write_all(cert.pem().as_bytes()).expect("written");
    let tls = json!({ "certificate": certificate_alone.path() });
    let error = world.try_step("keyless", "http", json!({ "request": {}, "tls": tls })).await.err().expect("no key");
    assert!(error.message.contains("`tls.key` wants a PEM file"), "{}", error.message);
}
