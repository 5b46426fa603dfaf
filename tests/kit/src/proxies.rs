//! Real proxies as child processes: tinyproxy for HTTP, microsocks for SOCKS5.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::child::Running;
use crate::folder::Folder;
use crate::free_port;
use crate::unpacked::{server_program, wait_for_port};

/// Until it takes connections; only a machine that is very busy takes this long.
const START: Duration = Duration::from_secs(60);

/// A proxy on a free port that lets in one user; killed when dropped.
pub struct ProxyServer {
    _running: Running,
    _folder: Option<Folder>,
    /// Its URL, without who asks.
    pub url: String,
}

impl ProxyServer {
    /// An HTTP proxy.
    ///
    /// # Errors
    /// It is not there, the error says how to get it; or it does not start.
    pub fn http(user: &str, password: &str) -> Result<Self> {
        let (folder, port) = (Folder::new()?, free_port()?);
        let settings =
            format!("Port {port}\nListen 127.0.0.1\nMaxClients 50\nTimeout 60\nLogLevel Critical\nBasicAuth {user} {password}\n");
        let file = folder.file("tinyproxy.conf", settings)?;
        let mut command = server_program("tinyproxy")?;
        command.arg("-d").arg("-c").arg(file);
        Self::spawn(command, "http", port, Some(folder))
    }

    /// A SOCKS5 proxy.
    ///
    /// # Errors
    /// As those of [`ProxyServer::http`].
    pub fn socks(user: &str, password: &str) -> Result<Self> {
        let port = free_port()?;
        let mut command = server_program("microsocks")?;
        command.args(["-i", "127.0.0.1", "-p", &port.to_string(), "-u", user, "-P", password]);
        Self::spawn(command, "socks5", port, None)
    }

    fn spawn(mut command: Command, scheme: &str, port: u16, folder: Option<Folder>) -> Result<Self> {
        let missing = || format!("there is no `{}`; run `cargo xtask setup-servers` first, or install it", command_name(scheme));
        let running = Running::spawn(&mut command).with_context(missing)?;
        wait_for_port(port, START)?;
        Ok(Self { _running: running, _folder: folder, url: format!("{scheme}://127.0.0.1:{port}") })
    }
}

fn command_name(scheme: &str) -> &'static str {
    if scheme == "http" { "tinyproxy" } else { "microsocks" }
}
