//! Judgement: samples in, findings out.

use super::judge::Circumstances;
use super::*;
use crate::Histogram;

const SECOND: u64 = 1_000_000_000;
const MILLISECOND: u64 = 1_000_000;

/// A minute with a schedule, and nothing wrong but what a test says.
const MINUTE: Circumstances<'_> =
    Circumstances { duration: 60 * SECOND, histogram_bytes: 0, is_scheduled: true, is_late: false, guests: &[], shortages: &[] };

fn told(generator: &Generator, circumstances: &Circumstances<'_>) -> String {
    let findings = generator.findings(circumstances);
    findings.iter().map(|finding| format!("{} {:?}: {}\n", finding.level, finding.signal, finding.text())).collect()
}

fn stalls(nanos: u64, count: u64) -> WorkerSample {
    let mut stalls = Histogram::default();
    (0..count).for_each(|_| stalls.record(nanos));
    WorkerSample { span: SECOND, processor: None, stalls, held: Held::default() }
}

/// A worker that has used these thousandths of its processor, a second each.
fn busy(thousandths: impl IntoIterator<Item = u64>) -> Generator {
    let mut generator = Generator::default();
    for (second, used) in (1..).zip(thousandths) {
        let quarter = WorkerSample { span: SECOND / 4, processor: Some(used * MILLISECOND / 4), ..WorkerSample::default() };
        (0..4).for_each(|part| generator.hear(0, &quarter, second * SECOND - (3 - part) * SECOND / 4));
    }
    generator
}

fn stalled(nanos: u64, count: u64) -> Generator {
    let mut generator = Generator::default();
    generator.hear(1, &stalls(nanos, count), 10 * SECOND);
    generator
}

fn machine(sample: MachineSample) -> Generator {
    machine_for(1, sample)
}

fn machine_for(seconds: u64, sample: MachineSample) -> Generator {
    let mut generator = Generator::default();
    (0..seconds).for_each(|second| generator.look(&MachineSample { span: SECOND, ..sample }, (3 + second) * SECOND));
    generator
}

#[test]
fn a_worker_that_stands_still_warns_and_then_voids() {
    assert_eq!(told(&stalled(4 * MILLISECOND, 500), &MINUTE), "");
    insta::assert_snapshot!(told(&stalled(8 * MILLISECOND, 500), &MINUTE), @"warning Stall: worker 1 stood still for up to 8.00 ms, above 5.00 ms, since 9.99 s; the machine was busy with something else, or a step computed for so long; give the generator processors of its own, or use fewer minions");
    insta::assert_snapshot!(told(&stalled(80 * MILLISECOND, 12), &MINUTE), @"warning Stall: worker 1 stood still for up to 80.0 ms, above 5.00 ms, since 9.92 s; the machine was busy with something else, or a step computed for so long; give the generator processors of its own, or use fewer minions");
    insta::assert_snapshot!(told(&stalled(80 * MILLISECOND, 13), &MINUTE), @"void Stall: worker 1 stood still for 1.04 s in stalls above 50.0 ms, more than 1 % of the run and at least 1.00 s; the longest took 80.0 ms, since 9.92 s; the machine was busy with something else, or a step computed for so long; give the generator processors of its own, or use fewer minions");
    // More than a second, and less than a hundredth of the run.
    let long = Circumstances { duration: 600 * SECOND, ..MINUTE };
    assert!(told(&stalled(80 * MILLISECOND, 70), &long).starts_with("warning Stall"));
    assert!(told(&stalled(80 * MILLISECOND, 80), &long).starts_with("void Stall"));
}

#[test]
fn without_a_schedule_a_hiccup_is_nobodys_loss() {
    let closed = Circumstances { is_scheduled: false, ..MINUTE };
    assert_eq!(told(&stalled(80 * MILLISECOND, 12), &closed), "");
    assert!(told(&stalled(80 * MILLISECOND, 13), &closed).starts_with("void Stall"));
}

#[test]
fn guests_that_hold_a_worker_up_are_named() {
    let guest = |step: &str| GuestStallReport {
        scenario: "checkout".into(),
        step: step.into(),
        calls: 20,
        nanos: 1_600 * MILLISECOND,
        longest: 80 * MILLISECOND,
    };
    let guests = [guest("sign"), guest("hash")];
    insta::assert_snapshot!(told(&stalled(80 * MILLISECOND, 20), &Circumstances { guests: &guests, ..MINUTE }), @"void Stall: worker 1 stood still for 1.60 s in stalls above 50.0 ms, more than 1 % of the run and at least 1.00 s; the longest took 80.0 ms, since 9.92 s; guests held workers up: step `sign` of `checkout` in 20 calls of up to 80.0 ms, step `hash` of `checkout` in 20 calls of up to 80.0 ms; make these callbacks compute less, or use more workers");
}

#[test]
fn a_processor_must_be_full_for_some_time() {
    assert_eq!(told(&busy([990, 990, 990, 990, 100, 990, 990]), &MINUTE), "", "never for five seconds");
    assert_eq!(told(&busy([700; 60]), &MINUTE), "");
    insta::assert_snapshot!(told(&busy([100, 100, 850, 850, 850, 850, 850, 100]), &MINUTE), @"warning Processor: worker 0 used up to 85 % of its processor, above 80 % for 5.00 s or longer, since 2.00 s; use more workers, fewer minions or a faster machine");
    insta::assert_snapshot!(told(&busy([970; 5]), &MINUTE), @"warning Processor: worker 0 used up to 97 % of its processor, above 95 % for 5.00 s or longer, since 0 ns; use more workers, fewer minions or a faster machine");
    insta::assert_snapshot!(told(&busy([970; 5]), &Circumstances { is_late: true, ..MINUTE }), @"void Processor: worker 0 used up to 97 % of its processor, above 95 % for 5.00 s or longer, since 0 ns; starts were late, because the generator could do no more; use more workers, fewer minions or a faster machine");
    insta::assert_snapshot!(told(&busy([970; 5]), &Circumstances { is_scheduled: false, ..MINUTE }), @"warning Processor: worker 0 used up to 97 % of its processor, above 95 % for 5.00 s or longer, since 0 ns; limited by the generator: the target may be able to do more than was asked of it; use more workers, fewer minions or a faster machine");
}

#[test]
fn what_is_scarce_warns() {
    let usage = |used| Some(Usage { used, limit: 1 << 30 });
    assert_eq!(told(&machine(MachineSample { memory: usage(858_993_459), ..MachineSample::default() }), &MINUTE), "");
    let scarce = MachineSample {
        memory: usage(900_000_000),
        descriptors: Some(Usage { used: 900, limit: 1024 }),
        ports: Some(Usage { used: 28_000, limit: 28_232 }),
        stolen: Some(0.2),
        throttled: Some(0.02),
        ..MachineSample::default()
    };
    assert_eq!(machine(scarce).findings(&MINUTE).len(), 3, "a second says nothing of how a machine is shared");
    insta::assert_snapshot!(told(&machine_for(6, scarce), &MINUTE), @"
    warning Memory: 858 MiB of 1.00 GiB of memory were in use, 83.8 %, above 80 %, since 3.00 s; use fewer minions, smaller buffers of topics and joins, or give the generator more memory
    warning Descriptors: 900 of 1 024 file descriptors were open, 87.9 %, above 80 %, since 3.00 s; raise the hard limit (`ulimit -Hn`, or `LimitNOFILE` of a service), or use fewer minions at a time
    warning Ports: 28 000 of 28 232 local ports were in use towards one address, 99.2 %, above 80 %, since 3.00 s; widen `net.ipv4.ip_local_port_range` (`sysctl`), keep connections between requests, or give the target more addresses
    warning Stolen: the machine's host took processor time away: 20 % of the time, above 10 %, since 2.00 s; run on a machine that shares its processors with nobody
    warning Throttled: the container's processor quota held the generator back: 2 % of the time, above 1 %, since 2.00 s; raise the container's processor limit
    ");
}

#[test]
fn what_has_run_out_voids() {
    let mut generator = machine(MachineSample { descriptors: Some(Usage { used: 1024, limit: 1024 }), ..MachineSample::default() });
    generator.look(&MachineSample { ports: Some(Usage { used: 28_232, limit: 28_232 }), ..MachineSample::default() }, 4 * SECOND);
    let short = |of, times| ShortageReport { of, times, first: 2 * SECOND };
    let shortages = [short(Shortage::Descriptors, 17), short(Shortage::Ports, 1)];
    insta::assert_snapshot!(told(&generator, &Circumstances { shortages: &shortages, ..MINUTE }), @"
    void Descriptors: this process could open no more file descriptors, 17 attempts refused, the limit of 1 024 is used up, since 2.00 s; that is the generator's doing, not the target's; raise the hard limit (`ulimit -Hn`, or `LimitNOFILE` of a service), or use fewer minions at a time
    void Ports: there were no local ports left for more connections to an address, 1 attempt refused, the limit of 28 232 is used up, since 2.00 s; that is the generator's doing, not the target's; widen `net.ipv4.ip_local_port_range` (`sysctl`), keep connections between requests, or give the target more addresses
    ");
    // Where the machine is not measured, the steps know all the same.
    let shortages = [short(Shortage::MachineDescriptors, 2)];
    insta::assert_snapshot!(told(&Generator::default(), &Circumstances { shortages: &shortages, ..MINUTE }), @"void Descriptors: this machine could open no more file descriptors, 2 attempts refused, since 2.00 s; that is the generator's doing, not the target's; raise `fs.file-max` (`sysctl`), or use fewer minions at a time");
}

#[test]
fn limits_can_be_changed() {
    let generous = HealthLimits { stall_voids: SECOND, stall_warns: SECOND, ..HealthLimits::default() };
    let mut generator = Generator::new(generous);
    generator.hear(0, &stalls(80 * MILLISECOND, 1_000), SECOND);
    assert_eq!(told(&generator, &MINUTE), "");
}

#[test]
fn the_live_view_sees_the_present() {
    let signs = |generator: &Generator| {
        let signs = generator.signs();
        signs.iter().map(|sign| format!("{}: {}", sign.level, sign.text)).collect::<Vec<_>>()
    };
    assert_eq!(signs(&Generator::default()), [""; 0]);
    assert_eq!(signs(&busy([990, 500])), ["successful: processor 50 %"]);
    assert_eq!(signs(&busy([500, 850])), ["warning: processor 85 %"]);
    assert_eq!(signs(&stalled(80 * MILLISECOND, 1)), ["void: stall 80.0 ms"]);
    let full = Some(Usage { used: 64, limit: 64 });
    let mut generator = machine(MachineSample { descriptors: full, ..MachineSample::default() });
    assert_eq!(signs(&generator), ["void: file descriptors 100 %"]);
    generator.look(&MachineSample { descriptors: Some(Usage { used: 5, limit: 64 }), ..MachineSample::default() }, 5 * SECOND);
    assert_eq!(signs(&generator), [""; 0]);
}

#[test]
fn the_report_says_what_was_measured() {
    let mut generator = busy([500, 700]);
    let held = Held { joins: 4, topics: 2, collects: 0 };
    generator.hear(1, &WorkerSample { held, ..stalls(7 * MILLISECOND, 1) }, 3 * SECOND);
    let without = generator.report(&MINUTE).lines().join("\n");
    let memory = Some(Usage { used: 50 << 20, limit: 2 << 30 });
    generator.look(&MachineSample { span: SECOND, memory, stolen: Some(0.004), ..MachineSample::default() }, 3 * SECOND);
    insta::assert_snapshot!(format!("{without}\n\n{}", generator.report(&MINUTE).lines().join("\n")), @"
    workers: longest stall 7.00 ms, 0 ns in long stalls
    processor per worker: 60 % on average, 70 % at most
    values held at most: joins 4, topics 2

    workers: longest stall 7.00 ms, 0 ns in long stalls
    processor per worker: 60 % on average, 70 % at most
    machine: memory 50.0 MiB of 2.00 GiB, file descriptors not measured, ports not measured, stolen 0.4 %
    values held at most: joins 4, topics 2
    ");
    insta::assert_snapshot!(Generator::default().report(&MINUTE).lines().join("\n"), @"");
}
