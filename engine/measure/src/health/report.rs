//! The report's part about the generator.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::generator::{Generator, WorkerHealth};
use super::judge::{Circumstances, bytes, percent};
use super::machine::Machine;
use super::{Finding, Held, Shortage, Usage};
use crate::humane;

/// How fit the generator was as a whole.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GeneratorReport {
    /// What is wrong, the worst first; also among the campaign's reasons.
    pub findings: Vec<Finding>,
    /// By their numbers.
    pub workers: Vec<WorkerReport>,
    /// None where it cannot be measured.
    pub machine: Option<MachineReport>,
    /// Calls of guests that held their worker up, the longest first.
    pub guest_stalls: Vec<GuestStallReport>,
    /// What steps needed and the machine did not have.
    pub shortages: Vec<ShortageReport>,
    /// The most that shared steps held at a time, in entries.
    pub held: Held,
    /// Memory of the histograms, in bytes.
    pub histogram_bytes: u64,
}

/// One worker.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerReport {
    /// The longest that its loop stood still, in nanoseconds.
    pub longest_stall: u64,
    /// Nanoseconds in stalls that were long enough to void.
    pub stalled: u64,
    /// The share of a processor that it used, 0 to 1; none where it is not measured.
    pub processor_mean: Option<f64>,
    /// The same, in the second in which it used most.
    pub processor_peak: Option<f64>,
}

/// The machine, as far as this process goes. What is none is not measured here.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MachineReport {
    /// The most memory that was in use, in bytes.
    pub memory: Option<Usage>,
    /// The most file descriptors that were open.
    pub descriptors: Option<Usage>,
    /// The most local ports that were in use towards one address.
    pub ports: Option<Usage>,
    /// The share of the machine's processor time that its host took away, 0 to 1.
    pub stolen: Option<f64>,
    /// The share of the time in which the container's quota held this process back, 0 to 1.
    pub throttled: Option<f64>,
}

/// Long calls of one step's callbacks.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GuestStallReport {
    /// The scenario.
    pub scenario: String,
    /// The step.
    pub step: String,
    /// How many.
    pub calls: u64,
    /// All of them together, in nanoseconds.
    pub nanos: u64,
    /// The longest, in nanoseconds.
    pub longest: u64,
}

/// Something that the machine did not have.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ShortageReport {
    /// What.
    pub of: Shortage,
    /// How many attempts it cost.
    pub times: u64,
    /// The first, in nanoseconds since the campaign's start.
    pub first: u64,
}

impl Generator {
    pub(crate) fn report(&self, circumstances: &Circumstances<'_>) -> GeneratorReport {
        GeneratorReport {
            findings: self.findings(circumstances),
            workers: self.workers.iter().map(|worker| of_worker(worker, self.limits.stall_voids)).collect(),
            machine: self.machine.as_ref().map(of_machine),
            guest_stalls: circumstances.guests.to_vec(),
            shortages: circumstances.shortages.to_vec(),
            held: self.held,
            histogram_bytes: circumstances.histogram_bytes,
        }
    }
}

fn of_worker(worker: &WorkerHealth, stall_voids: u64) -> WorkerReport {
    WorkerReport {
        longest_stall: worker.stalls.max().unwrap_or(0),
        stalled: worker.stalled(stall_voids),
        processor_mean: worker.processor.mean(),
        processor_peak: worker.processor.peak,
    }
}

fn of_machine(machine: &Machine) -> MachineReport {
    MachineReport {
        memory: machine.memory.peak,
        descriptors: machine.descriptors.peak,
        ports: machine.ports.peak,
        stolen: machine.stolen.share(),
        throttled: machine.throttled.share(),
    }
}

impl GeneratorReport {
    /// What was measured, a line for each; for people.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(longest) = self.workers.iter().map(|worker| worker.longest_stall).max() {
            let stalled = self.workers.iter().map(|worker| worker.stalled).max().unwrap_or(0);
            lines.push(format!("workers: longest stall {}, {} in long stalls", humane::duration(longest), humane::duration(stalled)));
            lines.push(self.processors());
        }
        if let Some(machine) = &self.machine {
            lines.push(told_machine(machine));
        }
        let Held { joins, topics, collects } = self.held;
        if joins + topics + collects > 0 {
            let counts = [("joins", joins), ("topics", topics), ("collects", collects)];
            let held = counts.into_iter().filter(|(_, count)| *count > 0).map(|(what, count)| format!("{what} {}", humane::count(count)));
            lines.push(format!("values held at most: {}", held.collect::<Vec<_>>().join(", ")));
        }
        for guest in &self.guest_stalls {
            let (calls, longest) = (humane::plural(guest.calls, "long call"), humane::duration(guest.longest));
            lines.push(format!("component of {}: {calls} in step {}, {longest} at most", guest.scenario, guest.step));
        }
        lines
    }

    fn processors(&self) -> String {
        let means: Vec<_> = self.workers.iter().filter_map(|worker| worker.processor_mean).collect();
        // A run that is shorter than a second has no peak of a second.
        let peaks = self.workers.iter().filter_map(|worker| worker.processor_peak).chain(means.iter().copied());
        match peaks.reduce(f64::max) {
            Some(peak) => {
                let mean = means.iter().sum::<f64>() / means.len().max(1) as f64;
                format!("processor per worker: {} on average, {} at most", percent(mean), percent(peak))
            }
            None => "processor, memory, file descriptors and ports: not measured here".to_owned(),
        }
    }
}

fn told_machine(machine: &MachineReport) -> String {
    let used = |what: &str, usage: Option<Usage>, told: fn(u64) -> String| match usage {
        Some(usage) => format!("{what} {} of {}", told(usage.used), told(usage.limit)),
        None => format!("{what} not measured"),
    };
    let share = |what: &str, share: Option<f64>| share.map(|share| format!("{what} {}", percent(share)));
    let told = [
        Some(used("memory", machine.memory, bytes)),
        Some(used("file descriptors", machine.descriptors, humane::count)),
        Some(used("ports", machine.ports, humane::count)),
        share("stolen", machine.stolen),
        share("throttled", machine.throttled),
    ];
    format!("machine: {}", told.into_iter().flatten().collect::<Vec<_>>().join(", "))
}
