//! Servers that `cargo xtask setup-servers` has unpacked, or that are installed.

use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::guests;

/// Between two looks at a port.
const LOOK: Duration = Duration::from_millis(10);

/// A command of a server: the unpacked one, with the libraries that it came with, or else the installed one.
pub(crate) fn server_command(program: &str) -> Result<Command> {
    let unpacked = guests::project()?.join("target/servers/usr");
    let here = ["bin", "sbin"].map(|folder| unpacked.join(folder).join(program)).into_iter().find(|path| path.exists());
    let installed = ["/usr/bin", "/usr/sbin"].map(|folder| Path::new(folder).join(program)).into_iter().find(|path| path.exists());
    let mut command = match here.or(installed) {
        Some(path) => Command::new(path),
        None => Command::new(program),
    };
    if let Some(libraries) = libraries(&unpacked.join("lib")) {
        command.env("LD_LIBRARY_PATH", libraries);
    }
    Ok(command)
}

/// Waits until something listens at a port of this machine: for servers that say nothing when they do.
#[allow(clippy::disallowed_methods, reason = "the time of a real server")]
pub(crate) fn wait_for_port(port: u16, limit: Duration) -> Result<()> {
    let begun = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if begun.elapsed() > limit {
            bail!("nothing listens at port {port} after {limit:?}");
        }
        std::thread::sleep(LOOK);
    }
    Ok(())
}

/// Where the packages' own libraries are: in a folder that is named after the kind of machine.
fn libraries(lib: &Path) -> Option<PathBuf> {
    let folders = lib.read_dir().ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    folders.into_iter().find(|folder| folder.to_string_lossy().ends_with("-linux-gnu"))
}
