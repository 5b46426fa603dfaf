//! A worker: a struct with a mailbox, driven by whoever owns its runtime.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use throng_measure::{Held, Moment};
use throng_plugin_api::Clock;
use tokio::sync::{Notify, mpsc};
use tokio::task::AbortHandle;

use crate::assemble::{AssembleError, assemble};
use crate::message::{Assignment, FromWorker, LineChunk, Settle, StopMode, ToWorker};
use crate::program::Resources;
use crate::pulse::Pulse;
use crate::scenario_run::ScenarioRun;
use crate::shared::{PeerLink, Peers};
use crate::starter::{Share, start_minions};
use crate::ticks::Ticks;
use crate::timers::Timers;

/// Messages that fit into a mailbox between a campaign and a worker; a full one makes its sender wait.
pub const MAILBOX: usize = 64;

/// Runs its share of a campaign's minions, on one thread. Must be run inside a tokio runtime that can spawn local tasks.
#[derive(Debug)]
pub struct Worker {
    number: u32,
    clock: Clock,
    resources: Resources,
    inbox: mpsc::Receiver<ToWorker>,
    campaign: mpsc::Sender<FromWorker>,
    link: PeerLink,
}

/// Why a worker gave up.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The operating system gives no precise timer, or nothing to wait with.
    #[error(
        "worker {worker} cannot start: {source}; each worker needs some file descriptors of its own: raise their limit (`ulimit -n`) or use \
         fewer `--workers`"
    )]
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
    starter: Option<AbortHandle>,
    ended: bool,
}

/// What a worker has while it runs.
struct Site {
    number: u32,
    clock: Clock,
    resources: Resources,
    campaign: mpsc::Sender<FromWorker>,
    timers: Rc<Timers>,
    quieter: Rc<Notify>,
    pulse: Rc<Pulse>,
    peers: Rc<Peers>,
    parts: FxHashMap<u32, Part>,
    ticks: Ticks,
}

impl Worker {
    /// A worker with its mailboxes, not yet running.
    pub fn new(
        number: u32,
        clock: Clock,
        resources: Resources,
        inbox: mpsc::Receiver<ToWorker>,
        campaign: mpsc::Sender<FromWorker>,
        link: PeerLink,
    ) -> Self {
        Self { number, clock, resources, inbox, campaign, link }
    }

    /// Runs until the campaign says that it is finished, or is gone.
    ///
    /// # Errors
    /// The worker's timer fails.
    pub async fn run(self) -> Result<(), WorkerError> {
        let pulse = Rc::new(Pulse::new(self.clock));
        pulse.beside(self.work(Rc::clone(&pulse))).await
    }

    async fn work(self, pulse: Rc<Pulse>) -> Result<(), WorkerError> {
        let Self { number, clock, resources, mut inbox, campaign, link } = self;
        let timer_error = |source| WorkerError::Timer { worker: number, source };
        let timers = Rc::new(Timers::new(clock));
        let timer = clock.precise_timer().map_err(timer_error)?;
        let (peers, mut from_peers) = link.open(number);
        let flushers: Vec<_> = peers.flushers().map(tokio::task::spawn_local).collect();
        let driving = Rc::clone(&timers);
        // A task of its own: minions go on while this loop waits for the campaign.
        let mut driver = tokio::task::spawn_local(async move { driving.drive(timer).await });
        let quieter = Rc::new(Notify::new());
        let now = clock.now();
        let mut site = Site {
            number,
            clock,
            resources,
            campaign,
            timers,
            quieter: Rc::clone(&quieter),
            pulse,
            peers,
            parts: FxHashMap::default(),
            ticks: Ticks::after(now, now),
        };
        loop {
            tokio::select! {
                driven = &mut driver => return driven.map_err(std::io::Error::other).and_then(|driven| driven).map_err(timer_error),
                message = inbox.recv() => match message {
                    None | Some(ToWorker::Finish) => break,
                    Some(message) => site.obey(message).await,
                },
                Some(batch) = from_peers.recv() => {
                    for envelope in batch {
                        if let Some(part) = site.parts.get(&envelope.scenario) {
                            part.run.take_envelope(envelope);
                        }
                    }
                }
                () = quieter.notified() => site.report_changes().await,
                () = clock.sleep_until(site.ticks.next()) => {
                    let until = site.ticks.pass(clock.now());
                    site.report_figures(until).await;
                }
            }
        }
        driver.abort();
        flushers.iter().for_each(tokio::task::JoinHandle::abort);
        site.report_figures(clock.now()).await;
        Ok(())
    }
}

impl Site {
    async fn obey(&mut self, message: ToWorker) {
        match message {
            ToWorker::Assign(assignment) => self.assign(&assignment).await,
            ToWorker::WarmUp { scenario } => {
                if let Some(part) = self.parts.get(&scenario) {
                    // A task of its own: who stops the campaign is heard meanwhile.
                    let warming = warm_up(Rc::clone(&part.run), self.number, self.campaign.clone());
                    part.run.life.watchers.spawn(&part.run.quieter, warming);
                }
            }
            ToWorker::Begin { scenario, round, clock, phases, stage_ends, restart } => {
                self.ticks = Ticks::after(self.clock.now(), clock.start());
                let share = Share { worker: u64::from(self.number), workers: u64::from(self.peers.workers()) };
                if let Some(part) = self.parts.get_mut(&scenario) {
                    let (plan, lines) = mpsc::channel(2);
                    part.plan = Some(plan);
                    part.run.begin(clock, phases);
                    part.run.life.round.set(round);
                    part.run.life.restart.set(restart);
                    part.run.start_companions();
                    stage_ends.into_iter().for_each(|end| part.run.run_after_stage(end));
                    let starting = tokio::task::spawn_local(start_minions(Rc::clone(&part.run), share, lines));
                    part.starter = Some(starting.abort_handle());
                }
            }
            ToWorker::Turn(turn) => self.parts.values().for_each(|part| part.run.turn(turn)),
            ToWorker::Lines(chunk) => {
                if let Some(plan) = self.parts.get(&chunk.scenario).and_then(|part| part.plan.as_ref()) {
                    // There is room, because the starter asked; a starter that has ended since, by a stop, needs no more.
                    let _ = plan.try_send(chunk);
                }
            }
            ToWorker::Settle { scenario, round, settle } => {
                if let Some(part) = self.parts.get(&scenario) {
                    part.run.life.round.set(round);
                    match settle {
                        Settle::RunTrees(phase) => part.run.run_trees(phase),
                        Settle::Look => {}
                        Settle::Release => part.run.shared.waits.starve(),
                        Settle::Flush(step) => part.run.flush_collect(step),
                        Settle::EndCompanions => part.run.cancel_companions(),
                    }
                }
                self.report_changes().await;
            }
            ToWorker::Stop { scenario, mode } => {
                let now = self.clock.now();
                for (number, part) in &mut self.parts {
                    if scenario.is_none_or(|scenario| scenario == *number) {
                        stop(part, mode, now);
                    }
                }
                self.report_changes().await;
            }
            ToWorker::Close { scenario } => {
                if let Some(part) = self.parts.get(&scenario) {
                    part.run.life.closing.set(true);
                    part.run.close();
                }
                self.report_changes().await;
            }
            ToWorker::Finish => {}
        }
    }

    async fn assign(&mut self, assignment: &Assignment) {
        let (worker, scenario) = (self.number, assignment.scenario);
        let site = crate::assemble::Site {
            worker,
            workers: self.peers.workers(),
            clock: self.clock,
            resources: &self.resources,
            timers: &self.timers,
            peers: &self.peers,
            quieter: &self.quieter,
            pulse: &self.pulse,
        };
        let answer = match assemble(assignment, &site) {
            Ok(run) => {
                run.start_watchers();
                self.parts.insert(scenario, Part { run, plan: None, starter: None, ended: false });
                FromWorker::Ready { worker, scenario }
            }
            Err(error) => FromWorker::Unable { worker, scenario, step: error.step, reason: error.reason },
        };
        self.tell(answer).await;
    }

    async fn report_changes(&mut self) {
        let worker = self.number;
        let mut news = Vec::new();
        for (scenario, part) in &mut self.parts {
            let (scenario, run) = (*scenario, &part.run);
            news.extend(run.take_news());
            if run.life.wants_lines.take() {
                news.push(FromWorker::WantsLines { worker, scenario });
            }
            let stillness = run.stillness();
            let told = run.life.told.get();
            // Who is not quiet has nothing to say, unless it was asked or was quiet before.
            let is_news = stillness.quiet || told.is_some_and(|told| told.quiet || told.round != stillness.round);
            if is_news && told != Some(stillness) && !part.ended {
                run.life.told.set(Some(stillness));
                news.push(FromWorker::Still { worker, scenario, stillness });
            }
            if run.life.closing.get() && run.is_gone() && !part.ended {
                part.ended = true;
                news.push(FromWorker::Tick { worker, scenario, until: self.clock.now(), delta: Box::new(run.take_figures()) });
                news.push(FromWorker::Ended { worker, scenario });
            }
        }
        for message in news {
            self.tell(message).await;
        }
    }

    async fn report_figures(&self, until: Moment) {
        let mut held = Held::default();
        for (scenario, part) in &self.parts {
            held.add(part.run.held());
            let delta = Box::new(part.run.take_figures());
            self.tell(FromWorker::Tick { worker: self.number, scenario: *scenario, until, delta }).await;
        }
        self.tell(FromWorker::Health { worker: self.number, sample: Box::new(self.pulse.take(held)) }).await;
    }

    /// A campaign that is gone needs no answer: the closed inbox ends the worker.
    async fn tell(&self, message: FromWorker) {
        let _ = self.campaign.send(message).await;
    }
}

async fn warm_up(run: Rc<ScenarioRun>, worker: u32, campaign: mpsc::Sender<FromWorker>) {
    let scenario = run.number;
    let answer = match run.warm_up().await {
        Ok(()) => FromWorker::Warm { worker, scenario },
        Err(AssembleError { step, reason }) => FromWorker::Unable { worker, scenario, step, reason },
    };
    // A campaign that is gone needs no answer.
    let _ = campaign.send(answer).await;
}

fn stop(part: &mut Part, mode: StopMode, now: Moment) {
    part.plan = None;
    // It may wait for a slot, and must not start anybody when it gets one.
    part.starter.iter().for_each(AbortHandle::abort);
    part.run.stop_load(now);
    match mode {
        StopMode::Soft => part.run.skip_trees(),
        StopMode::Load => part.run.cancel_load(),
        StopMode::Hard => {
            part.run.life.closing.set(true);
            part.run.cancel_everything();
        }
    }
}
