//! A real nginx as a child process: HTTP/1.1, HTTP/2 with and without TLS, clients' certificates.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::child::Running;
use crate::folder::Folder;
use crate::free_port;
use crate::unpacked::server_program;

/// Until it takes connections; only a machine that is very busy takes this long.
const START: Duration = Duration::from_secs(60);

/// `nginx` on free ports, with its files in a folder of its own; killed when dropped.
pub struct NginxServer {
    _running: Running,
    folder: Folder,
    /// The port where HTTP/1.1 is spoken.
    pub port: u16,
    /// The port where HTTP/2 is spoken without TLS.
    pub http_2_port: u16,
    /// The port where both are spoken over TLS.
    pub tls_port: u16,
    /// The same, with anybody.
    pub open_tls_port: u16,
}

/// What an nginx shows over TLS, and whom it lets in there: PEM.
#[derive(Clone, Copy, Debug)]
pub struct NginxTls<'a> {
    /// Its own certificate.
    pub certificate: &'a str,
    /// The key of that.
    pub key: &'a str,
    /// The certificate that clients must show, or one that has signed it.
    pub clients: &'a str,
}

impl NginxServer {
    /// Starts it with `locations`, as its configuration has them; `files` are served for paths that no location has.
    ///
    /// # Errors
    /// It is not there, the error says how to get it; or it does not start, the error has its output.
    pub fn start(locations: &str, files: &[(&str, &str)], tls: NginxTls<'_>) -> Result<Self> {
        let folder = Folder::new()?;
        std::fs::create_dir(folder.path().join("www"))?;
        for (name, content) in files {
            folder.file(&format!("www/{name}"), content)?;
        }
        folder.file("server.pem", tls.certificate)?;
        folder.file("server.key", tls.key)?;
        folder.file("clients.pem", tls.clients)?;
        let [port, http_2_port, tls_port, open_tls_port] = [free_port()?, free_port()?, free_port()?, free_port()?];
        folder.file("locations", locations)?;
        folder.file("nginx.conf", configuration([port, http_2_port, tls_port, open_tls_port]))?;
        let mut command = server_program("nginx")?;
        command.arg("-p").arg(folder.path()).args(["-c", "nginx.conf", "-e", "stderr"]);
        let mut running =
            Running::spawn(&mut command).context("there is no `nginx`; run `cargo xtask setup-servers` first, or install it")?;
        // It says so behind having opened its ports.
        running.error_text("nginx/1.", START).context("`nginx` failed")?;
        Ok(Self { _running: running, folder, port, http_2_port, tls_port, open_tls_port })
    }

    /// What it serves, or was sent to keep, at a path.
    ///
    /// # Errors
    /// There is no such file.
    pub fn file(&self, path: &str) -> Result<Vec<u8>> {
        std::fs::read(self.folder.path().join("www").join(path)).with_context(|| format!("nginx has no `{path}`"))
    }
}

fn configuration([port, http_2_port, tls_port, open_tls_port]: [u16; 4]) -> String {
    let temporary: String =
        ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|kind| format!("    {kind}_temp_path {kind};\n")).concat();
    format!(
        "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr notice;\nevents {{ worker_connections 512; }}\nhttp {{\n\
         \x20   access_log off;\n{temporary}    gzip on;\n    gzip_min_length 1;\n    gzip_types *;\n    default_type text/plain;\n    root www;\n\
         \x20   server {{ listen 127.0.0.1:{port}; include locations; }}\n\
         \x20   server {{ listen 127.0.0.1:{http_2_port} http2; include locations; }}\n\
         \x20   server {{\n        listen 127.0.0.1:{tls_port} ssl http2;\n        ssl_certificate server.pem;\n        ssl_certificate_key server.key;\n\
         \x20       ssl_verify_client on;\n        ssl_client_certificate clients.pem;\n        include locations;\n    }}\n\
         \x20   server {{\n        listen 127.0.0.1:{open_tls_port} ssl http2;\n        ssl_certificate server.pem;\n        ssl_certificate_key server.key;\n\
         \x20       include locations;\n    }}\n}}\n"
    )
}
