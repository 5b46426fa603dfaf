//! Runs the program to its end.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value as Json;

use crate::child::{Running, shown};
use crate::throng_binary;

/// Longer than any test should take, shorter than a test runner's patience.
const LIMIT: Duration = Duration::from_secs(120);

/// One call of the program.
///
/// ```no_run
/// # fn main() -> anyhow::Result<()> {
/// let finished = throng_kit::Throng::new().args(["validate", "scenario.json"]).run()?.ended_with(2)?;
/// assert!(finished.stderr.contains("scenario.json"));
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Throng {
    /// What starts it, with its own arguments; nothing by default.
    starter: Vec<OsString>,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    folder: Option<PathBuf>,
    limit: Duration,
}

/// A call that goes on. Killed when dropped.
pub struct Started {
    running: Running,
    command: String,
    limit: Duration,
}

/// How a call ended.
#[derive(Debug)]
pub struct Finished {
    /// The call, as one would type it.
    pub command: String,
    /// The exit code, or the signal.
    pub status: ExitStatus,
    /// All of it.
    pub stdout: String,
    /// All of it.
    pub stderr: String,
}

impl Default for Throng {
    fn default() -> Self {
        Self { starter: Vec::new(), arguments: Vec::new(), environment: Vec::new(), folder: None, limit: LIMIT }
    }
}

impl Throng {
    /// A call without arguments.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has it started by another program, which is given the program and its arguments behind its own: `nice`, `taskset -c 0` …
    #[must_use]
    pub fn under<S: AsRef<OsStr>>(mut self, starter: impl IntoIterator<Item = S>) -> Self {
        self.starter.extend(starter.into_iter().map(|word| word.as_ref().to_owned()));
        self
    }

    /// Lets it open at most this many file descriptors, at first (`soft`) and ever (`hard`).
    #[must_use]
    pub fn descriptors(self, soft: u32, hard: u32) -> Self {
        let limited = format!("ulimit -Sn {soft} && ulimit -Hn {hard} && exec \"$0\" \"$@\"");
        self.under(["sh", "-c", &limited])
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Runs in this folder, where it looks for its configuration.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Kills it when it runs longer than this; 2 minutes by default.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs it to its end, whatever that is.
    ///
    /// # Errors
    /// The program is not built, or does not end within the limit; the error has its output.
    pub fn run(self) -> Result<Finished> {
        self.start()?.finish()
    }

    /// Starts it and goes on.
    ///
    /// # Errors
    /// The program is not built.
    pub fn start(self) -> Result<Started> {
        let command = self.typed();
        let running = self.command().and_then(|mut call| Running::spawn(&mut call)).with_context(|| format!("`{command}` failed"))?;
        Ok(Started { running, command, limit: self.limit })
    }

    pub(crate) fn command(&self) -> Result<Command> {
        let program = throng_binary()?;
        let mut command = match self.starter.split_first() {
            Some((starter, words)) => {
                let mut command = Command::new(starter);
                command.args(words).arg(program);
                command
            }
            None => Command::new(program),
        };
        // Settings of whoever runs the tests are none of the tests' business.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("THRONG_")) {
            command.env_remove(name);
        }
        command.env_remove("RUST_LOG").env_remove("RUST_BACKTRACE").env("NO_COLOR", "1");
        command.args(&self.arguments).envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        Ok(command)
    }

    pub(crate) fn typed(&self) -> String {
        let arguments = self.arguments.iter().map(|argument| argument.to_string_lossy().into_owned());
        std::iter::once("throng".to_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
    }
}

impl Started {
    /// Interrupts it, as ctrl-c does.
    ///
    /// # Errors
    /// It cannot be interrupted.
    pub fn interrupt(&self) -> Result<()> {
        self.running.interrupt().with_context(|| format!("`{}`", self.command))
    }

    /// Asks it to end, as a build server does that gives up.
    ///
    /// # Errors
    /// It cannot be asked.
    pub fn terminate(&self) -> Result<()> {
        self.running.terminate().with_context(|| format!("`{}`", self.command))
    }

    /// Waits until it has written this to its standard error.
    ///
    /// # Errors
    /// It ends before, or does not write it within the limit; the error has its output.
    pub fn error_text(&mut self, text: &str) -> Result<()> {
        self.running.error_text(text, self.limit).with_context(|| format!("`{}`", self.command))
    }

    /// Waits for its end, whatever that is.
    ///
    /// # Errors
    /// It does not end within the limit; the error has its output.
    pub fn finish(self) -> Result<Finished> {
        let Self { running, command, limit } = self;
        let (status, stdout, stderr) = running.finish(limit).with_context(|| format!("`{command}` failed"))?;
        Ok(Finished { command, status, stdout, stderr })
    }
}

impl Finished {
    /// Itself, if the exit code is this one.
    ///
    /// # Errors
    /// It is another; the error has the call and its output.
    pub fn ended_with(self, code: i32) -> Result<Self> {
        self.ended_with_any(&[code])
    }

    /// Itself, if the exit code is one of these.
    ///
    /// # Errors
    /// It is another; the error has the call and its output.
    pub fn ended_with_any(self, codes: &[i32]) -> Result<Self> {
        if self.status.code().is_some_and(|code| codes.contains(&code)) {
            return Ok(self);
        }
        bail!("`{}`: exit code {codes:?} expected, got {}\n{}", self.command, self.status, shown(&self.stdout, &self.stderr))
    }

    /// The standard output, which must be one JSON value and nothing else.
    ///
    /// # Errors
    /// It is not; the error has the call and its output.
    pub fn json(&self) -> Result<Json> {
        serde_json::from_str(&self.stdout)
            .with_context(|| format!("`{}`: one JSON value expected\n{}", self.command, shown(&self.stdout, &self.stderr)))
    }
}
