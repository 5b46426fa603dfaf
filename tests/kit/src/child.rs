//! A child process: its output is always read, it can be waited for with a limit, and it does not outlive its owner.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::Signal;

use crate::output::{Output, Silence};
use crate::{Finished, Throng};

/// How long what was written before the end may take to arrive.
const FLUSH: Duration = Duration::from_secs(5);

/// Killed when dropped.
pub(crate) struct Running {
    child: Child,
    stdout: Output,
    stderr: Output,
}

impl Running {
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let stdout = Output::read(child.stdout.take().context("no standard output")?);
        let stderr = Output::read(child.stderr.take().context("no standard error")?);
        Ok(Self { child, stdout, stderr })
    }

    /// The first line of the standard output.
    pub(crate) fn first_line(&mut self, limit: Duration) -> Result<String> {
        let line = |written: &str| written.split_once('\n').map(|(line, _)| line.trim_end().to_owned());
        self.stdout.wait_for(limit, line).or_else(|silence| self.give_up(silence, "a line", limit))
    }

    /// Starts a server and waits until its first line says, behind this text, at which URL it listens, and how that begins.
    pub(crate) fn listening(call: &Throng, says: &str, scheme: &str, limit: Duration) -> Result<(Self, String)> {
        let start = || {
            let mut running = Self::spawn(&mut call.command()?)?;
            let line = running.first_line(limit)?;
            let url = line.strip_prefix(says).filter(|url| url.starts_with(scheme));
            let url = url.with_context(|| format!("its first line has no address: {line}"))?.to_owned();
            Ok::<_, anyhow::Error>((running, url))
        };
        start().with_context(|| format!("`{}` failed", call.typed()))
    }

    /// Interrupts the child of this command, as ctrl-c does, and waits for its end.
    pub(crate) fn end(self, command: String, limit: Duration) -> Result<Finished> {
        self.interrupt()?;
        let (status, stdout, stderr) = self.finish(limit).with_context(|| format!("`{command}` was interrupted"))?;
        Ok(Finished { command, status, stdout, stderr })
    }

    /// Waits until the standard output has this text.
    pub(crate) fn output_text(&mut self, text: &str, limit: Duration) -> Result<()> {
        let found = self.stdout.wait_for(limit, |written| written.contains(text).then_some(()));
        found.or_else(|silence| self.give_up(silence, &format!("`{text}`"), limit))
    }

    /// Waits until the standard error has this text.
    pub(crate) fn error_text(&mut self, text: &str, limit: Duration) -> Result<()> {
        let found = self.stderr.wait_for(limit, |written| written.contains(text).then_some(()));
        found.or_else(|silence| self.give_up(silence, &format!("`{text}`"), limit))
    }

    /// Waits for the end.
    pub(crate) fn finish(mut self, limit: Duration) -> Result<(ExitStatus, String, String)> {
        // A process closes its outputs when it ends.
        let ended = self.stdout.wait_for_end(limit).and_then(|stdout| Some((stdout, self.stderr.wait_for_end(FLUSH)?)));
        let Some((stdout, stderr)) = ended else {
            let (_, stdout, stderr) = self.kill()?;
            bail!("it did not end within {limit:?} and was killed\n{}", shown(&stdout, &stderr));
        };
        Ok((self.child.wait().context("the process cannot be waited for")?, stdout, stderr))
    }

    /// What it has in memory, in bytes, where the operating system tells it as Linux does.
    pub(crate) fn resident(&self) -> Option<u64> {
        crate::resident(self.child.id())
    }

    /// Asks it to end, as ctrl-c does.
    pub(crate) fn interrupt(&self) -> Result<()> {
        self.signal(Signal::INT)
    }

    /// Asks it to end, as a build server does that gives up.
    pub(crate) fn terminate(&self) -> Result<()> {
        self.signal(Signal::TERM)
    }

    /// Has it stand still.
    pub(crate) fn freeze(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let process = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw).context("a process without a number")?;
        rustix::process::kill_process(process, signal).context("the process cannot be signalled")
    }

    fn give_up<T>(&mut self, silence: Silence, wanted: &str, limit: Duration) -> Result<T> {
        let (status, stdout, stderr) = self.kill()?;
        let cause = match silence {
            Silence::TooLong => format!("did not say {wanted} within {limit:?}"),
            Silence::Ended => format!("ended without {wanted}"),
        };
        bail!("it {cause} ({status})\n{}", shown(&stdout, &stderr))
    }

    fn kill(&mut self) -> Result<(ExitStatus, String, String)> {
        // It may have ended by itself.
        let _ = self.child.kill();
        let status = self.child.wait().context("the process cannot be waited for")?;
        let rest = |output: &Output| output.wait_for_end(FLUSH).unwrap_or_else(|| output.so_far());
        Ok((status, rest(&self.stdout), rest(&self.stderr)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Both outputs, for an error.
pub(crate) fn shown(stdout: &str, stderr: &str) -> String {
    format!("--- standard output\n{}\n--- standard error\n{}", stdout.trim_end(), stderr.trim_end())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn shell(script: &str) -> Running {
        Running::spawn(Command::new("sh").args(["-c", script])).expect("a shell")
    }

    #[test]
    fn output_and_status_are_what_they_were() {
        let (status, stdout, stderr) = shell("echo one; echo two; echo three >&2; exit 3").finish(LONG).expect("it ends");
        assert_eq!((status.code(), stdout.as_str(), stderr.as_str()), (Some(3), "one\ntwo\n", "three\n"));
    }

    #[test]
    fn more_output_than_a_pipe_holds_is_read() {
        let (_, stdout, stderr) = shell("yes | head -c 300000; yes | head -c 300000 >&2").finish(LONG).expect("it ends");
        assert_eq!((stdout.len(), stderr.len()), (300_000, 300_000));
    }

    #[test]
    fn what_takes_too_long_is_killed_and_shown() {
        let error = shell("echo started; echo why >&2; exec sleep 1000").finish(Duration::from_millis(200)).expect_err("it never ends");
        assert_eq!(error.to_string(), "it did not end within 200ms and was killed\n--- standard output\nstarted\n--- standard error\nwhy");
    }

    #[test]
    fn the_first_line_comes_before_the_end() {
        let mut running = shell("echo ready; exec sleep 1000");
        assert_eq!(running.first_line(LONG).expect("a line"), "ready");
        running.interrupt().expect("it lives");
        let (status, ..) = running.finish(LONG).expect("it ends");
        assert!(!status.success());
    }

    #[test]
    fn text_of_the_standard_error_is_waited_for() {
        let mut running = shell("echo one >&2; echo two >&2; exec sleep 1000");
        running.error_text("two", LONG).expect("it is said");
        let error = running.error_text("three", Duration::from_millis(200)).expect_err("it is never said").to_string();
        assert!(error.starts_with("it did not say `three` within 200ms (signal: 9"), "{error}");
    }

    #[test]
    fn an_end_without_a_line_says_why() {
        let error = shell("echo no port left >&2; exit 5").first_line(LONG).expect_err("no line");
        assert_eq!(error.to_string(), "it ended without a line (exit status: 5)\n--- standard output\n\n--- standard error\nno port left");
    }
}
