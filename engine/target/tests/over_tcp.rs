//! A target that listens on a real port.

#![allow(clippy::expect_used, reason = "a test fails loudly")]

use std::io::ErrorKind;
use std::net::SocketAddr;

use throng_target::{Target, TargetError, TargetOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

fn options(threads: u16) -> TargetOptions {
    TargetOptions { port: 0, threads, ..TargetOptions::default() }
}

/// Asks on an open connection; the answer must be as long as it says.
async fn ask(stream: &mut TcpStream, path: &str) -> String {
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: target\r\n\r\n").as_bytes()).await.expect("written");
    let mut answer = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&answer).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
            if body.len() == length.parse::<usize>().expect("a number") {
                return text;
            }
        }
        assert_ne!(stream.read_buf(&mut answer).await.expect("readable"), 0, "closed after {text:?}");
    }
}

async fn connect(address: SocketAddr, count: usize) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..count {
        streams.push(TcpStream::connect(address).await.expect("a connection"));
    }
    streams
}

#[tokio::test]
async fn answers_on_every_thread_and_closes_at_the_end() {
    for threads in [1, 2, 5] {
        let target = Target::bind(options(threads)).await.expect("a free port");
        let address = target.address();
        assert_ne!(address.port(), 0);
        let (end, ending) = oneshot::channel();
        let serving = tokio::spawn(target.serve(async { ending.await.unwrap_or_default() }));

        let mut streams = connect(address, 12).await;
        for _ in 0..10 {
            for stream in &mut streams {
                let answer = ask(stream, "/").await;
                assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nthrong target answers.\n"), "{answer}");
            }
        }
        let stats = ask(&mut streams[0], "/stats").await;
        assert!(stats.contains(r#"{"requests":120,"connections":12,"errors":0,"#), "{threads} threads: {stats}");

        end.send(()).expect("it still serves");
        serving.await.expect("no panic").expect("a clean end");
        for stream in &mut streams {
            let closed = stream.read(&mut [0; 1]).await;
            assert!(matches!(&closed, Ok(0)) || closed.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
        }
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    }
}

#[tokio::test]
async fn a_taken_port_is_an_error_that_helps() {
    let first = Target::bind(options(1)).await.expect("a free port");
    let port = first.address().port();
    let error = Target::bind(TargetOptions { port, ..TargetOptions::default() }).await.expect_err("it is taken");
    assert!(matches!(error, TargetError::Bind { .. }));
    let expected = format!("cannot listen on 127.0.0.1:{port}; another program may have it: choose another `--port`, or 0 for a free one");
    assert_eq!(error.to_string(), expected);
}
