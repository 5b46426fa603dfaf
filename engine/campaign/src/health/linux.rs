//! What Linux says of this process and its machine. What cannot be read is not measured, and never an error.

use std::fs;
use std::io;

use procfs_core::prelude::{FromRead as _, FromReadSI as _};
use procfs_core::process::Status;
use procfs_core::{ExplicitSystemInfo, KernelStats, Meminfo};
use rustix::process::{Resource, getrlimit};
use throng_measure::{MachineSample, Shortage, Usage};
use throng_plugin_api::shortage_of;

use super::cgroup::Groups;
use super::ports;

/// The machine, with what was counted when it was last looked at.
#[derive(Debug)]
pub(super) struct Machine {
    system: ExplicitSystemInfo,
    groups: Groups,
    /// Processor time that was taken away, and all of it, in ticks.
    stolen: Option<(u64, u64)>,
    /// Microseconds.
    throttled: Option<u64>,
}

impl Machine {
    pub(super) fn new() -> Option<Self> {
        let system = ExplicitSystemInfo {
            boot_time_secs: 0,
            // As Linux shows them to programs, whatever the kernel's own are. Only shares are made of them.
            ticks_per_second: 100,
            page_size: 4096,
            is_little_endian: cfg!(target_endian = "little"),
        };
        let groups = Groups::of_this_process();
        let (stolen, throttled) = (stolen(&system), groups.throttled());
        Some(Self { system, groups, stolen, throttled })
    }

    pub(super) fn sample(&mut self, span: u64) -> MachineSample {
        let (stolen, throttled) = (stolen(&self.system), self.groups.throttled());
        let (stolen_before, throttled_before) =
            (std::mem::replace(&mut self.stolen, stolen), std::mem::replace(&mut self.throttled, throttled));
        MachineSample {
            span,
            memory: self.memory(),
            descriptors: descriptors(),
            ports: ports::used(&self.system),
            stolen: stolen.zip(stolen_before).map(|(now, before)| share(now.0.saturating_sub(before.0), now.1.saturating_sub(before.1))),
            throttled: throttled.zip(throttled_before).map(|(now, before)| share(now.saturating_sub(before).saturating_mul(1_000), span)),
        }
    }

    /// What is resident, of what the container or the machine has; or the address space, if its limit is nearer.
    fn memory(&self) -> Option<Usage> {
        let status = Status::from_file("/proc/self/status").ok()?;
        let bytes = |kibibytes: Option<u64>| kibibytes.map(|kibibytes| kibibytes.saturating_mul(1024));
        let whole = Meminfo::from_file("/proc/meminfo").ok().map(|memory| memory.mem_total);
        let limit = self.groups.memory_limit().into_iter().chain(whole).min()?;
        let resident = Usage { used: bytes(status.vmrss)?, limit };
        let addresses = getrlimit(Resource::As).current;
        let addresses = addresses.zip(bytes(status.vmsize)).map(|(limit, used)| Usage { used, limit });
        Some(addresses.map_or(resident, |addresses| resident.worse(addresses)))
    }
}

/// Open file descriptors of this process.
fn descriptors() -> Option<Usage> {
    let limit = getrlimit(Resource::Nofile).current?;
    match count_descriptors() {
        Ok(used) => Some(Usage { used, limit }),
        // There is none left to count them with.
        Err(error) if shortage_of(&error) == Some(Shortage::Descriptors) => Some(Usage { used: limit, limit }),
        Err(_) => None,
    }
}

fn count_descriptors() -> io::Result<u64> {
    // Since Linux 6.2 the folder's size says how many there are.
    match fs::metadata("/proc/self/fd")?.len() {
        // The one that reads the folder is not counted.
        0 => Ok((fs::read_dir("/proc/self/fd")?.count() as u64).saturating_sub(1)),
        count => Ok(count),
    }
}

/// Ticks of all processors that the machine's host took away, and all ticks.
fn stolen(system: &ExplicitSystemInfo) -> Option<(u64, u64)> {
    let total = KernelStats::from_file("/proc/stat", system).ok()?.total;
    let stolen = total.steal?;
    let interrupts = [total.iowait, total.irq, total.softirq].into_iter().flatten().sum::<u64>();
    Some((stolen, total.user + total.nice + total.system + total.idle + interrupts + stolen))
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_measured() {
        let mut machine = Machine::new().expect("a machine");
        let sample = machine.sample(1_000_000_000);
        let memory = sample.memory.expect("memory");
        assert!(memory.used > 0 && memory.used < memory.limit, "{sample:?}");
        let before = sample.descriptors.expect("descriptors");
        let _more: Vec<_> = (0..5).map(|_| fs::File::open("/proc/self/stat").expect("a file")).collect();
        let after = machine.sample(1).descriptors.expect("descriptors");
        assert!(after.used > 2 && after.limit == before.limit, "{before:?}, {after:?}");
        let ports = sample.ports.expect("ports");
        assert!(ports.limit > 0, "{sample:?}");
        for share in [sample.stolen, sample.throttled].into_iter().flatten() {
            assert!((0.0..=1.0).contains(&share), "{sample:?}");
        }
    }
}
