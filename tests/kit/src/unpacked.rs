//! Programs of servers: out of the packages that `cargo xtask setup-servers` has unpacked, or of this machine.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::guests;

/// Between two looks at a port.
const LOOK: Duration = Duration::from_millis(10);

/// Where programs are, below the folder of the packages or the root of this machine.
const FOLDERS: [&str; 3] = ["usr/bin", "usr/sbin", "usr/local/bin"];
/// Where those of PostgreSQL are, each version in a folder of its own.
const POSTGRES: &str = "usr/lib/postgresql";

/// The command that starts a program of a server.
///
/// # Errors
/// It is nowhere; the error says how to get it.
pub(crate) fn server_program(name: &str) -> Result<Command> {
    command_for(name, &[])
}

/// The same for a program that does not want to be root, which a build server often is: it runs as nobody then.
///
/// # Errors
/// It is nowhere; the error says how to get it.
pub(crate) fn server_program_of_nobody(name: &str) -> Result<Command> {
    match rustix::process::geteuid().is_root() {
        true => command_for(name, &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]),
        false => command_for(name, &[]),
    }
}

fn command_for(name: &str, before: &[&str]) -> Result<Command> {
    let unpacked = guests::project()?.join("target/servers");
    let found = [unpacked.as_path(), Path::new("/")].into_iter().find_map(|root| Some((root, program(root, name)?)));
    let (root, program) = found.with_context(|| format!("there is no `{name}`; run `cargo xtask setup-servers` first, or install it"))?;
    let words: Vec<&OsStr> = before.iter().map(OsStr::new).chain([program.as_os_str()]).collect();
    let (first, rest) = words.split_first().context("a command has a program")?;
    let mut command = Command::new(first);
    command.args(rest);
    if root == unpacked
        && let Some(libraries) = libraries(&unpacked.join("usr/lib"))
    {
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

fn program(root: &Path, name: &str) -> Option<PathBuf> {
    let versions = root.join(POSTGRES).read_dir().into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    let folders = versions.chain(FOLDERS.map(|folder| root.join(folder)));
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// Where the packages' own libraries are: in a folder that is named after the kind of machine.
fn libraries(lib: &Path) -> Option<PathBuf> {
    let folders = lib.read_dir().ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    folders.into_iter().find(|folder| folder.to_string_lossy().ends_with("-linux-gnu"))
}
