//! The guest toolchain out of Debian's packages: `rustc-web` and the library source of the same version, in a private folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use super::{active_sysroot, host, link, move_to, replace, standard_library};
use crate::process::{read, run, succeeds};

/// Unpacks the compiler if it isn't there, links it under `name`, and builds the standard library for each target that lacks it.
pub(super) fn set_up(name: &str, home: &Path, targets: &[&str]) -> Result<()> {
    let toolchain = home.join("toolchain");
    fs::create_dir_all(home).with_context(|| format!("cannot make the folder `{}`", home.display()))?;
    let work = WorkFolder::inside(home)?;
    if !toolchain.join("bin/rustc").exists() {
        unpack_compiler(&work.0, home, &toolchain)?;
    }
    link(name, &toolchain)?;
    for target in targets {
        standard_library::build(name, &toolchain, target, &home.join("wasi-libc"), &work.0)?;
    }
    Ok(())
}

/// Downloads Debian's packages and lays their files out as a toolchain. The toolchain appears at once, when it is whole.
fn unpack_compiler(work: &Path, home: &Path, toolchain: &Path) -> Result<()> {
    let host = host()?;
    ensure!(
        host.ends_with("-unknown-linux-gnu") && succeeds(Command::new("apt-get").arg("--version")),
        "rustup may not download here (`RUSTUP_AUTO_INSTALL=0`), and this is no Debian whose `rustc-web` could serve instead; \
         allow it with `cargo xtask setup-guests --from rustup`"
    );
    run(Command::new("apt-get").args(["update", "-qq"]))?;
    let packages = packages()?;
    let names: Vec<&str> = packages.iter().map(String::as_str).collect();
    eprintln!("    unpacking into `{}`: {}", home.display(), names.join(", "));
    read(Command::new("apt-get").args(["download", "-qq"]).args(&packages).current_dir(work))?;
    let unpacked = work.join("unpacked");
    fs::create_dir_all(&unpacked)?;
    for package in entries(work)?.into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "deb")) {
        unpack(&package, &unpacked)?;
    }

    let made = work.join("toolchain");
    let user = unpacked.join("usr");
    for folder in ["bin", "lib"] {
        fs::create_dir_all(made.join(folder))?;
    }
    for program in ["rustc", "rustdoc"] {
        move_to(&user.join("bin").join(program), &made.join("bin").join(program))?;
    }
    // Debian's own name of the machine is the triple without its vendor.
    for library in entries(&user.join("lib").join(host.replace("-unknown", "")))? {
        let name = library.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".so") || name.contains(".so.") {
            move_to(&library, &made.join("lib").join(name))?;
        }
    }
    let libraries = made.join("lib/rustlib");
    move_to(&user.join("lib/rustlib"), &libraries)?;
    // Debian links the source to a place outside of the package.
    if libraries.join("src").symlink_metadata().is_ok() {
        read(Command::new("rm").arg("-rf").arg(libraries.join("src")))?;
    }
    fs::create_dir_all(libraries.join("src/rust"))?;
    let source = entries(&user.join("src"))?.into_iter().map(|folder| folder.join("library")).find(|folder| folder.is_dir());
    move_to(&source.context("Debian's `rust-web-src` has no library source")?, &libraries.join("src/rust/library"))?;

    // Cargo, rust-lld and wasm-component-ld are lent by the active toolchain: Debian has the last one nowhere.
    let lender = active_sysroot()?;
    fs::create_dir_all(libraries.join(&host))?;
    symlink(&lender.join("lib/rustlib").join(&host).join("bin"), &libraries.join(&host).join("bin"))?;
    symlink(&lender.join("bin/cargo"), &made.join("bin/cargo"))?;

    replace(&user.join("lib/wasm32-wasi"), &home.join("wasi-libc"))?;
    replace(&made, toolchain)
}

/// Unpacks packages, and those that they need and this machine lacks, into a folder, which appears at once, when it is whole.
pub(crate) fn unpack_with_needs(packages: &[&str], folder: &Path) -> Result<()> {
    let mut wanted = BTreeSet::new();
    let mut open: Vec<String> = packages.iter().map(|package| (*package).to_owned()).collect();
    while let Some(package) = open.pop() {
        if wanted.insert(package.clone()) {
            open.extend(needs_of(&package)?.into_iter().filter(|need| !is_installed(need)));
        }
    }
    let home = folder.parent().context("a folder without a place")?;
    fs::create_dir_all(home).with_context(|| format!("cannot make the folder `{}`", home.display()))?;
    let work = WorkFolder::inside(home)?;
    read(Command::new("apt-get").args(["download", "-qq"]).args(&wanted).current_dir(&work.0))?;
    let unpacked = work.0.join("unpacked");
    fs::create_dir_all(&unpacked)?;
    for package in entries(&work.0)?.into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "deb")) {
        unpack(&package, &unpacked)?;
    }
    replace(&unpacked, folder)
}

/// The compiler, its library and source, the C library of WASI, and those libraries of the compiler that this machine lacks.
fn packages() -> Result<BTreeSet<String>> {
    let mut packages: BTreeSet<String> =
        ["rustc-web", "libstd-rust-web-dev", "rust-web-src", "wasi-libc"].into_iter().map(str::to_owned).collect();
    let library = needs_of("libstd-rust-web-dev")?.into_iter().find(|need| need.starts_with("libstd-rust-web-"));
    let library = library.context("Debian's `libstd-rust-web-dev` names no library; is `rustc-web` offered for this release of Debian?")?;
    let mut open = vec![library];
    while let Some(package) = open.pop() {
        if packages.insert(package.clone()) {
            open.extend(needs_of(&package)?.into_iter().filter(|need| !is_installed(need)));
        }
    }
    Ok(packages)
}

fn needs_of(package: &str) -> Result<Vec<String>> {
    read(Command::new("apt-cache").args(["depends", "--important", package])).map(|text| parse_needs(&text))
}

/// The real packages after `Depends:`; names in angle brackets stand for others that are listed as well.
fn parse_needs(text: &str) -> Vec<String> {
    let names = text.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
    names.filter(|name| !name.starts_with('<')).map(|name| name.trim().to_owned()).collect()
}

fn is_installed(package: &str) -> bool {
    succeeds(Command::new("dpkg").args(["--status", package]))
}

/// Unpacks a package. Of the compiler's source, a gigabyte, only the library.
fn unpack(package: &Path, into: &Path) -> Result<()> {
    let is_source = package.file_name().is_some_and(|name| name.to_string_lossy().starts_with("rust-web-src_"));
    if !is_source {
        return read(Command::new("dpkg-deb").arg("--extract").arg(package).arg(into)).map(drop);
    }
    let mut archive = Command::new("dpkg-deb").arg("--fsys-tarfile").arg(package).stdout(Stdio::piped()).spawn()?;
    let output = archive.stdout.take().context("`dpkg-deb` has no output")?;
    let wanted = "./usr/src/rustc-*/library/*";
    let status = Command::new("tar").arg("-x").arg("-C").arg(into).args(["--wildcards", wanted]).stdin(output).status()?;
    if !(archive.wait()?.success() && status.success()) {
        bail!("`{}` could not be unpacked; is the disk full?", package.display());
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let list = folder.read_dir().with_context(|| format!("cannot list `{}`", folder.display()))?;
    list.map(|entry| Ok(entry?.path())).collect()
}

fn symlink(original: &Path, link: &Path) -> Result<()> {
    read(Command::new("ln").arg("-s").arg(original).arg(link)).map(drop)
}

/// A folder for what is in the making, beside the place it will go to, so that moving it there is one step. Removed when dropped.
struct WorkFolder(PathBuf);

impl WorkFolder {
    fn inside(home: &Path) -> Result<Self> {
        let folder = home.join(format!("work-{}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("    `{}` is left behind, remove it by hand: {error}", self.0.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse_needs;

    #[test]
    fn needs_are_read_from_apt() {
        let text =
            "libstd-rust-web-1.96\n  Depends: libc6\n |Depends: libgcc-s1\n  Depends: <libgcc1>\n    libgcc-s1\n  Depends: libllvm21\n";
        assert_eq!(parse_needs(text), ["libc6", "libllvm21"]);
    }
}
