//! A real InfluxDB 1 as a child process.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value as Json;

use crate::child::Running;
use crate::engine::exchange;
use crate::folder::Folder;
use crate::free_port;
use crate::unpacked::server_program;

/// Until it takes connections; only a machine that is very busy takes this long.
const START: Duration = Duration::from_secs(60);

/// `ann:correct-horse`, in base64.
const ANN: (&str, &str) = ("authorization", "Basic YW5uOmNvcnJlY3QtaG9yc2U=");

/// `influxd` on a free port, with its data in a folder of its own; killed when dropped. It lets `ann` in with hers, `correct-horse`, and
/// nobody else.
pub struct InfluxServer {
    running: Option<Running>,
    folder: Folder,
    port: u16,
}

impl InfluxServer {
    /// Starts it and waits until it takes connections.
    ///
    /// # Errors
    /// It is not there, the error says how to get it; or it does not start, the error has its output.
    pub fn start() -> Result<Self> {
        let (folder, port, inner) = (Folder::new()?, free_port()?, free_port()?);
        let place = folder.path().display();
        let configuration = format!(
            "reporting-disabled = true\nbind-address = \"127.0.0.1:{inner}\"\n[meta]\ndir = \"{place}/meta\"\n\
             [data]\ndir = \"{place}/data\"\nwal-dir = \"{place}/wal\"\nquery-log-enabled = false\n[monitor]\nstore-enabled = false\n\
             [continuous_queries]\nenabled = false\n[http]\nbind-address = \"127.0.0.1:{port}\"\nauth-enabled = true\nlog-enabled = false\n"
        );
        folder.file("influxdb.conf", configuration)?;
        let mut server = Self { running: None, folder, port };
        server.resume()?;
        // Who comes first is let in, to make a user.
        server.ask("create user ann with password 'correct-horse' with all privileges")?;
        Ok(server)
    }

    /// Kills it, as a machine that fails does.
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// Starts it again, on the same port and with the same data.
    ///
    /// # Errors
    /// It does not start; the error has its output.
    pub fn resume(&mut self) -> Result<()> {
        let mut command: Command = server_program("influxd")?;
        command.arg("-config").arg(self.folder.path().join("influxdb.conf"));
        let mut running = Running::spawn(&mut command)?;
        running.error_text("Listening on HTTP", START).context("`influxd` failed")?;
        self.running = Some(running);
        Ok(())
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Writes points into the database `load`.
    ///
    /// # Errors
    /// It refuses them.
    pub fn write(&self, lines: &str) -> Result<()> {
        exchange(&self.url(), "POST", "/write?db=load", &[ANN], lines.as_bytes())?.with_status(204).map(drop)
    }

    /// What it answers to a statement, asked of the database `load`: the series of its result, empty if it has none.
    ///
    /// # Errors
    /// It refuses it.
    pub fn ask(&self, statement: &str) -> Result<Vec<Json>> {
        let body: String = statement.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let headers = [ANN, ("content-type", "application/x-www-form-urlencoded")];
        let answer = exchange(&self.url(), "POST", "/query?db=load", &headers, format!("q={body}").as_bytes())?.with_status(200)?.json()?;
        let result = answer.pointer("/results/0").with_context(|| format!("`{statement}`: {answer}"))?;
        if let Some(error) = result.get("error") {
            bail!("`{statement}`: {error}");
        }
        Ok(result.get("series").and_then(Json::as_array).cloned().unwrap_or_default())
    }

    /// The one value that a statement asks for; none if there are no points.
    ///
    /// # Errors
    /// It refuses it, or answers with several.
    pub fn value(&self, statement: &str) -> Result<Option<f64>> {
        let series = self.ask(statement)?;
        ensure!(series.len() <= 1, "`{statement}`: several series: {series:?}");
        // Its first column is the time.
        Ok(series.first().and_then(|series| series.pointer("/values/0/1")?.as_f64()))
    }
}
