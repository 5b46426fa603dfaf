//! TCP and UDP as a user asks for them, against servers of the test's own and a real nginx.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Result, ensure};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::{Value as Json, json};
use throng_e2e::campaign::{Ran, run_document};
use throng_e2e::documents::document;
use throng_kit::{NginxServer, NginxTls, Throng, free_port, tempdir};

/// A server that gives each connection to a thread; its place, and how many connections there were.
fn serve(answer: impl Fn(TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> Result<(String, Arc<AtomicUsize>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let place = listener.local_addr()?.to_string();
    let (count, answer) = (Arc::new(AtomicUsize::new(0)), Arc::new(answer));
    let shared = Arc::clone(&count);
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            shared.fetch_add(1, Ordering::Relaxed);
            let answer = Arc::clone(&answer);
            // Clients may leave at any time.
            std::thread::spawn(move || drop(answer(socket)));
        }
    });
    Ok((place, count))
}

/// Answers each line with itself, in capitals.
fn shout(socket: TcpStream) -> std::io::Result<()> {
    let mut writer = socket.try_clone()?;
    for line in BufReader::new(socket).lines() {
        writeln!(writer, "{}", line?.to_uppercase())?;
    }
    Ok(())
}

/// Answers each message, whose length stands before it in two bytes, with the same.
fn echo_prefixed(mut socket: TcpStream) -> std::io::Result<()> {
    loop {
        let mut length = [0; 2];
        socket.read_exact(&mut length)?;
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        socket.read_exact(&mut message)?;
        // Byte by byte, as a slow network would.
        for byte in length.iter().chain(&message) {
            socket.write_all(&[*byte])?;
        }
    }
}

fn run(targets: &[&str], settings: Json, steps: &Json) -> Result<Ran> {
    let mut all = json!({ "minions": 20 });
    if let (Some(all), Some(settings)) = (all.as_object_mut(), settings.as_object()) {
        all.extend(settings.clone());
    }
    run_document(&document(targets, &all, steps), &["--workers", "2"])
}

fn succeeded(ran: &Ran, steps: &[&str]) -> Result<()> {
    for step in steps {
        ensure!(ran.outcomes("visit", step, "success")? == 20, "`{step}` in {}\n{}", ran.counts("visit")?, ran.finished.stdout);
    }
    Ok(())
}

#[test]
fn lines_go_over_a_minions_connection() -> Result<()> {
    let (place, connections) = serve(shout)?;
    let target = format!("tcp://{place}");
    let defaults = json!({ "defaults": { "tcp": { "url": target, "framing": { "delimiter": "\n" } } } });
    let steps = json!([
        { "name": "hello", "start": true, "tcp": { "request": { "text": "hello {minion}" } } },
        { "name": "right", "after": "hello", "assert": { "rules": ["body matches \"^HELLO [0-9]+$\""] } },
        { "name": "number", "after": "right", "returns": [1, 2] },
        { "name": "again", "after": "number", "tcp-with": { "connection": "hello", "request": { "input": true }, "reply": "json" } },
        { "name": "list", "after": "again", "assert": { "rules": ["json:/1 == 2"] } },
        { "name": "leave", "after": "list", "tcp-close": { "connection": "hello" } },
        { "name": "back", "after": "leave", "tcp-with": { "connection": "hello", "request": { "hex": "61 62" } } },
        { "name": "silent", "after": "back", "tcp-with": { "connection": "hello", "request": { "text": "x" }, "reply": "none" } },
    ]);
    let ran = run(&[&target], defaults, &steps)?.ended_with_any(&[0])?;
    succeeded(&ran, &["hello", "right", "again", "list", "leave", "back", "silent"])?;
    ensure!(connections.load(Ordering::Relaxed) == 40, "{} connections", connections.load(Ordering::Relaxed));
    Ok(())
}

#[test]
fn lengths_stand_before_messages() -> Result<()> {
    let (place, _) = serve(echo_prefixed)?;
    let target = format!("tcp://{place}");
    let framing = json!({ "length-prefix": { "bytes": 2 } });
    let tcp = |more: Json| {
        let mut tcp = json!({ "url": target, "framing": framing, "request": { "base64": "AAEC" } });
        if let (Some(tcp), Some(more)) = (tcp.as_object_mut(), more.as_object()) {
            tcp.extend(more.clone());
        }
        tcp
    };
    let steps = json!([
        { "name": "sent", "start": true, "tcp": tcp(json!({ "reply": "hex" })) },
        { "name": "right", "after": "sent", "assert": { "rules": ["body == \"000102\""] } },
        { "name": "large", "after": "right", "tcp": tcp(json!({ "reply-limit": 2 })), "tolerate": true },
        { "name": "other", "after": "right", "tcp": tcp(json!({ "reply": "json" })), "tolerate": true },
    ]);
    let ran = run(&[&target], json!({}), &steps)?;
    succeeded(&ran, &["sent", "right"])?;
    let counts = ran.counts("visit")?;
    ensure!(counts["steps"]["large"]["failures"]["reply-too-large"] == 20, "{counts}");
    ensure!(counts["steps"]["other"]["failures"]["wrong-reply"] == 20, "{counts}");
    Ok(())
}

#[test]
fn nginx_is_spoken_to_over_tls() -> Result<()> {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()])?;
    let client = generate_simple_self_signed(["client.example".to_owned()])?;
    let folder = tempdir()?;
    let roots = folder.file("roots.pem", cert.pem())?;
    let both = folder.file("client.pem", format!("{}{}", client.cert.pem(), client.signing_key.serialize_pem()))?;
    let tls = NginxTls { certificate: &cert.pem(), key: &signing_key.serialize_pem(), clients: &client.cert.pem() };
    let nginx = NginxServer::start("location = /x { return 200 \"hello $ssl_client_verify\"; }", &[], tls)?;
    let target = format!("tls://localhost:{}", nginx.tls_port);
    let tcp = json!({
        "url": target, "framing": "until-closed", "request": { "text": "GET /x HTTP/1.0\r\nhost: localhost\r\n\r\n" },
        "tls": { "roots": roots, "certificate": both },
    });
    let steps = json!([
        { "name": "asked", "start": true, "tcp": tcp },
        { "name": "right", "after": "asked", "assert": { "rules": ["body matches \"hello SUCCESS$\""] } },
    ]);
    let ran = run(&[&target], json!({}), &steps)?;
    succeeded(&ran, &["asked", "right"])?;
    let report = ran.report.to_string();
    for meter in ["tcp-tls", "tcp-connect", "tcp-first-byte", "tcp-bytes-received"] {
        ensure!(report.contains(meter), "no `{meter}` in {report}");
    }
    Ok(())
}

#[test]
fn servers_that_leave_or_are_not_there_are_told() -> Result<()> {
    let (place, connections) = serve(|mut socket| {
        // One byte of the answer, and no more.
        socket.read_exact(&mut [0; 2])?;
        socket.write_all(b"x")
    })?;
    let nobody = format!("127.0.0.1:{}", free_port()?);
    let (there, absent) = (format!("tcp://{place}"), format!("tcp://{nobody}"));
    let framing = json!({ "length": 2 });
    let steps = json!([
        { "name": "begin", "start": true, "returns": "x" },
        { "name": "cut", "after": "begin", "tcp": { "url": there, "framing": framing, "request": { "text": "ab" } }, "tolerate": true },
        { "name": "absent", "after": "begin", "tcp": { "url": absent, "request": { "text": "a" } }, "tolerate": true },
        { "name": "longer", "after": "begin", "tcp": { "url": there, "framing": framing, "request": { "text": "abc" } }, "tolerate": true },
    ]);
    let ran = run(&[&there, &absent], json!({}), &steps)?;
    let steps = &ran.counts("visit")?["steps"];
    ensure!(steps["cut"]["failures"]["closed"] == 20, "{steps}");
    ensure!(steps["absent"]["failures"]["connect-refused"] == 20, "{steps}");
    ensure!(steps["longer"]["failures"]["bad-request"] == 20, "{steps}");
    ensure!(connections.load(Ordering::Relaxed) == 20, "{} connections", connections.load(Ordering::Relaxed));
    Ok(())
}

#[test]
fn a_connection_that_was_closed_meanwhile_is_opened_again() -> Result<()> {
    let (place, connections) = serve(|mut socket| {
        let mut line = [0; 2];
        socket.read_exact(&mut line)?;
        socket.write_all(&line)
    })?;
    let target = format!("tcp://{place}");
    let steps = json!([
        { "name": "one", "start": true, "tcp": { "url": target, "framing": { "length": 2 }, "request": { "text": "ab" } } },
        { "name": "wait", "after": "one", "delay": "50ms" },
        { "name": "two", "after": "wait", "tcp-with": { "connection": "one", "request": { "text": "cd" } } },
        { "name": "right", "after": "two", "assert": { "rules": ["body == \"cd\""] } },
    ]);
    let ran = run(&[&target], json!({}), &steps)?.ended_with_any(&[0])?;
    succeeded(&ran, &["one", "two", "right"])?;
    ensure!(connections.load(Ordering::Relaxed) == 40, "{} connections", connections.load(Ordering::Relaxed));
    Ok(())
}

#[test]
fn datagrams_are_answered_or_not() -> Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let target = format!("udp://{}", socket.local_addr()?);
    std::thread::spawn(move || {
        let mut datagram = [0; 100];
        while let Ok((length, from)) = socket.recv_from(&mut datagram) {
            let message = String::from_utf8_lossy(datagram.get(..length).unwrap_or_default()).to_uppercase();
            if message != "LOST" {
                let _ = socket.send_to(message.as_bytes(), from);
            }
        }
    });
    let defaults = json!({ "defaults": { "udp": { "url": target } } });
    let steps = json!([
        { "name": "asked", "start": true, "udp": { "request": { "text": "minion {minion}" } } },
        { "name": "right", "after": "asked", "assert": { "rules": ["body matches \"^MINION [0-9]+$\""] } },
        { "name": "lost", "after": "right", "udp": { "request": { "text": "lost" }, "reply-timeout": "50ms" }, "retry": { "retries": 1 }, "tolerate": true },
        { "name": "told", "after": "right", "udp": { "request": { "text": "x" }, "reply": "none" } },
    ]);
    let ran = run(&[&target], defaults, &steps)?;
    succeeded(&ran, &["asked", "right", "told"])?;
    let lost = &ran.counts("visit")?["steps"]["lost"];
    ensure!(lost["failures"]["no-reply"] == 20 && lost["attempts"] == 40, "{lost}");
    Ok(())
}

#[test]
fn what_is_not_declared_or_not_sound_is_refused() -> Result<()> {
    let folder = tempdir()?;
    let steps = json!([
        { "name": "a", "start": true, "tcp": { "url": "tcp://127.0.0.1:9", "framing": { "delimiter": "" }, "request": { "text": "a", "hex": "b" }, "reply": "txt" } },
        { "name": "b", "after": "a", "udp": { "url": "tcp://127.0.0.1:9" } },
    ]);
    let file = folder.file("scenario.json", document(&[], &json!({ "minions": 1 }), &steps).to_string())?;
    let finished = Throng::new().arg("validate").arg(file).run()?;
    let parts = [
        "does not declare the target tcp://127.0.0.1:9",
        "\"targets\": [\"tcp://127.0.0.1:9\"]",
        "/tcp/framing/delimiter",
        "/tcp/request",
        "did you mean `text`?",
        "it begins with none of `udp`",
    ];
    throng_e2e::errors::check_refused(finished, &parts)
}
