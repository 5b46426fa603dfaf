//! The events that the engine itself emits: their names, their levels, and which of them anybody wants.

use throng_protocols::Severity;

use crate::EventInterest;

macro_rules! engine_events {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $level:ident;)+) => {
        /// An event of the engine's own.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum EngineEvent {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl EngineEvent {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Noun and past verb.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// How serious it is.
            pub const fn level(self) -> Severity {
                match self { $(Self::$variant => Severity::$level,)+ }
            }
        }
    };
}

engine_events! {
    /// Somebody has held the campaign: nothing new starts.
    CampaignHeld = "campaign-held", Info;
    /// It goes on; the value is how long it was held.
    CampaignResumed = "campaign-resumed", Info;
    /// Its plan goes by at another speed, which is the value.
    CampaignSpeedChanged = "campaign-speed-changed", Info;
    /// A minion's run has begun.
    MinionStarted = "minion-started", Info;
    /// It has come to its end; the value is its response time.
    MinionCompleted = "minion-completed", Info;
    /// A stop has ended it.
    MinionCancelled = "minion-cancelled", Info;
    /// It has ended because what it waited for will never come.
    MinionStarved = "minion-starved", Warn;
    /// Its start had to wait, for the cap on minions in flight.
    MinionQueued = "minion-queued", Info;
    /// Its start was left out, for the cap on minions in flight.
    MinionDropped = "minion-dropped", Warn;
    /// An execution of a step has begun.
    StepStarted = "step-started", Debug;
    /// It has succeeded; the value is its response time.
    StepCompleted = "step-completed", Info;
    /// An attempt has failed, and there will be another; the value is why.
    StepRetried = "step-retried", Info;
    /// The step was bypassed, because an earlier one had failed.
    StepSkipped = "step-skipped", Debug;
    /// An execution has ended because what it waited for will never come.
    StepStarved = "step-starved", Info;
    /// An execution was cancelled, by a stop or with what it was a part of.
    StepCancelled = "step-cancelled", Debug;
    /// An assertion did not hold, after the retries; the value is why.
    AssertionFailed = "assertion-failed", Error;
    /// An execution ended in an error, after the retries; the value is why.
    StepFailed = "step-failed", Error;
    /// The last attempt of an execution ran over its time; the value is why.
    StepTimedOut = "step-timed-out", Error;
    /// A connection could not be opened, or broke while it was in use; the value is why.
    ConnectionFailed = "connection-failed", Warn;
    /// A left whose right did not come in time; the value is its key.
    JoinMissing = "join-missing", Warn;
    /// A right whose left had timed out; the value is its key.
    JoinLate = "join-late", Warn;
    /// A right whose key was used; the value is the key.
    JoinDuplicate = "join-duplicate", Warn;
    /// A right that nobody asked for; the value is its key.
    JoinOrphan = "join-orphan", Warn;
    /// A right without a key; the value is why.
    JoinUnkeyed = "join-unkeyed", Error;
    /// A reader has missed records, because the topic keeps no more; the value is how many.
    TopicSkipped = "topic-skipped", Warn;
    /// A topic keeps all records, and they are too large.
    TopicOverflowed = "topic-overflowed", Error;
    /// A source could not be opened, and is tried again; the value is why.
    SourceRetried = "source-retried", Warn;
    /// A source cannot go on, which ends the campaign; the value is why.
    SourceFailed = "source-failed", Error;
    /// The sandbox has stopped a guest; the value is why.
    GuestStopped = "guest-stopped", Error;
}

/// Some of the engine's events.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct EngineEvents(u32);

impl EngineEvents {
    /// Those that somebody wants.
    pub fn wanted(interest: &EventInterest) -> Self {
        let wanted = EngineEvent::ALL.iter().filter(|event| interest.wants(event.name(), event.level()));
        Self(wanted.fold(0, |bits, event| bits | Self::bit(*event)))
    }

    /// Whether an event is one of them.
    #[inline]
    pub fn contains(self, event: EngineEvent) -> bool {
        self.0 & Self::bit(event) != 0
    }

    const fn bit(event: EngineEvent) -> u32 {
        1 << event as u32
    }
}

// Every event has a bit.
const _: () = assert!(EngineEvent::ALL.len() <= 32);
