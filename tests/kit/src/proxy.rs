//! A proxy between the program and a server, which can be cut: what the network's failing looks like.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

/// Passes on what comes, both ways. Ends when dropped.
pub struct Proxy {
    own: SocketAddr,
    state: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Default)]
struct State {
    is_cut: bool,
    open: Vec<TcpStream>,
    connections: u64,
    bytes: u64,
}

impl Proxy {
    /// A proxy to this port of the loopback interface.
    ///
    /// # Errors
    /// The operating system has no port left.
    pub fn to(port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
        let own = listener.local_addr().context("a listener without an address")?;
        let state = Arc::<(Mutex<State>, Condvar)>::default();
        let accepting = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // While it is cut, whoever comes is hung up on.
                if !lock(&accepting).is_cut {
                    let _ = pass_on(client, port, &accepting);
                }
            }
        });
        Ok(Self { own, state })
    }

    /// Its own port.
    pub fn port(&self) -> u16 {
        self.own.port()
    }

    /// Waits until so many bytes have come from clients.
    ///
    /// # Errors
    /// They have not within the limit.
    pub fn wait_for_bytes(&self, bytes: u64, limit: Duration) -> Result<()> {
        let (state, news) = &*self.state;
        let guard = state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = news.wait_timeout_while(guard, limit, |state| state.bytes < bytes);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        ensure!(state.bytes >= bytes, "only {} bytes have come within {limit:?}", state.bytes);
        Ok(())
    }

    /// Ends all connections, and every further one at once.
    pub fn cut(&self) {
        let mut state = lock(&self.state);
        state.is_cut = true;
        for stream in state.open.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Passes on again.
    pub fn mend(&self) {
        lock(&self.state).is_cut = false;
    }

    /// Connections that were passed on so far, and the bytes that came from clients over them.
    pub fn traffic(&self) -> (u64, u64) {
        let state = lock(&self.state);
        (state.connections, state.bytes)
    }
}

fn lock(state: &(Mutex<State>, Condvar)) -> MutexGuard<'_, State> {
    state.0.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pass_on(client: TcpStream, port: u16, state: &Arc<(Mutex<State>, Condvar)>) -> Result<()> {
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    let (from_client, from_server) = (client.try_clone()?, server.try_clone()?);
    {
        let mut state = lock(state);
        state.connections += 1;
        state.open.extend([client.try_clone()?, server.try_clone()?]);
    }
    let counting = Arc::clone(state);
    thread::spawn(move || {
        copy(from_client, server, |bytes| {
            lock(&counting).bytes += bytes;
            counting.1.notify_all();
        })
    });
    thread::spawn(move || copy(from_server, client, |_| {}));
    Ok(())
}

/// Until one side ends; then both do.
fn copy(mut from: TcpStream, mut to: TcpStream, seen: impl Fn(u64)) {
    let mut chunk = [0; 16 << 10];
    while let Ok(length @ 1..) = from.read(&mut chunk) {
        seen(length as u64);
        let Some(read) = chunk.get(..length) else { break };
        if to.write_all(read).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_can_be_mended() -> Result<()> {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = server.local_addr()?.port();
        thread::spawn(move || server.incoming().flatten().for_each(|stream| drop((&stream).write_all(b"hello"))));
        let proxy = Proxy::to(port)?;
        let answer = || {
            let mut text = String::new();
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port()))?;
            // A connection that is cut may also be reset.
            let _ = stream.read_to_string(&mut text);
            Ok::<_, anyhow::Error>(text)
        };
        ensure!(answer()? == "hello");
        proxy.cut();
        ensure!(answer()?.is_empty());
        proxy.mend();
        ensure!(answer()? == "hello" && proxy.traffic().0 == 2);
        Ok(())
    }
}
