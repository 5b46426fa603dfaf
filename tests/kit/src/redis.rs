//! A real Redis as a child process.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::child::Running;
use crate::folder::Folder;
use crate::free_port;
use crate::unpacked::server_program;

/// Until it takes connections; only a machine that is very busy takes this long.
const START: Duration = Duration::from_secs(60);
/// Between two looks at what it has.
const LOOK: Duration = Duration::from_millis(10);

/// What a process of `redis-server` is.
#[derive(Clone, Copy)]
enum Role {
    Server,
    Sentinel,
}

/// `redis-server` on a free port, with its data in a folder of its own; killed when dropped.
pub struct RedisServer {
    /// None while it is killed.
    running: Option<Running>,
    folder: Folder,
    role: Role,
    port: u16,
    tls_port: u16,
    password: Option<&'static str>,
}

impl RedisServer {
    /// Starts one that lets everybody in and keeps nothing, and waits until it takes connections.
    ///
    /// # Errors
    /// It is not there, the error says how to get it; or it does not start, the error has its output.
    pub fn start() -> Result<Self> {
        Self::start_with("save \"\"\nappendonly no\n", None, Folder::new()?)
    }

    /// Starts one that has each write on the disk before it answers, and so has it still when it comes back. It wants the password
    /// `secret`; the user `reader`, with the password `secret`, may read and not write. On its port with TLS it shows a certificate, and
    /// wants to be shown the same one. `certificate` and `key` are PEM texts.
    ///
    /// # Errors
    /// As [`RedisServer::start`].
    pub fn start_guarded(certificate: &str, key: &str) -> Result<Self> {
        let folder = Folder::new()?;
        let (certificate, key) = (folder.file("server.pem", certificate)?, folder.file("server.key", key)?);
        let files = format!(
            "tls-cert-file {0}\ntls-key-file {1}\ntls-ca-cert-file {0}\ntls-auth-clients yes\n",
            certificate.display(),
            key.display()
        );
        let rest = "save \"\"\nappendonly yes\nappendfsync always\nrequirepass secret\nuser reader on >secret ~* +@read +@connection\n";
        Self::start_with(&format!("{files}{rest}"), Some("secret"), folder)
    }

    /// Starts one that copies another.
    ///
    /// # Errors
    /// As [`RedisServer::start`].
    pub fn start_replica_of(master: &Self) -> Result<Self> {
        let replica = format!("save \"\"\nappendonly no\nreplicaof 127.0.0.1 {}\n", master.port);
        Self::start_with(&replica, None, Folder::new()?)
    }

    /// Starts a sentinel that calls a server `shop`, and makes its replica the master when it is silent for a fifth of a second.
    ///
    /// # Errors
    /// As [`RedisServer::start`].
    pub fn start_sentinel_of(master: &Self) -> Result<Self> {
        let watch = format!("sentinel monitor shop 127.0.0.1 {} 1\n", master.port);
        let times = "sentinel down-after-milliseconds shop 200\nsentinel failover-timeout shop 5000\n";
        Self::begin(Role::Sentinel, &format!("{watch}{times}"), None, Folder::new()?)
    }

    fn start_with(configuration: &str, password: Option<&'static str>, folder: Folder) -> Result<Self> {
        Self::begin(Role::Server, configuration, password, folder)
    }

    fn begin(role: Role, configuration: &str, password: Option<&'static str>, folder: Folder) -> Result<Self> {
        let (port, tls_port) = (free_port()?, free_port()?);
        let tls = if configuration.contains("tls-cert-file") { format!("tls-port {tls_port}\n") } else { String::new() };
        let general = format!("bind 127.0.0.1\nport {port}\ndir {}\n{tls}", folder.path().display());
        folder.file("redis.conf", format!("{general}{configuration}"))?;
        let mut server = Self { running: None, folder, role, port, tls_port, password };
        server.start_again()?;
        Ok(server)
    }

    /// Ends it at once, as a crash does.
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// Starts it after it was killed, on the same ports, with what it had on the disk.
    ///
    /// # Errors
    /// It does not start; the error has its output.
    pub fn start_again(&mut self) -> Result<()> {
        let mut command: Command = server_program("redis-server")?;
        command.arg(self.folder.path().join("redis.conf"));
        let ready = match self.role {
            Role::Server => "Ready to accept connections",
            Role::Sentinel => {
                command.arg("--sentinel");
                "+monitor master shop"
            }
        };
        let mut running = Running::spawn(&mut command)?;
        running.output_text(ready, START).context("`redis-server` failed")?;
        self.running = Some(running);
        Ok(())
    }

    /// What it answers to a command, a line for each part: `ask(&["XLEN", "orders"])`.
    ///
    /// # Errors
    /// It cannot be asked.
    pub fn ask(&self, command: &[&str]) -> Result<String> {
        let mut client = server_program("redis-cli")?;
        client.args(["-p", &self.port.to_string()]);
        if let Some(password) = self.password {
            client.env("REDISCLI_AUTH", password);
        }
        let asked = client.args(command).output().context("`redis-cli` cannot be started")?;
        ensure!(asked.status.success(), "`{command:?}`: {}", String::from_utf8_lossy(&asked.stderr));
        Ok(String::from_utf8(asked.stdout)?.trim_end().to_owned())
    }

    /// Waits until its answer to a command is a number of at least this.
    ///
    /// # Errors
    /// It is not.
    pub fn wait_for(&self, command: &[&str], at_least: u64) -> Result<()> {
        self.wait_until(command, |answer| answer.parse::<u64>().is_ok_and(|number| number >= at_least))
    }

    /// Waits until its answer to a command is as it should be.
    ///
    /// # Errors
    /// It is not; the error has the last answer.
    #[allow(clippy::disallowed_methods, reason = "the time of a real server")]
    pub fn wait_until(&self, command: &[&str], is_right: impl Fn(&str) -> bool) -> Result<()> {
        let begun = Instant::now();
        loop {
            let answer = self.ask(command)?;
            if is_right(&answer) {
                return Ok(());
            }
            if begun.elapsed() > START {
                bail!("after {START:?}, the answer to `{command:?}` is `{answer}`");
            }
            std::thread::sleep(LOOK);
        }
    }

    /// `127.0.0.1:PORT`
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// `redis://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// `rediss://localhost:PORT`
    pub fn tls_url(&self) -> String {
        format!("rediss://localhost:{}", self.tls_port)
    }
}
