//! The order service with faults to be found, as a child process.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::binary::built_program;
use crate::child::Running;

/// Until it listens; only a machine that is very busy takes this long.
const START: Duration = Duration::from_secs(60);

/// `order-service` on a free port; killed when dropped.
pub struct OrderService {
    _running: Running,
    url: String,
}

impl OrderService {
    /// Starts it between this broker and this database, with these faults, and waits until it listens.
    ///
    /// # Errors
    /// It is not built or does not start; the error has its output.
    pub fn start(amqp: &str, postgres: &str, faults: &[&str]) -> Result<Self> {
        let mut command = Command::new(built_program("order-service", "order-service")?);
        command.args(["--amqp", amqp, "--postgres", postgres]).args(faults);
        let mut running = Running::spawn(&mut command)?;
        let line = running.first_line(START).context("the order service failed")?;
        let url = line.strip_prefix("order service listening on ").with_context(|| format!("its first line has no address: {line}"))?;
        Ok(Self { url: url.to_owned(), _running: running })
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> &str {
        &self.url
    }
}
