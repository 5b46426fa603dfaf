//! A real MariaDB as a child process.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use crate::child::Running;
use crate::folder::Folder;
use crate::free_port;
use crate::unpacked::server_program;

/// Until it takes connections; only a machine that is very busy takes this long.
const START: Duration = Duration::from_secs(60);

/// `mariadbd` on a free port, with its data in a folder of its own; killed when dropped. It has the database `shop`, and lets `ann` in with
/// her password, `correct-horse`.
pub struct MariaDbServer {
    _running: Running,
    folder: Folder,
    port: u16,
}

impl MariaDbServer {
    /// Starts it and waits until it takes connections.
    ///
    /// # Errors
    /// It is not there, the error says how to get it; or it does not start, the error has its output.
    pub fn start() -> Result<Self> {
        let folder = Folder::new()?;
        let port = free_port()?;
        let data = folder.path().join("data");
        let mut install = server_program("mariadb-install-db")?;
        install
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
            .arg(format!("--datadir={}", data.display()));
        let made = at_home(&mut install).output()?;
        ensure!(made.status.success(), "`mariadb-install-db` failed: {}", String::from_utf8_lossy(&made.stderr));
        let mut command = server_program("mariadbd")?;
        command.args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0"]);
        command.arg(format!("--port={port}")).arg(format!("--datadir={}", data.display()));
        command
            .arg(format!("--socket={}", folder.path().join("socket").display()))
            .arg(format!("--pid-file={}", folder.path().join("pid").display()));
        let mut running = Running::spawn(at_home(&mut command))?;
        running.error_text("ready for connections", START).context("`mariadbd` failed")?;
        let server = Self { _running: running, folder, port };
        server.ask("create database shop; create user ann identified by 'correct-horse'; grant all on shop.* to ann")?;
        Ok(server)
    }

    /// `127.0.0.1:PORT`
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What it answers to statements: a line for each row, with tabs between columns.
    ///
    /// # Errors
    /// It refuses them.
    pub fn ask(&self, statements: &str) -> Result<String> {
        let mut command = server_program("mariadb")?;
        command.args(["--no-defaults", "-u", "root", "-N", "-B", "-e", statements]);
        let asked = command.arg(format!("--socket={}", self.folder.path().join("socket").display())).output()?;
        if !asked.status.success() {
            bail!("`{statements}`: {}", String::from_utf8_lossy(&asked.stderr));
        }
        Ok(String::from_utf8_lossy(&asked.stdout).trim_end().to_owned())
    }
}

/// It does not like to be root, unless it is told to; and unpacked, it must be told where its files are.
fn at_home(command: &mut Command) -> &mut Command {
    if rustix::process::geteuid().is_root() {
        command.arg("--user=root");
    }
    let program = std::path::PathBuf::from(command.get_program());
    if let Some(user) = program.parent().and_then(std::path::Path::parent) {
        command.arg(format!("--basedir={}", user.display()));
    }
    command
}
