//! Connections through proxies of each kind.

use std::sync::Arc;
use std::sync::Mutex;

use serde_json::json;
use throng_model::Targets;
use throng_protocols::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::server::{serve, serve_http_2, start};
use crate::tls::certificate;
use crate::world::World;

/// What a proxy was told, a line for each connection.
type Told = Arc<Mutex<Vec<String>>>;

/// A proxy that speaks HTTP and both SOCKS, told apart by the first byte; answers its host and port.
async fn proxy() -> (String, Told) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let place = listener.local_addr().expect("an address").to_string();
    let told = Told::default();
    let shared = Arc::clone(&told);
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.expect("a connection");
            tokio::spawn(pass_on(socket, Arc::clone(&shared)));
        }
    });
    (place, told)
}

async fn pass_on(mut socket: TcpStream, told: Told) {
    let tell = |line: String| told.lock().expect("not poisoned").push(line);
    let place = match socket.read_u8().await.expect("a first byte") {
        5 => {
            let methods = socket.read_u8().await.expect("a number");
            let mut known = vec![0; usize::from(methods)];
            socket.read_exact(&mut known).await.expect("methods");
            let wants_password = known.contains(&2);
            socket.write_all(&[5, if wants_password { 2 } else { 0 }]).await.expect("sent");
            if wants_password {
                socket.read_u8().await.expect("a version");
                let (user, password) = (text(&mut socket).await, text(&mut socket).await);
                tell(format!("socks5 of {user}:{password}"));
                socket.write_all(&[1, 0]).await.expect("sent");
            }
            let mut head = [0; 4];
            socket.read_exact(&mut head).await.expect("a request");
            let host = if head[3] == 3 { text(&mut socket).await } else { address(&mut socket).await };
            let port = socket.read_u16().await.expect("a port");
            socket.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.expect("sent");
            tell(format!("socks5 to {host}"));
            format!("{host}:{port}")
        }
        4 => {
            socket.read_u8().await.expect("a command");
            let port = socket.read_u16().await.expect("a port");
            let host = address(&mut socket).await;
            while socket.read_u8().await.expect("a name") != 0 {}
            socket.write_all(&[0, 90, 0, 0, 0, 0, 0, 0]).await.expect("sent");
            tell(format!("socks4 to {host}"));
            format!("{host}:{port}")
        }
        first => {
            let mut head = vec![first];
            while !head.ends_with(b"\r\n\r\n") {
                head.push(socket.read_u8().await.expect("a head"));
            }
            let head = String::from_utf8(head).expect("text");
            let authorization = head.lines().find_map(|line| line.strip_prefix("proxy-authorization: ")).unwrap_or("nobody").to_owned();
            let mut words = head.split(' ');
            let (method, target) = (words.next().expect("a method"), words.next().expect("a target"));
            tell(format!("{method} of {authorization}"));
            if method != "CONNECT" {
                // As a server would see it: the target is the body.
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{target}", target.len());
                return socket.write_all(answer.as_bytes()).await.expect("sent");
            }
            if authorization == "nobody" {
                return socket.write_all(b"HTTP/1.1 407 Who are you\r\ncontent-length: 0\r\n\r\n").await.expect("sent");
            }
            socket.write_all(b"HTTP/1.1 200 Go on\r\n\r\n").await.expect("sent");
            target.to_owned()
        }
    };
    let mut there = TcpStream::connect(place).await.expect("a server");
    // Either side may leave at any time.
    let _ = copy_bidirectional(&mut socket, &mut there).await;
}

async fn text(socket: &mut TcpStream) -> String {
    let length = socket.read_u8().await.expect("a length");
    let mut text = vec![0; usize::from(length)];
    socket.read_exact(&mut text).await.expect("a text");
    String::from_utf8(text).expect("text")
}

async fn address(socket: &mut TcpStream) -> String {
    let mut bytes = [0; 4];
    socket.read_exact(&mut bytes).await.expect("an address");
    std::net::Ipv4Addr::from(bytes).to_string()
}

/// A world whose requests to this URL go through a proxy.
fn world(url: &str, proxy: &str) -> World {
    let mut world = World::new(url);
    let place = proxy.split_once("://").expect("a scheme").1;
    world.targets.extend(&Targets::parse(&[format!("tcp://{place}")]).expect("a target"));
    world.defaults["proxy"] = json!({ "url": proxy });
    world
}

#[tokio::test]
async fn http_proxies_are_sent_whole_urls() {
    let (place, told) = proxy().await;
    let mut world = world("http://shop.example", &format!("http://{place}"));
    world.defaults["proxy"]["user"] = json!("ada");
    let get = world.step("get", "http", json!({ "request": { "path": "/a?b" } })).await;
    world.respond(&get, 0, Value::None, |response| assert_eq!(response.body, "http://shop.example:80/a?b")).await;
    assert_eq!(*told.lock().expect("not poisoned"), ["GET of Basic YWRhOg=="]);
    assert_eq!(world.recordings("http-tunnel"), 0);
}

#[tokio::test]
async fn http_proxies_make_tunnels() {
    let (place, told) = proxy().await;
    let (acceptor, _) = certificate(&[]);
    let (url, _) = serve(Some(acceptor)).await;
    let mut world = world(&url, &format!("http://{place}"));
    world.defaults["tls"] = json!({ "insecure": true });
    let get = world.step("get", "http", json!({ "request": {} })).await;
    let failure = world.fail(&get, 0, Value::None).await;
    assert_eq!(failure.code, "proxy");
    assert!(failure.message.ends_with("it answers 407 Who are you; set `proxy.user` and `proxy.password`"), "{}", failure.message);

    world.defaults["proxy"]["user"] = json!("ada");
    let get = world.step("known", "http", json!({ "request": {} })).await;
    world.respond(&get, 0, Value::None, |response| assert!(response.timings.tls.is_some())).await;
    world.respond(&get, 0, Value::None, |response| assert!(response.timings.reused)).await;
    assert_eq!(*told.lock().expect("not poisoned"), ["CONNECT of nobody", "CONNECT of Basic YWRhOg=="]);
    assert_eq!(world.recordings("http-tunnel"), 1);

    let (url, _) = serve_http_2(None).await;
    let mut world = self::world(&url, &format!("http://{place}"));
    world.defaults["version"] = json!("2");
    world.defaults["proxy"]["user"] = json!("ada");
    let get = world.step("two", "http", json!({ "request": {} })).await;
    world.respond(&get, 0, Value::None, |response| assert_eq!(response.status, 200)).await;
}

#[tokio::test]
async fn socks_proxies_make_tunnels() {
    let (place, told) = proxy().await;
    let (url, _) = start().await;
    for kind in ["socks5", "socks4"] {
        let mut world = world(&url, &format!("{kind}://{place}"));
        let get = world.step("get", "http", json!({ "request": {} })).await;
        world.respond(&get, 0, Value::None, |response| assert_eq!(response.status, 200)).await;
        assert_eq!(world.recordings("http-tunnel"), 1);
    }
    // Whose name only the proxy knows.
    let port = url.rsplit_once(':').expect("a port").1;
    let mut world = world(&format!("http://localhost:{port}"), &format!("socks5://{place}"));
    world.defaults["proxy"]["user"] = json!("ada");
    world.defaults["proxy"]["password"] = json!("x");
    let get = world.step("get", "http", json!({ "request": {} })).await;
    world.respond(&get, 0, Value::None, |response| assert_eq!(response.status, 200)).await;
    assert_eq!(
        *told.lock().expect("not poisoned"),
        ["socks5 to 127.0.0.1", "socks4 to 127.0.0.1", "socks5 of ada:x", "socks5 to localhost"]
    );
}

#[tokio::test]
async fn a_proxy_that_is_none_is_told() {
    let (url, _) = start().await;
    let port = TcpListener::bind("127.0.0.1:0").await.expect("a free port").local_addr().expect("an address").port();
    let mut absent = world(&url, &format!("http://127.0.0.1:{port}"));
    let get = absent.step("get", "http", json!({ "request": {} })).await;
    assert_eq!(absent.fail(&get, 0, Value::None).await.code, "connect-refused");
    // A server of HTTP is no proxy of SOCKS.
    let place = url.strip_prefix("http://").expect("a URL").to_owned();
    let mut other = world("http://shop.example", &format!("socks5://{place}"));
    let get = other.step("get", "http", json!({ "request": {} })).await;
    assert_eq!(other.fail(&get, 0, Value::None).await.code, "proxy");
}
