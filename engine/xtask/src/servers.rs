//! `cargo xtask setup-servers`: the servers that tests run against, out of Debian's packages.
//!
//! Nothing is installed: the packages are unpacked into `target/servers`, with the libraries that this machine lacks. A server that is
//! installed is used as it is.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::process::{run, succeeds};
use crate::project;
use crate::toolchain::debian;

/// Each program, and the packages that it is in.
const SERVERS: [(&str, &[&str]); 1] = [("redis-server", &["redis-server", "redis-tools"])];

/// Unpacks what is not there. Quick when there is nothing to do.
pub(crate) fn set_up() -> Result<()> {
    let missing: Vec<&[&str]> = SERVERS.iter().filter(|(program, _)| !is_there(program)).map(|(_, packages)| *packages).collect();
    if missing.is_empty() {
        eprintln!("    they are there");
        return Ok(());
    }
    let names: Vec<&str> = missing.concat();
    ensure!(
        succeeds(Command::new("apt-get").arg("--version")),
        "this is no Debian whose packages could serve: install {} by the means of this machine",
        names.join(" and ")
    );
    run(Command::new("apt-get").args(["update", "-qq"]))?;
    debian::unpack_with_needs(&names, &folder())
}

/// Where the packages are unpacked.
fn folder() -> PathBuf {
    project::root().join("target/servers")
}

fn is_there(program: &str) -> bool {
    folder().join("usr/bin").join(program).exists() || succeeds(Command::new(program).arg("--version"))
}
