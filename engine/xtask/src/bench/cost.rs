//! What a command costs: processor time by the operating system's account, memory at its peak.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::process::repeatable;

/// Between two looks at a child's memory.
const LOOK: Duration = Duration::from_millis(10);

/// In which `/proc` counts processor time: hundredths of a second, whatever the kernel's own clock does.
const TICKS: f64 = 100.0;

/// A child that has ended.
#[derive(Debug)]
pub(crate) struct Cost {
    /// Seconds, in user mode and in the system's.
    pub(crate) cpu: f64,
    /// Bytes that were resident at most; 0 where the system doesn't say.
    pub(crate) peak: u64,
    /// What it printed.
    pub(crate) output: String,
    /// What it complained of.
    pub(crate) errors: String,
}

/// Runs a command to its end.
///
/// `throng` says by 1 and 4 what it thinks of the campaign, which is not of interest here.
#[expect(clippy::disallowed_methods, reason = "another process is watched, on real time")]
pub(crate) fn cost(command: &mut Command) -> Result<Cost> {
    let line = repeatable(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("it could not be started: {line}"))?;
    let output = reader(child.stdout.take());
    let errors = reader(child.stderr.take());
    let mut peak = 0;
    let process = Pid::from_child(&child);
    // Its account can be read between its end and the moment when somebody takes note of that.
    while waitid(WaitId::Pid(process), WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT)?.is_none() {
        peak = resident_peak(child.id()).unwrap_or(peak).max(peak);
        std::thread::sleep(LOOK);
    }
    let cpu = processor_seconds(child.id())?;
    let status = child.wait()?;
    let [output, errors] = [output, errors].map(|reader| reader.join().unwrap_or_default());
    if !matches!(status.code(), Some(0 | 1 | 4)) {
        bail!("a command failed ({status}): {}; to repeat it:\n    {line}", errors.trim());
    }
    Ok(Cost { cpu, peak, output, errors })
}

fn reader(pipe: Option<impl std::io::Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = String::new();
        // What cannot be read is told by what is missing in it.
        let _ = pipe.map(|mut pipe| pipe.read_to_string(&mut text));
        text
    })
}

/// What a process and its children that have ended used so far, as `/proc` tells it: to a hundredth of a second.
pub(crate) fn processor_seconds(process: u32) -> Result<f64> {
    let stat =
        std::fs::read_to_string(format!("/proc/{process}/stat")).context("processor time is told by `/proc`, which only Linux has")?;
    // The name in brackets may hold anything; the field behind it is the third.
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields.split_whitespace().collect::<Vec<_>>()).unwrap_or_default();
    let ticks = fields.get(11..15).context("`/proc` says no processor time")?;
    let ticks = ticks.iter().map(|ticks| ticks.parse::<u64>()).sum::<Result<u64, _>>()?;
    Ok(ticks as f64 / TICKS)
}

/// The kernel's own high-water mark.
fn resident_peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix("kB")?;
    kilobytes.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// The middle one.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{cost, median};

    #[test]
    fn a_busy_child_costs_processor_time() {
        let busy = cost(Command::new("sh").args(["-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done"])).expect("it runs");
        assert!(busy.cpu > 0.0, "{busy:?}");
        assert_eq!(busy.output, "done\n");
    }

    #[test]
    fn a_child_that_fails_is_named() {
        let error = cost(Command::new("sh").args(["-c", "echo why >&2; exit 3"])).expect_err("it fails");
        assert_eq!(error.to_string(), "a command failed (exit status: 3): why; to repeat it:\n    sh -c 'echo why >&2; exit 3'");
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert!(median(Vec::new()).is_nan());
    }
}
