//! Ports that nobody listens on.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context as _, Result};

/// A port of the loopback interface that was free a moment ago. For a port where nobody shall answer, and for servers that cannot choose
/// one themselves; those that can are given port 0.
///
/// # Errors
/// The operating system has none left.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr().context("a listener without an address")?.port())
}
