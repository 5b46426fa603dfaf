//! How the plan goes by while the campaign runs: held, resumed, faster or slower, as somebody asks.

use throng_measure::rules::PhaseTimes;
use throng_measure::{EndReason, EngineEvent, Event, Moment, Pace};
use throng_protocols::EventBody;
use throng_runtime::{PlanClock, PlannedPhases, ToWorker, Turn};

use super::Conductor;
use crate::lifecycle::Lifecycle;

/// The phases of one scenario's load.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ScenarioPhases {
    /// None before the load.
    pub(super) planned: Option<PlannedPhases>,
    /// When the load came to its end before its time, or without one; nanoseconds since t₀.
    pub(super) stopped: Option<u64>,
}

impl ScenarioPhases {
    /// When they are, as the plan goes by now.
    pub(super) fn times(self, clock: Option<&PlanClock>) -> PhaseTimes {
        let (Some(planned), Some(clock)) = (self.planned, clock) else {
            return PhaseTimes { load_stop: self.stopped, ..PhaseTimes::default() };
        };
        // What the plan does not come to while it is held is far away.
        let time = |plan| clock.moment_of(plan).map_or(u64::MAX, |at| at.since(clock.start()));
        PhaseTimes {
            warm_until: time(planned.warm_until),
            last_start: time(planned.last_start),
            load_stop: planned.load_stop.map(time).into_iter().chain(self.stopped).min(),
        }
    }
}

impl Conductor<'_> {
    /// Goes on at the pace that is asked for now. A campaign that was stopped, or is past its load, has no plan any more.
    pub(super) async fn keep_pace(&mut self) {
        let Some(asked) = self.asked.as_mut().map(|asked| *asked.borrow_and_update()) else { return };
        let before = self.pace;
        if asked == before || self.end != EndReason::Completed || self.lives.iter().all(Lifecycle::is_past_load) {
            return;
        }
        let now = self.clock.now();
        let held_since = self.held_since;
        if !asked.may_follow(before, self.changes) {
            tracing::warn!(limit = Pace::CHANGES, "the campaign's pace was changed too often: it stays as it is");
            return;
        }
        self.changes += 1;
        self.pace = asked;
        self.held_since = asked.held.then(|| held_since.unwrap_or(now));
        self.snapshot.set_pace(asked);
        match (before.held, asked.held) {
            (false, true) => self.tell_event(EngineEvent::CampaignHeld, now, EventBody::None),
            (true, false) => {
                let length = now.since(held_since.unwrap_or(now));
                self.tell_event(EngineEvent::CampaignResumed, now, EventBody::Duration(length));
            }
            _ => {}
        }
        if before.speed != asked.speed {
            self.tell_event(EngineEvent::CampaignSpeedChanged, now, EventBody::Number(asked.speed));
        }
        let Some(clock) = &mut self.plan_clock else { return };
        let turn = Turn { at: now, pace: asked };
        clock.turn(turn);
        self.enter_once(&asked.state());
        (0..self.phases.len()).for_each(|scenario| self.tell_phases(scenario));
        self.tell_all(&ToWorker::Turn(turn)).await;
    }

    /// Tells the rules when a scenario's phases are.
    pub(super) fn tell_phases(&mut self, scenario: usize) {
        if let Some(phases) = self.phases.get(scenario) {
            self.rules.set_phases(scenario, phases.times(self.plan_clock.as_ref()));
        }
    }

    /// When the plan comes to one of its times, if it does as it goes by now.
    pub(super) fn moment_of(&self, plan: u64) -> Option<Moment> {
        self.plan_clock.as_ref()?.moment_of(plan)
    }

    fn tell_event(&mut self, event: EngineEvent, at: Moment, value: EventBody) {
        let (name, level) = (event.name().into(), event.level());
        self.exporters.hear_campaign(Event { name, level, at, step: None, minion: None, iteration: None, tags: Vec::new(), value });
    }
}
