//! Runs the programs of a toolchain: silent when they succeed, with all that they wrote when they fail.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::ProjectError;

/// Runs a program in a folder to its end, and returns what it has written to its standard output.
pub(crate) fn run(command: &mut Command, folder: &Path) -> Result<String, ProjectError> {
    let line = typed(command);
    let result = command.current_dir(folder).stdin(Stdio::null()).output();
    let output = result.map_err(|error| ProjectError::Start { command: line.clone(), folder: folder.to_path_buf(), error })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).trim_end().to_owned());
    let output_text = text.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n");
    Err(ProjectError::Command { command: line, folder: folder.to_path_buf(), status: output.status, output: output_text })
}

/// What a program writes to its standard output; none if it cannot be started or fails.
pub(crate) fn ask(command: &mut Command, folder: &Path) -> Option<String> {
    let output = command.current_dir(folder).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The command as one would type it.
fn typed(command: &Command) -> String {
    let variables = command.get_envs().filter_map(|(name, value)| Some(format!("{}={}", name.display(), value?.display())));
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    variables.chain(words.map(|word| word.to_string_lossy().into_owned())).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_the_command_and_its_output() {
        let folder = std::env::temp_dir();
        let mut command = Command::new("sh");
        command.args(["-c", "echo said; echo $WHAT >&2; exit 3"]).env("WHAT", "wrong");
        let error = run(&mut command, &folder).unwrap_err().to_string();
        assert!(error.starts_with("`WHAT=wrong sh -c echo said; echo $WHAT >&2; exit 3` failed in `"), "{error}");
        assert!(error.ends_with("(exit status: 3):\nsaid\nwrong"), "{error}");
    }

    #[test]
    fn a_program_that_is_not_there_says_so() {
        let folder = std::env::temp_dir();
        let error = run(&mut Command::new("no-such-program-anywhere"), &folder).unwrap_err().to_string();
        assert!(error.starts_with("`no-such-program-anywhere` could not be started in `"), "{error}");
        assert_eq!(ask(&mut Command::new("no-such-program-anywhere"), &folder), None);
    }
}
