//! A real RabbitMQ as a child process.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::child::Running;
use crate::folder::Folder;
use crate::free_port;

/// Where Debian has it; the program of this name elsewhere is a wrapper that changes the user.
const PROGRAM: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/// Until it takes connections: some ten seconds, and more on a machine that is busy.
const START: Duration = Duration::from_secs(120);

/// RabbitMQ on free ports, with its data in a folder of its own; killed when dropped. It knows the user `guest` with the password `guest`.
pub struct RabbitServer {
    _running: Running,
    /// What Erlang's programs find each other by; left behind otherwise.
    _names: Running,
    _folder: Folder,
    ports: Ports,
}

struct Ports {
    plain: u16,
    tls: u16,
    nodes: u16,
    names: u16,
}

impl RabbitServer {
    /// Starts it and waits until it takes connections. `certificate` and `key` are PEM texts: what it shows on its port with TLS.
    ///
    /// # Errors
    /// It is not there, the error says how to get it; or it does not start, the error has its output.
    pub fn start(certificate: &str, key: &str) -> Result<Self> {
        let folder = Folder::new()?;
        let ports = Ports { plain: free_port()?, tls: free_port()?, nodes: free_port()?, names: free_port()? };
        let (certificate, key) = (folder.file("server.pem", certificate)?, folder.file("server.key", key)?);
        folder.file("enabled_plugins", "[].")?;
        folder.file("rabbitmq.conf", configuration(&ports, &certificate, &key))?;
        let names = ["-port", &ports.names.to_string(), "-address", "127.0.0.1"];
        let names = Running::spawn(Command::new("epmd").args(names)).context(MISSING)?;
        let mut running = Running::spawn(&mut command(folder.path(), &ports)).context(MISSING)?;
        running.output_text("Server startup complete", START).context("`rabbitmq-server` failed")?;
        Ok(Self { _running: running, _names: names, _folder: folder, ports })
    }

    /// `amqp://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("amqp://127.0.0.1:{}", self.ports.plain)
    }

    /// The port without TLS.
    pub fn port(&self) -> u16 {
        self.ports.plain
    }

    /// `amqps://localhost:PORT`
    pub fn tls_url(&self) -> String {
        format!("amqps://localhost:{}", self.ports.tls)
    }
}

fn command(folder: &Path, ports: &Ports) -> Command {
    let mut command = Command::new(PROGRAM);
    // Then the process is the server's own, and not that of a script which waits for it.
    command.env("RUNNING_UNDER_SYSTEMD", "true").env_remove("NOTIFY_SOCKET");
    command.env("HOME", folder).env("RABBITMQ_NODENAME", format!("throng{}@localhost", ports.plain));
    command.env("RABBITMQ_CONFIG_FILE", folder.join("rabbitmq.conf"));
    command.env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("enabled_plugins"));
    command.env("RABBITMQ_MNESIA_BASE", folder.join("mnesia")).env("RABBITMQ_LOG_BASE", folder.join("log"));
    command.env("RABBITMQ_DIST_PORT", ports.nodes.to_string());
    command.env("ERL_EPMD_PORT", ports.names.to_string()).env("ERL_EPMD_ADDRESS", "127.0.0.1");
    // One thread is enough, and none is to spin while it waits.
    command.env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 1:1 +sbwt none");
    command
}

const MISSING: &str = "there is no `rabbitmq-server`; run `cargo xtask setup-servers` first, or install it";

fn configuration(ports: &Ports, certificate: &Path, key: &Path) -> String {
    let (certificate, key) = (certificate.display(), key.display());
    format!(
        "listeners.tcp.1 = 127.0.0.1:{}\nlisteners.ssl.1 = 127.0.0.1:{}\nssl_options.certfile = {certificate}\n\
         ssl_options.keyfile = {key}\nssl_options.verify = verify_none\nlog.console = true\nlog.console.level = info\n",
        ports.plain, ports.tls
    )
}
