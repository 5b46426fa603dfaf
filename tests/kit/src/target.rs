//! The built-in target as a child process.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value as Json;

use crate::child::Running;
use crate::{Finished, Throng};

/// Until it listens; only a machine that is very busy takes this long.
const START: Duration = Duration::from_secs(60);

/// Until it has ended after it was asked to.
const END: Duration = Duration::from_secs(30);

/// `throng target` on a free port; killed when dropped.
pub struct TargetProcess {
    running: Running,
    command: String,
    url: String,
}

impl TargetProcess {
    /// Starts it with these options and waits until it listens.
    ///
    /// # Errors
    /// It is not built or does not start; the error has its output.
    pub fn start<S: AsRef<OsStr>>(options: &[S]) -> Result<Self> {
        let call = Throng::new().args(["target", "--port", "0"]).args(options);
        let (running, url) = Running::listening(&call, "throng target listening on ", "http://", START)?;
        Ok(Self { running, command: call.typed(), url })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The body of the answer to a GET.
    ///
    /// # Errors
    /// It does not answer, or not with 200.
    pub fn get(&self, path: &str) -> Result<String> {
        let address = self.url.trim_start_matches("http://");
        let exchange = || {
            let mut stream = TcpStream::connect(address)?;
            stream.set_read_timeout(Some(START))?;
            write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok::<_, std::io::Error>(answer)
        };
        let answer = exchange().with_context(|| format!("GET {}{path} failed", self.url))?;
        match answer.split_once("\r\n\r\n") {
            Some((head, body)) if head.starts_with("HTTP/1.1 200 ") => Ok(body.to_owned()),
            _ => bail!("GET {}{path} was answered: {answer}", self.url),
        }
    }

    /// What it has counted: `requests`, `connections`, `errors` and `orders`.
    ///
    /// # Errors
    /// It does not answer.
    pub fn stats(&self) -> Result<Json> {
        Ok(serde_json::from_str(&self.get("/stats")?)?)
    }

    /// Interrupts it, as ctrl-c does, and waits for its end.
    ///
    /// # Errors
    /// It does not end.
    pub fn end(self) -> Result<Finished> {
        self.running.end(self.command, END)
    }
}
