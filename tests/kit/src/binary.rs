//! Where the built program is.

use std::env;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

/// The program `throng` of the same target folder and profile as the running test, or what `THRONG_BINARY` names.
///
/// # Errors
/// It has not been built; the error says how.
pub fn throng_binary() -> Result<PathBuf> {
    if let Some(named) = env::var_os("THRONG_BINARY").map(PathBuf::from) {
        if !named.is_file() {
            bail!("`THRONG_BINARY` is {}, which is no file", named.display());
        }
        return Ok(named);
    }
    built_program("throng", "throng-cli")
}

/// A program of this package, of the same target folder and profile as the running test.
pub(crate) fn built_program(name: &str, package: &str) -> Result<PathBuf> {
    // A test is target/<profile>/deps/<test>, the program target/<profile>/<name>.
    let test = env::current_exe().context("the path of this test is not known")?;
    let profile = test.ancestors().skip(1).find(|folder| !folder.ends_with("deps")).context("this test is in no folder")?;
    let program = profile.join(format!("{name}{}", env::consts::EXE_SUFFIX));
    if !program.is_file() {
        let option = if profile.ends_with("release") { " --release" } else { "" };
        bail!("{} is not there; run `cargo build --package {package}{option}` first", program.display());
    }
    Ok(program)
}
