//! A real Redis as a child process.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::child::Running;
use crate::folder::Folder;
use crate::free_port;
use crate::unpacked::server_program;

/// Until it takes connections; only a machine that is very busy takes this long.
const START: Duration = Duration::from_secs(60);

/// `redis-server` on a free port, with its data in a folder of its own; killed when dropped.
pub struct RedisServer {
    _running: Running,
    _folder: Folder,
    port: u16,
}

impl RedisServer {
    /// Starts it and waits until it takes connections.
    ///
    /// # Errors
    /// It is not there, the error says how to get it; or it does not start, the error has its output.
    pub fn start() -> Result<Self> {
        let folder = Folder::new()?;
        let port = free_port()?;
        let mut running = Running::spawn(&mut command(&folder, port)?)?;
        running.output_text("Ready to accept connections", START).context("`redis-server` failed")?;
        Ok(Self { _running: running, _folder: folder, port })
    }

    /// `127.0.0.1:PORT`
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

fn command(folder: &Folder, port: u16) -> Result<Command> {
    let mut command = server_program("redis-server")?;
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"]).arg(folder.path());
    Ok(command)
}
