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
    let mut generator = Generator::default();
    generator.look(&MachineSample { span: SECOND, ..sample }, 3 * SECOND);
    generator
}

#[test]
fn a_worker_that_stands_still_warns_and_then_voids() {
    assert_eq!(told(&stalled(4 * MILLISECOND, 500), &MINUTE), "");
    insta::assert_snapshot!(told(&stalled(8 * MILLISECOND, 500), &MINUTE), @"");
    insta::assert_snapshot!(told(&stalled(80 * MILLISECOND, 12), &MINUTE), @"");
    insta::assert_snapshot!(told(&stalled(80 * MILLISECOND, 13), &MINUTE), @"");
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
    insta::assert_snapshot!(told(&stalled(80 * MILLISECOND, 20), &Circumstances { guests: &guests, ..MINUTE }), @"");
}

#[test]
fn a_processor_must_be_full_for_some_time() {
    assert_eq!(told(&busy([990, 990, 990, 990, 100, 990, 990]), &MINUTE), "", "never for five seconds");
    assert_eq!(told(&busy([700; 60]), &MINUTE), "");
    insta::assert_snapshot!(told(&busy([100, 100, 850, 850, 850, 850, 850, 100]), &MINUTE), @"");
    insta::assert_snapshot!(told(&busy([970; 5]), &MINUTE), @"");
    insta::assert_snapshot!(told(&busy([970; 5]), &Circumstances { is_late: true, ..MINUTE }), @"");
    insta::assert_snapshot!(told(&busy([970; 5]), &Circumstances { is_scheduled: false, ..MINUTE }), @"");
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
    insta::assert_snapshot!(told(&machine(scarce), &MINUTE), @"");
}

#[test]
fn what_has_run_out_voids() {
    let mut generator = machine(MachineSample { descriptors: Some(Usage { used: 1024, limit: 1024 }), ..MachineSample::default() });
    generator.look(&MachineSample { ports: Some(Usage { used: 28_232, limit: 28_232 }), ..MachineSample::default() }, 4 * SECOND);
    let short = |of, times| ShortageReport { of, times, first: 2 * SECOND };
    let shortages = [short(Shortage::Descriptors, 17), short(Shortage::Ports, 1)];
    insta::assert_snapshot!(told(&generator, &Circumstances { shortages: &shortages, ..MINUTE }), @"");
    // Where the machine is not measured, the steps know all the same.
    let shortages = [short(Shortage::MachineDescriptors, 2)];
    insta::assert_snapshot!(told(&Generator::default(), &Circumstances { shortages: &shortages, ..MINUTE }), @"");
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
    insta::assert_snapshot!(format!("{without}\n\n{}", generator.report(&MINUTE).lines().join("\n")), @"");
    insta::assert_snapshot!(Generator::default().report(&MINUTE).lines().join("\n"), @"");
}
