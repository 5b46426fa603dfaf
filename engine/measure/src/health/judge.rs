//! Samples against limits: what is wrong with the generator as a whole.

use super::generator::{Generator, Processor, WorkerHealth};
use super::machine::{Machine, Taken, Used};
use super::{Finding, GuestStallReport, HealthLimits, ShortageReport, Signal};
use crate::{Shortage, Verdict, humane};

/// What else bears on the judgement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances<'a> {
    /// From the campaign's start to its end, in nanoseconds.
    pub(crate) duration: u64,
    /// Memory of the histograms, in bytes.
    pub(crate) histogram_bytes: u64,
    /// Whether any scenario has a schedule to miss.
    pub(crate) is_scheduled: bool,
    /// Whether the starts of such a scenario were late enough to warn.
    pub(crate) is_late: bool,
    /// The guests' long calls, the worst first.
    pub(crate) guests: &'a [GuestStallReport],
    /// What steps needed and did not get.
    pub(crate) shortages: &'a [ShortageReport],
}

impl Generator {
    /// What is wrong, the worst first.
    pub(crate) fn findings(&self, circumstances: &Circumstances<'_>) -> Vec<Finding> {
        let workers = self.workers.iter().enumerate();
        let limits = &self.limits;
        let mut findings: Vec<_> = self.worst_stall(circumstances).into_iter().collect();
        let processors = workers.filter_map(|(number, worker)| processor(number, &worker.processor, limits, circumstances));
        findings.extend(processors.max_by(|one, other| one.level.cmp(&other.level).then(one.value.total_cmp(&other.value))));
        if let Some(machine) = &self.machine {
            findings.extend(self.of_machine(machine));
        }
        for short in circumstances.shortages {
            let signal = signal(short.of);
            // Who has run out has been near it before.
            findings.retain(|finding| finding.signal != signal);
            findings.push(self.exhausted(short));
        }
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
        findings
    }

    fn worst_stall(&self, circumstances: &Circumstances<'_>) -> Option<Finding> {
        let workers = self.workers.iter().enumerate();
        let stalls = workers.filter_map(|(number, worker)| stall(number, worker, &self.limits, circumstances));
        stalls.max_by(|one, other| one.level.cmp(&other.level).then(one.value.total_cmp(&other.value)))
    }

    fn of_machine(&self, machine: &Machine) -> impl Iterator<Item = Finding> {
        let HealthLimits { memory_warns, descriptors_warns, ports_warns, stolen_warns, throttled_warns, processor_for, .. } = self.limits;
        // A moment says nothing of how a machine is shared.
        let taken = |share: &Taken, limit, signal| taken(share, limit, signal).filter(|_| share.is_known_for(processor_for));
        [
            used(&machine.memory, memory_warns, Signal::Memory),
            used(&machine.descriptors, descriptors_warns, Signal::Descriptors),
            used(&machine.ports, ports_warns, Signal::Ports),
            taken(&machine.stolen, stolen_warns, Signal::Stolen),
            taken(&machine.throttled, throttled_warns, Signal::Throttled),
        ]
        .into_iter()
        .flatten()
    }

    fn exhausted(&self, short: &ShortageReport) -> Finding {
        let machine = self.machine.as_ref();
        let limit_of = |used: fn(&Machine) -> &Used| machine.and_then(|machine| used(machine).peak).map_or(0, |peak| peak.limit);
        let (limit, what, remedy) = match short.of {
            Shortage::Descriptors => (
                limit_of(|machine| &machine.descriptors),
                "this process could open no more file descriptors",
                "raise the hard limit (`ulimit -Hn`, or `LimitNOFILE` of a service), or use fewer minions at a time",
            ),
            Shortage::MachineDescriptors => {
                (0, "this machine could open no more file descriptors", "raise `fs.file-max` (`sysctl`), or use fewer minions at a time")
            }
            Shortage::Ports => (
                limit_of(|machine| &machine.ports),
                "there were no local ports left for more connections to an address",
                "widen `net.ipv4.ip_local_port_range` (`sysctl`), keep connections between requests, or give the target more addresses",
            ),
        };
        let known = if limit == 0 { String::new() } else { format!(", the limit of {} is used up", humane::count(limit)) };
        Finding {
            signal: signal(short.of),
            level: Verdict::Void,
            value: short.times as f64,
            limit: limit as f64,
            since: Some(short.first),
            told: format!("{what}, {} refused{known}", humane::plural(short.times, "attempt")),
            cause: Some("that is the generator's doing, not the target's".to_owned()),
            remedy: remedy.to_owned(),
        }
    }
}

fn signal(of: Shortage) -> Signal {
    match of {
        Shortage::Descriptors | Shortage::MachineDescriptors => Signal::Descriptors,
        Shortage::Ports => Signal::Ports,
    }
}

fn stall(number: usize, worker: &WorkerHealth, limits: &HealthLimits, circumstances: &Circumstances<'_>) -> Option<Finding> {
    let longest = worker.stalls.max().filter(|longest| *longest > limits.stall_warns)?;
    let [warned, voided] = worker.stalled_since;
    let stalled = worker.stalled(limits.stall_voids);
    let tolerable = HealthLimits::LEAST_STALLED.max((circumstances.duration as f64 * limits.stall_share) as u64);
    let cause = match circumstances.guests {
        [] => "the machine was busy with something else, or a step computed for so long".to_owned(),
        guests => format!("guests held workers up: {}", guests.iter().take(3).map(told_guest).collect::<Vec<_>>().join(", ")),
    };
    let remedy = if circumstances.guests.is_empty() {
        "give the generator processors of its own, or use fewer minions"
    } else {
        "make these callbacks compute less, or use more workers"
    };
    let finding = |level, value: u64, limit: u64, since, told| Finding {
        signal: Signal::Stall,
        level,
        value: value as f64,
        limit: limit as f64,
        since,
        told,
        cause: Some(cause.clone()),
        remedy: remedy.to_owned(),
    };
    if stalled > tolerable {
        let told = format!(
            "worker {number} stood still for {} in stalls above {}, more than {} of the run and at least {}; the longest took {}",
            humane::duration(stalled),
            humane::duration(limits.stall_voids),
            percent(limits.stall_share),
            humane::duration(HealthLimits::LEAST_STALLED),
            humane::duration(longest),
        );
        return Some(finding(Verdict::Void, stalled, tolerable, voided, told));
    }
    // Where there is no schedule to miss, nothing was to happen in that moment.
    circumstances.is_scheduled.then(|| {
        let (longest_told, limit) = (humane::duration(longest), humane::duration(limits.stall_warns));
        let told = format!("worker {number} stood still for up to {longest_told}, above {limit}");
        finding(Verdict::Warning, longest, limits.stall_warns, warned, told)
    })
}

fn told_guest(guest: &GuestStallReport) -> String {
    let (calls, longest) = (humane::plural(guest.calls, "call"), humane::duration(guest.longest));
    format!("step `{}` of `{}` in {calls} of up to {longest}", guest.step, guest.scenario)
}

fn processor(number: usize, processor: &Processor, limits: &HealthLimits, circumstances: &Circumstances<'_>) -> Option<Finding> {
    let [warned, voided] = processor.above.map(|streak| streak.at_least(limits.processor_for));
    let is_full = voided.is_some();
    let (limit, since) = if is_full { (limits.processor_voids, voided) } else { (limits.processor_warns, warned) };
    since?;
    let peak = processor.peak?;
    let told = format!(
        "worker {number} used up to {} of its processor, above {} for {} or longer",
        percent(peak),
        percent(limit),
        humane::duration(limits.processor_for)
    );
    let (level, cause) = match (is_full, circumstances.is_scheduled, circumstances.is_late) {
        (true, true, true) => (Verdict::Void, Some("starts were late, because the generator could do no more")),
        (true, false, _) => (Verdict::Warning, Some("limited by the generator: the target may be able to do more than was asked of it")),
        _ => (Verdict::Warning, None),
    };
    let remedy = "use more workers, fewer minions or a faster machine".to_owned();
    Some(Finding { signal: Signal::Processor, level, value: peak, limit, since, told, cause: cause.map(str::to_owned), remedy })
}

fn used(used: &Used, limit: f64, signal: Signal) -> Option<Finding> {
    let since = Some(used.since?);
    let peak = used.peak?;
    let of = |told: fn(u64) -> String| format!("{} of {}", told(peak.used), told(peak.limit));
    let (what, remedy) = match signal {
        Signal::Memory => (
            format!("{} of memory were in use", of(bytes)),
            "use fewer minions, smaller buffers of topics and joins, or give the generator more memory",
        ),
        Signal::Descriptors => (
            format!("{} file descriptors were open", of(humane::count)),
            "raise the hard limit (`ulimit -Hn`, or `LimitNOFILE` of a service), or use fewer minions at a time",
        ),
        _ => (
            format!("{} local ports were in use towards one address", of(humane::count)),
            "widen `net.ipv4.ip_local_port_range` (`sysctl`), keep connections between requests, or give the target more addresses",
        ),
    };
    let told = format!("{what}, {}, above {}", percent(peak.share()), percent(limit));
    Some(Finding { signal, level: Verdict::Warning, value: peak.share(), limit, since, told, cause: None, remedy: remedy.to_owned() })
}

fn taken(taken: &Taken, limit: f64, signal: Signal) -> Option<Finding> {
    let share = taken.share().filter(|share| *share > limit)?;
    let (what, remedy) = match signal {
        Signal::Stolen => ("the machine's host took processor time away", "run on a machine that shares its processors with nobody"),
        _ => ("the container's processor quota held the generator back", "raise the container's processor limit"),
    };
    let told = format!("{what}: {} of the time, above {}", percent(share), percent(limit));
    let since = taken.since;
    Some(Finding { signal, level: Verdict::Warning, value: share, limit, since, told, cause: None, remedy: remedy.to_owned() })
}

/// A share of 0 to 1, or more.
pub(super) fn percent(share: f64) -> String {
    let thousandths = (share * 1_000.0).round();
    if thousandths > 1_000.0 { format!("{} %", thousandths / 10.0) } else { humane::percentage(thousandths as u64, 1_000) }
}

/// Bytes, in the unit that fits.
pub(super) fn bytes(bytes: u64) -> String {
    let units = [(1_u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{} {name}", humane::number(bytes as f64 / unit as f64)),
        None => format!("{bytes} bytes"),
    }
}
