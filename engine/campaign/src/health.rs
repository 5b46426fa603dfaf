//! Watches the machine while a campaign runs: what this process uses of it, once a second, on the control thread.

#[cfg(target_os = "linux")]
mod cgroup;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod ports;

use throng_measure::{Moment, Snapshot};
use throng_plugin_api::Clock;

#[cfg(not(target_os = "linux"))]
use elsewhere::Machine;
#[cfg(target_os = "linux")]
use linux::Machine;

/// How often the machine is looked at, in nanoseconds.
const PERIOD: u64 = 1_000_000_000;

/// Looks at the machine, where there is a real one.
#[derive(Debug)]
pub(crate) struct HealthWatch {
    /// None in virtual time.
    machine: Option<Machine>,
    last: Moment,
}

impl HealthWatch {
    /// Begins to watch: what is counted from now on.
    pub(crate) fn new(clock: Clock) -> Self {
        Self { machine: (!clock.is_virtual()).then(Machine::new).flatten(), last: clock.now() }
    }

    /// Tells the snapshot how the machine is, if that is due.
    pub(crate) fn look(&mut self, snapshot: &mut Snapshot, now: Moment, start: Moment) {
        if now.since(self.last) >= PERIOD {
            self.look_now(snapshot, now, start);
        }
    }

    /// Tells the snapshot how the machine is.
    pub(crate) fn look_now(&mut self, snapshot: &mut Snapshot, now: Moment, start: Moment) {
        let span = now.since(self.last);
        self.last = now;
        if let Some(machine) = &mut self.machine {
            snapshot.look_at_machine(&machine.sample(span), now.since(start));
        }
    }
}

/// Where nothing of all this is known.
#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use throng_measure::MachineSample;

    #[derive(Debug)]
    pub(super) struct Machine;

    impl Machine {
        pub(super) fn new() -> Option<Self> {
            None
        }

        pub(super) fn sample(&mut self, span: u64) -> MachineSample {
            MachineSample { span, ..MachineSample::default() }
        }
    }
}
