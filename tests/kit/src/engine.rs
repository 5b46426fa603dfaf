//! An engine that keeps running, as a child process.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value as Json;

use crate::child::Running;
use crate::{Finished, Throng};

/// Until it listens, and until it answers; only a machine that is very busy takes this long.
const PATIENCE: Duration = Duration::from_secs(60);

/// `throng serve` on a free port; killed when dropped.
pub struct EngineProcess {
    running: Running,
    command: String,
    url: String,
}

/// What an engine answers.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The head's lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl EngineProcess {
    /// Starts it with its data in this folder, and waits until it listens.
    ///
    /// # Errors
    /// It is not built or does not start; the error has its output.
    pub fn start<S: AsRef<OsStr>>(data: &Path, options: &[S]) -> Result<Self> {
        let call = Throng::new().args(["serve", "--bind", "127.0.0.1:0", "--data"]).arg(data).args(options);
        let (running, url) = Running::listening(&call, "throng serve listening on ", "http", PATIENCE)?;
        Ok(Self { running, command: call.typed(), url })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A call of the program that talks to this engine.
    pub fn call<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Throng {
        Throng::new().args(arguments).env("THRONG_SERVER", &self.url)
    }

    /// Asks it something; the path is below `/api/v1`.
    ///
    /// # Errors
    /// It does not answer.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answered> {
        ask(&self.url, method, path, headers, body)
    }

    /// Reads an answer as it comes, until it has what is looked for; whether it ever had.
    ///
    /// # Errors
    /// It does not answer.
    pub fn follow(&self, path: &str, is_there: impl Fn(&str) -> bool) -> Result<bool> {
        let mut stream = send(&self.url, "GET", &format!("/api/v1{path}"), &[], b"", 0)?;
        let (mut so_far, mut piece) = (Vec::new(), [0; 4096]);
        loop {
            let read = stream.read(&mut piece).with_context(|| format!("GET {}{path} broke off", self.url))?;
            so_far.extend_from_slice(piece.get(..read).unwrap_or_default());
            if is_there(&String::from_utf8_lossy(&so_far)) {
                return Ok(true);
            }
            if read == 0 {
                return Ok(false);
            }
        }
    }

    /// Sends the head of a request and the first half of its body; the connection stays open as long as what is returned.
    ///
    /// # Errors
    /// It does not listen.
    pub fn send_half(&self, method: &str, path: &str, body: &[u8]) -> Result<TcpStream> {
        send(&self.url, method, &format!("/api/v1{path}"), &[], body, body.len() / 2)
    }

    /// The answer to a GET, which must be JSON.
    ///
    /// # Errors
    /// It does not answer, or something else.
    pub fn get(&self, path: &str) -> Result<Json> {
        self.ask("GET", path, &[], b"")?.json()
    }

    /// Follows a campaign until it is over: its record.
    ///
    /// # Errors
    /// It is not known, or says nothing for a minute.
    pub fn ended(&self, key: &str) -> Result<Json> {
        let live = self.ask("GET", &format!("/campaigns/{key}/live"), &[], b"")?;
        anyhow::ensure!(live.body.contains("event: end\n"), "the live figures ended before the campaign: {}", live.body);
        self.get(&format!("/campaigns/{key}"))
    }

    /// What it has in memory, in bytes; none where the operating system doesn't tell it as Linux does.
    pub fn resident(&self) -> Option<u64> {
        self.running.resident()
    }

    /// Interrupts it, as ctrl-c does, and waits for its end.
    ///
    /// # Errors
    /// It does not end.
    pub fn end(self) -> Result<Finished> {
        self.running.end(self.command, PATIENCE)
    }

    /// Kills it, as nothing can prevent.
    pub fn kill(self) {
        drop(self);
    }
}

/// Asks an engine something; the path is below `/api/v1`.
///
/// # Errors
/// It does not answer.
pub fn ask(url: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answered> {
    exchange(url, method, &format!("/api/v1{path}"), headers, body)
}

/// Asks any server something.
pub(crate) fn exchange(url: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answered> {
    let mut answer = Vec::new();
    let read = send(url, method, path, headers, body, 0)?.read_to_end(&mut answer);
    read.with_context(|| format!("{method} {url}{path} broke off"))?;
    let answer = String::from_utf8_lossy(&answer);
    Answered::read(&answer).with_context(|| format!("{method} {url}{path} was answered: {answer}"))
}

/// Sends a request, without the last bytes of its body.
fn send(url: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8], without: usize) -> Result<TcpStream> {
    let address = url.split("://").last().unwrap_or_default();
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("content-length: {}\r\n\r\n", body.len());
    let mut stream = TcpStream::connect(address).with_context(|| format!("{method} {url}{path} cannot connect"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(head.as_bytes())?;
    // Who refuses a body need not read it.
    let _ = stream.write_all(body.get(..body.len() - without).unwrap_or_default());
    Ok(stream)
}

impl Answered {
    fn read(answer: &str) -> Option<Self> {
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<_> =
            lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        let is_chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        let body = if is_chunked { unchunked(body)? } else { body.to_owned() };
        Some(Self { status, headers, body })
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The body, which must be JSON.
    ///
    /// # Errors
    /// It is not.
    pub fn json(&self) -> Result<Json> {
        serde_json::from_str(&self.body).with_context(|| format!("{}: JSON expected: {}", self.status, self.body))
    }

    /// Itself, if the status is this one.
    ///
    /// # Errors
    /// It is another.
    pub fn with_status(self, status: u16) -> Result<Self> {
        anyhow::ensure!(self.status == status, "status {status} expected, got {}: {}", self.status, self.body);
        Ok(self)
    }
}

/// Figures and JSON are ASCII here as far as lengths go: what is not is written as it came.
fn unchunked(body: &str) -> Option<String> {
    let (mut rest, mut whole) = (body.as_bytes(), Vec::new());
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(rest.get(..end)?).ok()?.trim(), 16).ok()?;
        if length == 0 {
            return String::from_utf8(whole).ok();
        }
        let start = end + 2;
        whole.extend_from_slice(rest.get(start..start + length)?);
        rest = rest.get(start + length + 2..)?;
    }
}
