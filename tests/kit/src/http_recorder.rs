//! An HTTP server that keeps what it is sent, for protocols whose server cannot be had.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context as _, Result};

/// Answers each request with the next of its answers, and with 204 when there is none left. Ends with the process.
pub struct HttpRecorder {
    own: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    requests: Vec<Recorded>,
    answers: VecDeque<(u16, String)>,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// `POST /path?query HTTP/1.1`
    pub line: String,
    /// Its headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Recorded {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

impl HttpRecorder {
    /// A server that answers with these, a status and a body of JSON each, in turn.
    ///
    /// # Errors
    /// The operating system has no port left.
    pub fn start(answers: &[(u16, &str)]) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
        let own = listener.local_addr().context("a listener without an address")?;
        let answers = answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
        let state = Arc::new(Mutex::new(State { requests: Vec::new(), answers }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // Who leaves in the middle is gone.
                thread::spawn(move || serve(client, &state));
            }
        });
        Ok(Self { own, state })
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.own)
    }

    /// What has come so far.
    pub fn requests(&self) -> Vec<Recorded> {
        lock(&self.state).requests.clone()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(mut client: TcpStream, state: &Mutex<State>) -> Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    while let Some(request) = read(&mut reader)? {
        let (status, body) = {
            let mut state = lock(state);
            state.requests.push(request);
            state.answers.pop_front().unwrap_or((204, String::new()))
        };
        let length = if status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
        client.write_all(format!("HTTP/1.1 {status} Told\r\ncontent-type: application/json\r\n{length}\r\n{body}").as_bytes())?;
    }
    Ok(())
}

/// The next request; none at the end of the connection.
fn read(reader: &mut impl BufRead) -> Result<Option<Recorded>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let (mut headers, mut length) = (Vec::new(), 0);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        let name = name.to_ascii_lowercase();
        if name == "content-length" {
            length = value.parse()?;
        }
        headers.push((name, value.to_owned()));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Recorded { line: line.trim_end().to_owned(), headers, body }))
}
