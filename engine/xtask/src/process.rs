//! Runs other programs; when one fails, the error is the line that repeats it.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::project;

/// Shows the command, runs it with its output passed through, and fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = repeatable(command);
    eprintln!("    $ {line}");
    let status = command.stdin(Stdio::null()).status().with_context(|| did_not_start(command, &line))?;
    if !status.success() {
        bail!("a command failed ({status}); to repeat it:\n    {line}");
    }
    Ok(())
}

/// What the command prints. It is not shown, unless it fails.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let line = repeatable(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| did_not_start(command, &line))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("a command failed ({}): {}; to repeat it:\n    {line}", output.status, said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// As [`read`], of a command whose exit code is a verdict: only one that cannot be started, or ends by a signal, is an error.
pub(crate) fn read_whatever_it_ends_with(command: &mut Command) -> Result<String> {
    let line = repeatable(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| did_not_start(command, &line))?;
    if output.status.code().is_none() {
        bail!("a command was ended by a signal ({}); to repeat it:\n    {line}", output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A child that does not outlive its owner.
pub(crate) struct Owned(pub(crate) Child);

impl Drop for Owned {
    fn drop(&mut self) {
        // It fails only when the child has ended by itself.
        let _ended_before = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// Whether the command can be started and ends well. Its output is dropped.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn did_not_start(command: &Command, line: &str) -> String {
    format!("`{}` could not be started (is it installed?); to repeat it:\n    {line}", command.get_program().to_string_lossy())
}

/// The command as a line for a shell in the project's root.
pub(crate) fn repeatable(command: &Command) -> String {
    let elsewhere = command.get_current_dir().filter(|folder| *folder != project::root());
    let quoted = |word| if elsewhere.is_some() { quoted(word) } else { quoted(inside_root(word)) };
    let mut words = Vec::new();
    let mut removed = Vec::new();
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => words.push(format!("{}={}", name.to_string_lossy(), quoted(value))),
            None => removed.push(format!("-u {}", name.to_string_lossy())),
        }
    }
    if !removed.is_empty() {
        words.splice(0..0, ["env".to_owned()].into_iter().chain(removed));
    }
    words.push(quoted(command.get_program()));
    words.extend(command.get_args().map(quoted));
    let line = words.join(" ");
    elsewhere.map_or_else(|| line.clone(), |folder| format!("(cd {} && {line})", quoted(inside_root(folder.as_os_str()))))
}

/// The path as seen from the root, if it is one inside.
fn inside_root(word: &OsStr) -> &OsStr {
    Path::new(word).strip_prefix(project::root()).map_or(word, Path::as_os_str)
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./+=:,@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.into_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{repeatable, run, succeeds};
    use crate::project;

    fn check(command: &mut Command, line: &str) {
        assert_eq!(repeatable(command), line);
    }

    #[test]
    fn a_command_can_be_repeated_from_its_line() {
        check(Command::new("cargo").args(["fmt", "--check"]), "cargo fmt --check");
        check(Command::new("throng").args(["--profile", "regular(100ms, 10)"]), "throng --profile 'regular(100ms, 10)'");
        check(Command::new("echo").args(["it's", ""]), r"echo 'it'\''s' ''");
        check(Command::new(project::root().join("target/release/throng")).arg("run"), "target/release/throng run");
        check(
            Command::new("cargo")
                .arg("build")
                .env_remove("CARGO_TARGET_DIR")
                .env("RUSTFLAGS", "-D warnings")
                .current_dir(project::root().join("tests")),
            "(cd tests && env -u CARGO_TARGET_DIR RUSTFLAGS='-D warnings' cargo build)",
        );
    }

    #[test]
    fn a_failure_names_the_command() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).expect_err("the command fails");
        assert_eq!(error.to_string(), "a command failed (exit status: 3); to repeat it:\n    sh -c 'exit 3'");
    }

    #[test]
    fn a_program_that_is_not_there_does_not_succeed() {
        assert!(!succeeds(&mut Command::new("no-such-program-anywhere")));
        let error = run(&mut Command::new("no-such-program-anywhere")).expect_err("there is no such program");
        assert!(error.to_string().starts_with("`no-such-program-anywhere` could not be started"), "{error}");
    }
}
