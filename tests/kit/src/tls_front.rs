//! TLS before a server that does without it: a real stunnel as a child process.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::child::Running;
use crate::folder::Folder;
use crate::nginx::NginxTls;
use crate::unpacked::{server_program, wait_for_port};

/// Until it takes connections; only a machine that is very busy takes this long.
const START: Duration = Duration::from_secs(60);

/// `stunnel` at a port, before a server at another one; killed when dropped.
pub struct TlsFront {
    _running: Running,
    _folder: Folder,
}

impl TlsFront {
    /// Starts it and waits until it takes connections; without `clients` anybody is let in.
    ///
    /// # Errors
    /// It is not there, the error says how to get it; or it does not start.
    pub fn start(port: u16, server: u16, tls: NginxTls<'_>) -> Result<Self> {
        let folder = Folder::new()?;
        folder.file("server.pem", tls.certificate)?;
        folder.file("server.key", tls.key)?;
        let inside = |name: &str| folder.path().join(name).display().to_string();
        let mut settings = format!(
            "foreground = yes\npid =\nsyslog = no\n[server]\naccept = 127.0.0.1:{port}\nconnect = 127.0.0.1:{server}\ncert = {}\nkey = {}\n",
            inside("server.pem"),
            inside("server.key")
        );
        if !tls.clients.is_empty() {
            folder.file("clients.pem", tls.clients)?;
            writeln!(settings, "CAfile = {}\nverifyPeer = yes", inside("clients.pem"))?;
        }
        let file = folder.file("stunnel.conf", settings)?;
        let mut command = server_program("stunnel4")?;
        command.arg(file);
        let running =
            Running::spawn(&mut command).context("there is no `stunnel4`; run `cargo xtask setup-servers` first, or install it")?;
        wait_for_port(port, START)?;
        Ok(Self { _running: running, _folder: folder })
    }
}
