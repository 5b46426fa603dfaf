//! Starts minions at their planned moments.

use std::rc::Rc;

use throng_measure::{EngineEvent, Moment};
use throng_protocols::EventBody;
use tokio::sync::mpsc;

use crate::message::{FromWorker, LineChunk};
use crate::minion::run_minion;
use crate::scenario_run::ScenarioRun;
use crate::shared::Answer;

/// Which minions are this worker's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    pub(crate) worker: u64,
    pub(crate) workers: u64,
}

impl Share {
    /// The first of this worker's minions that is not before `first`.
    fn first_from(self, first: u64) -> u64 {
        first + (self.worker + self.workers - first % self.workers) % self.workers
    }
}

/// After so many starts in a row, minions that run get their turn.
const STARTS_IN_A_ROW: u32 = 256;

/// Follows the plan until its end; a stop aborts this. Asks for the next piece when it begins with one,
/// so that two pieces at most are held.
pub(crate) async fn start_minions(run: Rc<ScenarioRun>, share: Share, mut plan: mpsc::Receiver<LineChunk>) {
    let mut started = 0_u32;
    let mut queued_until = Moment::default();
    run.ask_for_lines();
    while let Some(chunk) = plan.recv().await {
        if !chunk.last {
            run.ask_for_lines();
        }
        let mut first = chunk.first_minion;
        for (count, offset) in chunk.lines {
            let mut minion = share.first_from(first);
            let mut planned = Moment::default();
            if minion < first + count {
                planned = run.life.plan.comes_to(offset, &run.timers).await;
            }
            while minion < first + count {
                // A hold may begin in the middle of a line, and while one waits for its slot: what it took is no lateness.
                if run.life.plan.is_held() {
                    planned = planned + run.life.plan.goes_by().await;
                }
                if admit(&run, minion as u32, planned, &mut queued_until).await {
                    if run.life.plan.is_held() {
                        planned = planned + run.life.plan.goes_by().await;
                    }
                    spawn(&run, minion as u32, planned);
                }
                minion += share.workers;
                started = started.wrapping_add(1);
                if started.is_multiple_of(STARTS_IN_A_ROW) {
                    tokio::task::yield_now().await;
                }
            }
            first += count;
        }
        if chunk.last {
            break;
        }
    }
    run.life.starting.set(false);
    run.quieter.notify_one();
}

/// Whether a minion may start, where there is a cap on those in flight. Those behind one that had to wait have waited as well.
async fn admit(run: &ScenarioRun, minion: u32, planned: Moment, queued_until: &mut Moment) -> bool {
    let Some(cap) = &run.shared.cap else { return true };
    match run.enter(cap.owner).await {
        Answer::Go { waited } => {
            if waited {
                *queued_until = run.clock.now();
            }
            if planned < *queued_until {
                run.recorder.borrow_mut().minion_queued();
                run.minion_event(EngineEvent::MinionQueued, minion, || EventBody::None);
            }
            return true;
        }
        Answer::Drop => {
            run.recorder.borrow_mut().minion_dropped();
            run.lost_minion_event(EngineEvent::MinionDropped, minion);
        }
        _ => {
            run.life.starting.set(false);
            run.tell(FromWorker::CapReached { scenario: run.number });
        }
    }
    false
}

fn spawn(run: &Rc<ScenarioRun>, number: u32, planned: Moment) {
    // The handle is kept before the task first runs: tasks of this runtime start at its next turn.
    let task = tokio::task::spawn_local(run_minion(Rc::clone(run), number, planned));
    run.life.alive.borrow_mut().insert(number, task.abort_handle());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_minion_falls_to_exactly_one_worker() {
        for workers in [1, 2, 5] {
            for (first, count) in [(0, 1), (0, 10), (7, 3), (3, 100), (11, 0)] {
                let mut minions: Vec<u64> = (0..workers)
                    .flat_map(|worker| {
                        let share = Share { worker, workers };
                        (share.first_from(first)..first + count).step_by(workers as usize)
                    })
                    .collect();
                minions.sort_unstable();
                assert_eq!(minions, (first..first + count).collect::<Vec<_>>(), "{workers} workers, {count} from {first}");
            }
        }
    }
}
