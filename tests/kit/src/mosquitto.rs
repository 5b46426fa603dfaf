//! A real Mosquitto as a child process.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::child::Running;
use crate::folder::Folder;
use crate::free_port;

/// Where Debian has it.
const PROGRAM: &str = "/usr/sbin/mosquitto";

/// Until it takes connections; only a machine that is very busy takes this long.
const START: Duration = Duration::from_secs(60);

/// Mosquitto on free ports; killed when dropped. It knows the user `shop` with the password `secret`, and lets nobody else in.
pub struct MosquittoServer {
    /// None while it is killed.
    running: Option<Running>,
    folder: Folder,
    plain: u16,
    tls: u16,
}

impl MosquittoServer {
    /// Starts it and waits until it takes connections. `certificate` and `key` are PEM texts: what it shows on its port with TLS.
    ///
    /// # Errors
    /// It is not there, the error says how to get it; or it does not start, the error has its output.
    pub fn start(certificate: &str, key: &str) -> Result<Self> {
        let folder = Folder::new()?;
        let (plain, tls) = (free_port()?, free_port()?);
        let (certificate, key) = (folder.file("server.pem", certificate)?, folder.file("server.key", key)?);
        let passwords = folder.path().join("passwords");
        let known = Command::new("mosquitto_passwd").args(["-b", "-c"]).arg(&passwords).args(["shop", "secret"]).output();
        let known = known.context(MISSING)?;
        ensure!(known.status.success(), "`mosquitto_passwd` failed: {}", String::from_utf8_lossy(&known.stderr));
        // Started as root it would change into a user who may read nothing here.
        let user = String::from_utf8_lossy(&Command::new("id").arg("-un").output()?.stdout).trim().to_owned();
        let configuration = format!(
            "user {user}\nallow_anonymous false\npassword_file {}\nlistener {plain} 127.0.0.1\nlistener {tls} 127.0.0.1\ncertfile {}\nkeyfile {}\n",
            passwords.display(),
            certificate.display(),
            key.display()
        );
        folder.file("mosquitto.conf", configuration)?;
        let mut server = Self { running: None, folder, plain, tls };
        server.start_again()?;
        Ok(server)
    }

    /// Ends it at once, as a crash does.
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// Starts it after it was killed, on the same ports.
    ///
    /// # Errors
    /// It does not start; the error has its output.
    pub fn start_again(&mut self) -> Result<()> {
        let configuration = self.folder.path().join("mosquitto.conf");
        let mut running = Running::spawn(Command::new(PROGRAM).arg("-v").arg("-c").arg(configuration)).context(MISSING)?;
        running.error_text(" running", START).context("`mosquitto` failed")?;
        self.running = Some(running);
        Ok(())
    }

    /// Waits until it has told of this, such as of a packet.
    ///
    /// # Errors
    /// It does not.
    pub fn wait_for(&mut self, words: &str) -> Result<()> {
        self.running.as_mut().context("it was killed")?.error_text(words, START)
    }

    /// `mqtt://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.plain)
    }

    /// `mqtts://localhost:PORT`
    pub fn tls_url(&self) -> String {
        format!("mqtts://localhost:{}", self.tls)
    }
}

const MISSING: &str = "there is no `mosquitto`; run `cargo xtask setup-servers` first, or install it";
