//! A real PostgreSQL as a child process.

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::child::Running;
use crate::folder::Folder;
use crate::free_port;
use crate::unpacked::{server_program, server_program_of_nobody};

/// Until it takes connections; only a machine that is very busy takes this long.
const START: Duration = Duration::from_secs(60);

/// Who it runs as where the tests are root.
const NOBODY: u32 = 65534;

/// `postgres` on a free port, with its data in a folder of its own; killed when dropped. It lets `postgres` in without a password, and
/// `ann` with hers, `correct-horse`.
pub struct PostgresServer {
    running: Option<Running>,
    folder: Folder,
    port: u16,
    has_tls: bool,
}

impl PostgresServer {
    /// Starts it and waits until it takes connections.
    ///
    /// # Errors
    /// It is not there, the error says how to get it; or it does not start, the error has its output.
    pub fn start() -> Result<Self> {
        Self::begin(None)
    }

    /// The same with a certificate and its key, as PEM: it takes connections over TLS too, and `ann` over TLS alone.
    ///
    /// # Errors
    /// As those of [`PostgresServer::start`].
    pub fn start_with_tls(certificate: &str, key: &str) -> Result<Self> {
        Self::begin(Some((certificate, key)))
    }

    fn begin(tls: Option<(&str, &str)>) -> Result<Self> {
        let folder = Folder::new()?;
        // Nobody must be able to reach what is inside.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711))?;
        let mut server = Self { running: None, port: free_port()?, has_tls: tls.is_some(), folder };
        let data = server.data();
        std::fs::create_dir(&data)?;
        server.give_away(&data)?;
        let made = server_program_of_nobody("initdb")?
            .arg("-D")
            .arg(&data)
            .args(["-U", "postgres", "--auth=trust", "-N", "-E", "UTF8"])
            .output()?;
        ensure!(made.status.success(), "`initdb` failed: {}", String::from_utf8_lossy(&made.stderr));
        let ann = if tls.is_some() { "hostssl" } else { "host" };
        let rules = format!("host all postgres 127.0.0.1/32 trust\n{ann} all ann 127.0.0.1/32 scram-sha-256\n");
        std::fs::write(data.join("pg_hba.conf"), rules)?;
        for (name, content) in tls.into_iter().flat_map(|(certificate, key)| [("server.crt", certificate), ("server.key", key)]) {
            let file = data.join(name);
            std::fs::write(&file, content)?;
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600))?;
            server.give_away(&file)?;
        }
        server.resume()?;
        server.ask("create role ann login password 'correct-horse'; grant all on schema public to ann")?;
        Ok(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn give_away(&self, path: &Path) -> Result<()> {
        match rustix::process::geteuid().is_root() {
            true => chown(path, Some(NOBODY), Some(NOBODY)).with_context(|| format!("cannot give {} away", path.display())),
            false => Ok(()),
        }
    }

    /// Kills it, as a machine that fails does.
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// Starts it again, on the same port and with the same data.
    ///
    /// # Errors
    /// It does not start; the error has its output.
    #[allow(clippy::disallowed_methods, reason = "the time of a real server")]
    pub fn resume(&mut self) -> Result<()> {
        let begun = Instant::now();
        loop {
            let mut running = Running::spawn(&mut self.command()?)?;
            match running.error_text("database system is ready to accept connections", START) {
                Ok(()) => {
                    self.running = Some(running);
                    return Ok(());
                }
                // What served its connections takes a moment to notice that it was killed.
                Err(error) if begun.elapsed() < START && error.to_string().contains("shared memory block") => {}
                Err(error) => return Err(error.context("`postgres` failed")),
            }
        }
    }

    fn command(&self) -> Result<Command> {
        let data = self.data();
        let mut command = server_program_of_nobody("postgres")?;
        command.arg("-D").arg(&data).args(["-p", &self.port.to_string()]);
        let settings = [
            "listen_addresses=127.0.0.1".to_owned(),
            format!("unix_socket_directories={}", data.display()),
            "fsync=off".to_owned(),
            "lc_messages=C".to_owned(),
            format!("ssl={}", if self.has_tls { "on" } else { "off" }),
        ];
        for setting in &settings {
            command.args(["-c", setting]);
        }
        Ok(command)
    }

    /// `127.0.0.1:PORT`
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What it answers to statements: a line for each row, with `|` between columns.
    ///
    /// # Errors
    /// It refuses them.
    pub fn ask(&self, statements: &str) -> Result<String> {
        let mut command = server_program("psql")?;
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "postgres", "-p", &self.port.to_string()]);
        let asked = command.args(["-c", statements]).output()?;
        if !asked.status.success() {
            bail!("`{statements}`: {}", String::from_utf8_lossy(&asked.stderr));
        }
        Ok(String::from_utf8_lossy(&asked.stdout).trim_end().to_owned())
    }
}
