//! Which processor is whose.

#[cfg(target_os = "linux")]
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Keeps what this thread starts on one processor, until this is dropped.
///
/// Where a client and its server wander, they share a processor at times, and a request costs the client up to a fifth less then.
#[derive(Debug)]
pub(crate) struct Place {
    #[cfg(target_os = "linux")]
    before: Option<CpuSet>,
}

/// Whose processor.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Whose {
    Client,
    Server,
}

impl Place {
    /// A processor for one of the two; all as before where there are not two, or the system has no say in it.
    #[cfg(target_os = "linux")]
    pub(crate) fn of(whose: Whose) -> Self {
        let Ok(before) = sched_getaffinity(None) else { return Self { before: None } };
        let mut granted = (0..CpuSet::MAX_CPU).filter(|processor| before.is_set(*processor));
        let chosen = match whose {
            Whose::Client => granted.next(),
            Whose::Server => granted.nth(1),
        };
        let Some(chosen) = chosen.filter(|_| before.count() > 1) else { return Self { before: None } };
        let mut only = CpuSet::new();
        only.set(chosen);
        Self { before: sched_setaffinity(None, &only).is_ok().then_some(before) }
    }

    /// Nothing is known of processors here.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn of(_: Whose) -> Self {
        Self {}
    }
}

#[cfg(target_os = "linux")]
impl Drop for Place {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // It was granted before.
            let _ = sched_setaffinity(None, before);
        }
    }
}
