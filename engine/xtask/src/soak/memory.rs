//! Memory over time, and whether it stays flat.

use std::fmt;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// What may be more than after the first minute.
const TOLERATED: f64 = 0.03;

/// What was seen in one second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// Since the start.
    pub(super) second: u64,
    /// KiB of the engine that are in memory.
    pub(super) resident: u64,
    /// Orders that the target has accepted so far.
    pub(super) orders: u64,
}

/// How memory fared once it had settled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Flatness {
    /// The greatest within the ten seconds around the end of settling, in KiB.
    pub(super) before: u64,
    /// The greatest from then on, in KiB.
    pub(super) greatest: u64,
    /// The slope of the line through all samples from then on, in KiB a minute.
    pub(super) per_minute: f64,
}

/// Caches fill, histograms reach their width, the allocator takes what it needs: the first minute, or a quarter of a short soak.
pub(super) fn settling(length: Duration) -> u64 {
    (length.as_secs() / 4).min(60)
}

impl Flatness {
    /// None with fewer than two samples behind the settling.
    pub(super) fn of(samples: &[Sample], settled: u64) -> Option<Self> {
        let around = samples.iter().filter(|sample| sample.second.abs_diff(settled) <= 5);
        let settled: Vec<_> = samples.iter().filter(|sample| sample.second >= settled).collect();
        let greatest = |resident: Option<u64>| resident.filter(|_| settled.len() >= 2);
        Some(Self {
            before: greatest(around.map(|sample| sample.resident).max())?,
            greatest: greatest(settled.iter().map(|sample| sample.resident).max())?,
            per_minute: slope(settled.iter().map(|sample| (sample.second as f64 / 60.0, sample.resident as f64))),
        })
    }

    /// The share by which the greatest is more than it was before; 0.01 is one in a hundred.
    pub(super) fn growth(&self) -> f64 {
        self.greatest.saturating_sub(self.before) as f64 / self.before.max(1) as f64
    }

    pub(super) fn is_flat(&self) -> bool {
        self.growth() <= TOLERATED
    }
}

impl fmt::Display for Flatness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { before, greatest, per_minute } = self;
        let [before, greatest] = [before, greatest].map(|kib| *kib as f64 / 1024.0);
        let (growth, tolerated) = (self.growth() * 100.0, TOLERATED * 100.0);
        write!(
            formatter,
            "{before:.1} MiB once settled, at most {greatest:.1} MiB from then on: {growth:.2} % more, of {tolerated:.0} % that are tolerated; {per_minute:+.1} KiB a minute"
        )
    }
}

/// By least squares.
fn slope(points: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let count = points.clone().count().max(1) as f64;
    let (x, y) = points.clone().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let (joint, alone) =
        points.fold((0.0, 0.0), |(joint, alone), point| (joint + (point.0 - x) * (point.1 - y), alone + (point.0 - x).powi(2)));
    if alone > 0.0 { joint / alone } else { 0.0 }
}

/// KiB of a process that are in memory, as Linux tells it.
pub(super) fn resident(process: u32) -> Result<u64> {
    let file = format!("/proc/{process}/status");
    let status = std::fs::read_to_string(&file).with_context(|| format!("`{file}` cannot be read"))?;
    of_status(&status).with_context(|| format!("`{file}` does not tell `VmRSS`"))
}

fn of_status(status: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(resident: impl Fn(u64) -> u64) -> Vec<Sample> {
        (1..=120).map(|second| Sample { second, resident: resident(second), orders: 0 }).collect()
    }

    #[test]
    fn growth_counts_from_when_it_settled() {
        let flat = Flatness::of(&samples(|second| if second < 20 { second * 1_000 } else { 50_000 }), 30).expect("samples");
        assert_eq!((flat.before, flat.greatest, flat.growth()), (50_000, 50_000, 0.0));
        assert!(flat.is_flat() && flat.per_minute.abs() < 1e-6, "{flat}");
        let leak = Flatness::of(&samples(|second| 50_000 + second * 100), 30).expect("samples");
        assert!((leak.per_minute - 6_000.0).abs() < 1e-6 && !leak.is_flat(), "{leak}");
        let jump = Flatness::of(&samples(|second| if second == 90 { 51_501 } else { 50_000 }), 30).expect("samples");
        assert!(!jump.is_flat(), "{jump}");
        assert_eq!(Flatness::of(&samples(|_| 1)[..30], 30), None);
    }

    #[test]
    fn settling_takes_a_minute_at_most() {
        assert_eq!([40, 60, 600].map(|seconds| settling(Duration::from_secs(seconds))), [10, 15, 60]);
    }

    #[test]
    fn memory_is_read_from_the_status_of_a_process() {
        assert_eq!(of_status("Name:\tthrong\nVmRSS:\t   61234 kB\nThreads:\t3\n"), Some(61_234));
        assert_eq!(of_status("Name:\tthrong\n"), None);
    }
}
