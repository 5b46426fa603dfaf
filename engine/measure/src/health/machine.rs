//! What is known of the machine so far.

use super::{HealthLimits, MachineSample, Usage};

/// The machine, over the campaign.
#[derive(Clone, Debug, Default)]
pub(super) struct Machine {
    pub(super) memory: Used,
    pub(super) descriptors: Used,
    pub(super) ports: Used,
    pub(super) stolen: Taken,
    pub(super) throttled: Taken,
}

/// Something of which there is a limited amount.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Used {
    pub(super) now: Option<Usage>,
    pub(super) peak: Option<Usage>,
    /// Since when more of it was used than warns.
    pub(super) since: Option<u64>,
}

impl Used {
    fn tell(&mut self, usage: Option<Usage>, warns: f64, at: u64) {
        let Some(usage) = usage else { return };
        self.now = Some(usage);
        self.peak = Some(self.peak.map_or(usage, |peak| peak.worse(usage)));
        if usage.share() > warns {
            self.since.get_or_insert(at);
        }
    }
}

/// A share of the time that somebody else took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Taken {
    taken: f64,
    span: f64,
    /// Since when more was taken than warns.
    pub(super) since: Option<u64>,
}

impl Taken {
    fn tell(&mut self, share: Option<f64>, span: u64, warns: f64, at: u64) {
        let Some(share) = share else { return };
        self.taken += share * span as f64;
        self.span += span as f64;
        if share > warns {
            self.since.get_or_insert(at.saturating_sub(span));
        }
    }

    /// Whether it was measured for so many nanoseconds.
    pub(super) fn is_known_for(&self, span: u64) -> bool {
        self.span >= span as f64
    }

    /// Of the whole campaign; none if it was not measured.
    pub(super) fn share(&self) -> Option<f64> {
        (self.span > 0.0).then(|| self.taken / self.span)
    }
}

impl Machine {
    pub(super) fn tell(&mut self, sample: &MachineSample, limits: &HealthLimits, at: u64) {
        self.memory.tell(sample.memory, limits.memory_warns, at);
        self.descriptors.tell(sample.descriptors, limits.descriptors_warns, at);
        self.ports.tell(sample.ports, limits.ports_warns, at);
        self.stolen.tell(sample.stolen, sample.span, limits.stolen_warns, at);
        self.throttled.tell(sample.throttled, sample.span, limits.throttled_warns, at);
    }
}
