//! The generator's health in a few words, while a campaign runs.

use super::generator::Generator;
use super::judge::percent;
use super::machine::Used;
use super::{HealthLimits, Usage};
use crate::{Verdict, humane};

/// A figure of the generator, and what would follow from it alone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sign {
    /// Successful if it is as it should be, warning or void if it isn't.
    pub level: Verdict,
    /// Such as `processor 97 %`.
    pub text: String,
}

impl Generator {
    /// How it is now: the processor always, as far as it is measured; the others when they are above what warns.
    pub fn signs(&self) -> Vec<Sign> {
        let HealthLimits { processor_warns, processor_voids, stall_warns, stall_voids, .. } = self.limits;
        let above = |is_warned: bool, is_voided: bool| match (is_warned, is_voided) {
            (_, true) => Verdict::Void,
            (true, false) => Verdict::Warning,
            (false, false) => Verdict::Successful,
        };
        let busiest = self.workers.iter().filter_map(|worker| worker.processor.now).reduce(f64::max);
        let processor = busiest.map(|share| Sign {
            level: above(share > processor_warns, share > processor_voids),
            text: format!("processor {}", percent(share)),
        });
        let longest = self.workers.iter().filter_map(|worker| worker.stalls.max()).max().filter(|longest| *longest > stall_warns);
        let stall =
            longest.map(|longest| Sign { level: above(true, longest > stall_voids), text: format!("stall {}", humane::duration(longest)) });
        let machine = self.machine.as_ref();
        let scarce = |what: &str, used: Option<&Used>, warns: f64| {
            let usage = used.and_then(|used| used.now).filter(|usage| usage.share() > warns)?;
            Some(Sign { level: above(true, usage.used >= usage.limit), text: format!("{what} {}", percent(Usage::share(usage))) })
        };
        let scarce = [
            scarce("memory", machine.map(|machine| &machine.memory), self.limits.memory_warns),
            scarce("file descriptors", machine.map(|machine| &machine.descriptors), self.limits.descriptors_warns),
            scarce("ports", machine.map(|machine| &machine.ports), self.limits.ports_warns),
        ];
        processor.into_iter().chain(stall).chain(scarce.into_iter().flatten()).collect()
    }
}
