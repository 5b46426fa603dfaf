//! `cargo xtask setup-servers`: the servers that tests run against, out of Debian's packages.
//!
//! Where that does, nothing is installed: the packages are unpacked into `target/servers`, with the libraries that this machine lacks. A
//! server that is installed is used as it is. Those that know where they are, and would not run elsewhere, are installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::process::{read, run, succeeds};
use crate::project;
use crate::toolchain::debian;

/// Each program, and the packages that it is in.
const SERVERS: [(&str, &[&str]); 3] = [
    ("redis-server", &["redis-server", "redis-tools"]),
    // With `psql` and `mariadb`, by which the tests look at what is stored.
    ("postgres", &["postgresql"]),
    ("mariadbd", &["mariadb-server"]),
];

/// What is installed: each program, where Debian has it, and its package.
const INSTALLED: [(&str, &str); 1] = [("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server")];

/// Unpacks what is not there. Quick when there is nothing to do.
pub(crate) fn set_up() -> Result<()> {
    install()?;
    let is_unpacked = |program: &str| is_below(&folder(), program);
    let lacking: Vec<_> = SERVERS.iter().filter(|(program, _)| !is_below(Path::new("/"), program)).collect();
    if lacking.iter().all(|(program, _)| is_unpacked(program)) {
        eprintln!("    they are there");
        return Ok(());
    }
    // All of them, as the folder is replaced as a whole.
    let names: Vec<&str> = lacking.iter().flat_map(|(_, packages)| packages.iter().copied()).collect();
    ensure!(
        succeeds(Command::new("apt-get").arg("--version")),
        "this is no Debian whose packages could serve: install {} by the means of this machine",
        names.join(" and ")
    );
    run(Command::new("apt-get").args(["update", "-qq"]))?;
    debian::unpack_with_needs(&names, &folder())
}

/// Installs what is not there.
fn install() -> Result<()> {
    let missing: Vec<&str> = INSTALLED.iter().filter(|(program, _)| !Path::new(program).exists()).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    ensure!(
        succeeds(Command::new("apt-get").arg("--version")),
        "this is no Debian whose packages could be installed: install {} by the means of this machine",
        missing.join(" and ")
    );
    let is_root = read(Command::new("id").arg("-u"))? == "0";
    let apt = |arguments: &[&str]| {
        let mut command = Command::new(if is_root { "env" } else { "sudo" });
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]).args(arguments);
        run(&mut command)
    };
    apt(&["update"])?;
    apt(&[&["install", "-y", "--no-install-recommends"], missing.as_slice()].concat())
}

/// Where the packages are unpacked.
fn folder() -> PathBuf {
    project::root().join("target/servers")
}

/// Whether a program is below a root, where Debian's packages put theirs.
fn is_below(root: &Path, program: &str) -> bool {
    let versions =
        root.join("usr/lib/postgresql").read_dir().into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    let folders = ["usr/bin", "usr/sbin", "usr/local/bin"].map(|folder| root.join(folder));
    versions.chain(folders).any(|folder| folder.join(program).exists())
}
