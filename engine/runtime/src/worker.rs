//! A worker: a struct with a mailbox, driven by whoever owns its runtime.

use std::rc::Rc;
use std::time::Duration;

use rustc_hash::FxHashMap;
use throng_measure::Moment;
use throng_plugin_api::Clock;
use tokio::sync::{Notify, mpsc};

use crate::assemble::assemble;
use crate::message::{Assignment, FromWorker, LineChunk, StopMode, ToWorker};
use crate::phases::Phases;
use crate::program::Resources;
use crate::scenario_run::ScenarioRun;
use crate::starter::{Share, start_minions};
use crate::timers::Timers;

/// Messages that fit into a mailbox between a campaign and a worker; a full one makes its sender wait.
pub const MAILBOX: usize = 64;

/// How often figures are sent.
const TICK: Duration = Duration::from_millis(250);

/// Runs its share of a campaign's minions, on one thread. Must be run inside a tokio runtime that can spawn local tasks.
#[derive(Debug)]
pub struct Worker {
    number: u32,
    workers: u32,
    clock: Clock,
    resources: Resources,
    inbox: mpsc::Receiver<ToWorker>,
    campaign: mpsc::Sender<FromWorker>,
}

/// Why a worker gave up.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The operating system gives no precise timer.
    #[error("worker {worker} has no precise timer: {source}")]
    Timer {
        /// The worker.
        worker: u32,
        /// The system's word.
        source: std::io::Error,
    },
}

/// A scenario on this worker, with the way to its starter.
struct Part {
    run: Rc<ScenarioRun>,
    plan: Option<mpsc::Sender<LineChunk>>,
    ended: bool,
}

impl Worker {
    /// A worker with its mailboxes, not yet running.
    pub fn new(
        number: u32,
        workers: u32,
        clock: Clock,
        resources: Resources,
        inbox: mpsc::Receiver<ToWorker>,
        campaign: mpsc::Sender<FromWorker>,
    ) -> Self {
        Self { number, workers, clock, resources, inbox, campaign }
    }

    /// Runs until the campaign says that it is finished, or is gone.
    ///
    /// # Errors
    /// The worker's timer fails.
    pub async fn run(mut self) -> Result<(), WorkerError> {
        let worker = self.number;
        let timer_error = |source| WorkerError::Timer { worker, source };
        let timers = Rc::new(Timers::new(self.clock));
        let timer = self.clock.precise_timer().map_err(timer_error)?;
        let quieter = Rc::new(Notify::new());
        let mut parts = FxHashMap::default();
        let mut next_tick = self.clock.now() + TICK;
        let driving = Rc::clone(&timers);
        // A task of its own: minions go on while this loop waits for the campaign.
        let mut driver = tokio::task::spawn_local(async move { driving.drive(timer).await });
        loop {
            tokio::select! {
                driven = &mut driver => return driven.map_err(std::io::Error::other).and_then(|driven| driven).map_err(timer_error),
                message = self.inbox.recv() => match message {
                    None | Some(ToWorker::Finish) => break,
                    Some(message) => self.obey(message, &mut parts, &timers, &quieter).await,
                },
                () = quieter.notified() => self.report_changes(&mut parts).await,
                () = self.clock.sleep_until(next_tick) => {
                    self.report_figures(&parts).await;
                    next_tick = self.clock.now() + TICK;
                }
            }
        }
        driver.abort();
        self.report_figures(&parts).await;
        Ok(())
    }

    async fn obey(&self, message: ToWorker, parts: &mut FxHashMap<u32, Part>, timers: &Rc<Timers>, quieter: &Rc<Notify>) {
        match message {
            ToWorker::Assign(assignment) => self.assign(&assignment, parts, timers, quieter).await,
            ToWorker::Begin { scenario, start, warm_until, last_start, load_stop } => {
                if let Some(part) = parts.get_mut(&scenario) {
                    let phases = Phases::new(warm_until, last_start, load_stop);
                    self.begin(part, start, phases);
                }
            }
            ToWorker::Lines(chunk) => {
                if let Some(plan) = parts.get(&chunk.scenario).and_then(|part| part.plan.as_ref()) {
                    // There is room, because the starter asked; a starter that has ended since, by a stop, needs no more.
                    let _ = plan.try_send(chunk);
                }
            }
            ToWorker::Stop { scenario, mode } => {
                for (number, part) in parts.iter_mut() {
                    if scenario.is_none_or(|scenario| scenario == *number) {
                        stop(part, mode, self.clock.now());
                    }
                }
                self.report_changes(parts).await;
            }
            ToWorker::Finish => {}
        }
    }

    async fn assign(&self, assignment: &Assignment, parts: &mut FxHashMap<u32, Part>, timers: &Rc<Timers>, quieter: &Rc<Notify>) {
        let (worker, scenario) = (self.number, assignment.scenario);
        let site = crate::assemble::Site { worker, workers: self.workers, clock: self.clock, resources: &self.resources, timers, quieter };
        let answer = match assemble(assignment, &site) {
            Ok(run) => {
                parts.insert(scenario, Part { run: Rc::new(run), plan: None, ended: false });
                FromWorker::Ready { worker, scenario }
            }
            Err(error) => FromWorker::Unable { worker, scenario, step: error.step, reason: error.reason },
        };
        self.tell(answer).await;
    }

    fn begin(&self, part: &mut Part, start: Moment, phases: Phases) {
        let (plan, lines) = mpsc::channel(2);
        part.plan = Some(plan);
        part.run.begin(start, phases);
        let share = Share { worker: u64::from(self.number), workers: u64::from(self.workers) };
        tokio::task::spawn_local(start_minions(Rc::clone(&part.run), start, share, lines));
    }

    async fn report_changes(&self, parts: &mut FxHashMap<u32, Part>) {
        for (scenario, part) in parts.iter_mut() {
            for strike in part.run.take_strikes() {
                self.tell(strike).await;
            }
            if part.run.life.wants_lines.take() {
                self.tell(FromWorker::WantsLines { worker: self.number, scenario: *scenario }).await;
            }
            if part.run.is_over() && !part.ended {
                part.ended = true;
                self.report_part(*scenario, part).await;
                self.tell(FromWorker::Ended { worker: self.number, scenario: *scenario }).await;
            }
        }
    }

    async fn report_figures(&self, parts: &FxHashMap<u32, Part>) {
        for (scenario, part) in parts {
            self.report_part(*scenario, part).await;
        }
    }

    async fn report_part(&self, scenario: u32, part: &Part) {
        let delta = Box::new(part.run.take_figures());
        self.tell(FromWorker::Tick { worker: self.number, scenario, delta }).await;
    }

    /// A campaign that is gone needs no answer: the closed inbox ends the worker.
    async fn tell(&self, message: FromWorker) {
        let _ = self.campaign.send(message).await;
    }
}

fn stop(part: &mut Part, mode: StopMode, now: Moment) {
    part.plan = None;
    part.run.life.starting.set(false);
    part.run.phases().stop_load(now);
    if mode == StopMode::Hard {
        part.run.cancel_all();
    }
}
