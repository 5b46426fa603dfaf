//! A child process: its output is always read, it can be waited for with a limit, and it does not outlive its owner.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// No test reads more than this of one stream.
const MOST_OUTPUT: u64 = 64 << 20;

/// How long what was written before the end may take to arrive.
const FLUSH: Duration = Duration::from_secs(5);

/// Killed when dropped.
pub(crate) struct Running {
    child: Child,
    first_line: Receiver<String>,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Running {
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let (first, first_line) = sync_channel(1);
        let stdout = child.stdout.take().context("no standard output")?;
        let stderr = child.stderr.take().context("no standard error")?;
        let stdout = read_all(stdout, move |line| drop(first.send(line.to_owned())));
        let stderr = read_all(stderr, |_| ());
        Ok(Self { child, first_line, stdout, stderr })
    }

    /// The first line of the standard output.
    pub(crate) fn first_line(&mut self, limit: Duration) -> Result<String> {
        match self.first_line.recv_timeout(limit) {
            Ok(line) => Ok(line.trim_end().to_owned()),
            Err(error) => {
                let cause = match error {
                    RecvTimeoutError::Timeout => format!("said nothing within {limit:?}"),
                    RecvTimeoutError::Disconnected => "ended without a line".to_owned(),
                };
                let (status, stdout, stderr) = self.kill()?;
                bail!("it {cause} ({status})\n{}", shown(&stdout, &stderr))
            }
        }
    }

    /// Waits for the end.
    pub(crate) fn finish(mut self, limit: Duration) -> Result<(ExitStatus, String, String)> {
        // A process closes its outputs when it ends.
        let ended = self.stdout.recv_timeout(limit).and_then(|stdout| Ok((stdout, self.stderr.recv_timeout(FLUSH)?)));
        let Ok((stdout, stderr)) = ended else {
            let (_, stdout, stderr) = self.kill()?;
            bail!("it did not end within {limit:?} and was killed\n{}", shown(&stdout, &stderr));
        };
        Ok((self.child.wait().context("the process cannot be waited for")?, stdout, stderr))
    }

    /// Asks it to end, as ctrl-c does.
    pub(crate) fn interrupt(&self) -> Result<()> {
        let process = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw).context("a process without a number")?;
        rustix::process::kill_process(process, rustix::process::Signal::INT).context("the process cannot be interrupted")
    }

    fn kill(&mut self) -> Result<(ExitStatus, String, String)> {
        // It may have ended by itself.
        let _ = self.child.kill();
        let status = self.child.wait().context("the process cannot be waited for")?;
        let rest = |output: &Receiver<String>| output.recv_timeout(FLUSH).unwrap_or_default();
        Ok((status, rest(&self.stdout), rest(&self.stderr)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads to the end on a thread of its own, so that no child ever waits for its reader.
fn read_all(stream: impl Read + Send + 'static, first_line: impl FnOnce(&str) + Send + 'static) -> Receiver<String> {
    let (done, all) = sync_channel(1);
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stream.take(MOST_OUTPUT));
        let mut bytes = Vec::new();
        if reader.read_until(b'\n', &mut bytes).is_ok_and(|length| length > 0) {
            first_line(&String::from_utf8_lossy(&bytes));
        }
        let _ = reader.read_to_end(&mut bytes);
        // Whoever waited may have given up.
        let _ = done.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    all
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
    fn an_end_without_a_line_says_why() {
        let error = shell("echo no port left >&2; exit 5").first_line(LONG).expect_err("no line");
        assert_eq!(error.to_string(), "it ended without a line (exit status: 5)\n--- standard output\n\n--- standard error\nno port left");
    }
}
