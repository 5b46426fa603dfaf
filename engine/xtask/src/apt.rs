//! Debian's packages, installed.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::process::{read, run, succeeds};

/// Whether this machine has packages that can be installed.
pub(crate) fn is_there() -> bool {
    succeeds(Command::new("apt-get").arg("--version"))
}

/// Installs packages; whoever is not root is asked for a password, where one is needed.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    ensure!(
        is_there(),
        "this is no Debian whose packages could be installed: install {} by the means of this machine",
        packages.join(" and ")
    );
    let is_root = read(Command::new("id").arg("-u"))? == "0";
    let apt = |arguments: &[&str]| {
        let mut command = Command::new(if is_root { "env" } else { "sudo" });
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]).args(arguments);
        run(&mut command)
    };
    apt(&["update"])?;
    apt(&[&["install", "-y", "--no-install-recommends"], packages].concat())
}
