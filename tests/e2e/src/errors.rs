//! What an error must look like, whatever it is about.

use anyhow::{Result, ensure};
use throng_kit::Finished;

/// Checks that a call was refused: exit code 2, nothing on standard output, and on standard error one error that names all of `parts`,
/// without anything of the program's inside.
///
/// # Errors
/// Something of it is not so.
pub fn check_refused(finished: Finished, parts: &[&str]) -> Result<()> {
    let Finished { command, stdout, stderr, .. } = finished.ended_with(2)?;
    ensure!(stdout.is_empty(), "`{command}` wrote to standard output:\n{stdout}");
    let errors = stderr.lines().filter(|line| line.starts_with("error")).count();
    ensure!(errors == 1, "`{command}`: one error expected, found {errors}:\n{stderr}");
    for part in parts {
        ensure!(stderr.contains(part), "`{command}`: the error says nothing of `{part}`:\n{stderr}");
    }
    for inside in ["panicked", "backtrace", ".rs:", "wasmtime::"] {
        ensure!(!stderr.contains(inside), "`{command}`: `{inside}` is not for users:\n{stderr}");
    }
    Ok(())
}
