//! Bar 12: from the start of the process to the first request, with a component that was compiled before.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use crate::bench::cost::median;
use crate::bench::lab::Lab;
use crate::bench::row::{Bar, Row};
use crate::guests::TEST_GUESTS;
use crate::phase::now;

pub(crate) fn measure(lab: &Lab) -> Result<Vec<Row>> {
    let component = TEST_GUESTS.component("cost");
    // The first of all may compile it.
    first_request(lab, &component)?;
    let mut times = Vec::new();
    for _ in 0..lab.rounds.max(5) {
        times.push(first_request(lab, &component)? * 1e3);
    }
    let least = times.iter().copied().fold(f64::INFINITY, f64::min);
    Ok(vec![Row {
        number: "12",
        what: "process start to the first request of a cached component".to_owned(),
        figure: median(times),
        unit: "ms",
        must: Some(Bar::AtMost(100.0)),
        goal: Some(Bar::AtMost(40.0)),
        detail: format!("time on the wall, `--start-offset 0s`; best {least:.1} ms"),
    }])
}

/// Seconds until a request has come to a server of our own.
fn first_request(lab: &Lab, component: &Path) -> Result<f64> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let server = format!("server=http://{}", listener.local_addr()?);
    let mut command = Command::new(&lab.throng);
    command.arg("run").arg(component).args(["--scenario", "requests", "--minions", "1", "--profile", "immediate", "--workers", "1"]);
    command.args(["--live", "off", "--summary", "off", "--start-offset", "0s", "-c", &server]);
    let started = now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let arrived = (|| {
        let (mut socket, _) = listener.accept().context("nobody came")?;
        socket.read_exact(&mut [0; 1])?;
        let arrived = started.elapsed().as_secs_f64();
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")?;
        anyhow::Ok(arrived)
    })();
    child.kill()?;
    child.wait()?;
    arrived
}
