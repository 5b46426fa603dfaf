//! Which campaigns run and which wait: at most so many at a time, the others in their order.

mod clear_up;
mod observer;
mod pace;
mod prepare;
mod run;
mod schedules;

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use throng_campaign::{Command, Composed};
use throng_measure::{LiveFigures, Pace, Verdict};
use tokio::sync::{mpsc, watch};

use crate::clock;
use crate::config::ServerConfig;
use crate::files::Files;
use crate::problem::Problem;
use crate::secrets::Secrets;
use crate::store::{CampaignRecord, CampaignState, Ending, Store};

pub(crate) use prepare::Prepared;
pub(crate) use schedules::Schedules;

/// Orders that may wait for a campaign's thread.
const ORDERS: usize = 4;

/// The campaigns that are not over. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Campaigns {
    shared: Arc<Shared>,
}

struct Shared {
    /// That run at a time.
    limit: usize,
    /// That wait, at most.
    queue: usize,
    workers: u32,
    store: Store,
    files: Files,
    clock: throng_plugin_api::Clock,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    /// Those that wait for their time, as others see them.
    scheduled: BTreeMap<String, watch::Sender<View>>,
    waiting: VecDeque<Waiting>,
    running: BTreeMap<String, Arc<Live>>,
    /// Nothing new is started: the engine ends.
    is_ending: bool,
}

struct Waiting {
    live: Arc<Live>,
    composed: Box<Composed>,
    orders: mpsc::Receiver<Command>,
    asked: watch::Receiver<Pace>,
}

/// A campaign that is not over, as others see it.
pub(crate) struct Live {
    pub(crate) key: String,
    number: i64,
    secrets: Secrets,
    commands: mpsc::Sender<Command>,
    /// How its plan is to go by.
    asked: watch::Sender<Pace>,
    /// How often that was changed.
    changes: AtomicUsize,
    pub(crate) view: watch::Sender<View>,
}

/// What there is to see of a campaign.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) state: CampaignState,
    pub(crate) figures: Option<Arc<LiveFigures>>,
    /// It was stopped, by whomever, and comes to its end.
    pub(crate) is_ending: bool,
    pub(crate) verdict: Option<Verdict>,
}

impl View {
    fn sender() -> watch::Sender<Self> {
        watch::Sender::new(Self { state: CampaignState::Scheduled, figures: None, is_ending: false, verdict: None })
    }
}

impl Campaigns {
    pub(crate) fn new(config: &ServerConfig, store: Store, files: Files) -> Self {
        let shared = Shared {
            limit: config.campaigns,
            queue: config.queue,
            workers: config.workers,
            store,
            files,
            clock: throng_plugin_api::Clock::system(),
            open: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Whether one more may wait.
    pub(crate) fn check_room(&self) -> Result<(), Problem> {
        let open = self.lock();
        if open.is_ending {
            return Err(busy("the engine is ending").hint("start it again first"));
        }
        if open.running.len() >= self.shared.limit && open.waiting.len() >= self.shared.queue {
            let detail = format!("{} campaigns run and {} wait, which is all that may", open.running.len(), open.waiting.len());
            return Err(busy(detail).hint("try again when one has ended, or abort one"));
        }
        Ok(())
    }

    /// Starts a campaign, now or when its turn comes.
    pub(crate) fn submit(&self, record: &CampaignRecord, composed: Box<Composed>) {
        let (commands, orders) = mpsc::channel(ORDERS);
        let (ask, asked) = watch::channel(Pace::default());
        let secrets = record.secrets.clone();
        let mut open = self.lock();
        let view = open.scheduled.remove(&record.key).unwrap_or_else(View::sender);
        let live = Arc::new(Live {
            key: record.key.clone(),
            number: record.number,
            secrets,
            commands,
            asked: ask,
            changes: AtomicUsize::new(0),
            view,
        });
        live.show_state(CampaignState::Queued);
        open.waiting.push_back(Waiting { live, composed, orders, asked });
        drop(open);
        self.start_next();
    }

    /// Shows a campaign that waits for its time.
    fn park(&self, record: &CampaignRecord) {
        self.lock().scheduled.entry(record.key.clone()).or_insert_with(View::sender);
    }

    /// Shows that a campaign that waited for its time is over.
    fn end_parked(&self, key: &str, verdict: Option<Verdict>) {
        if let Some(view) = self.lock().scheduled.remove(key) {
            view.send_modify(|view| (view.state, view.verdict) = (CampaignState::Ended, verdict));
        }
    }

    /// How many wait for their time.
    pub(crate) fn scheduled(&self) -> usize {
        self.lock().scheduled.len()
    }

    /// What there is to see of a campaign that is not over, as it goes on.
    pub(crate) fn view(&self, key: &str) -> Option<watch::Receiver<View>> {
        let open = self.lock();
        let waiting = || open.waiting.iter().map(|waiting| &waiting.live).find(|live| live.key == key);
        let live = open.running.get(key).or_else(waiting);
        live.map(|live| &live.view).or_else(|| open.scheduled.get(key)).map(watch::Sender::subscribe)
    }

    /// A campaign that is not over.
    pub(crate) fn find(&self, key: &str) -> Option<Arc<Live>> {
        let open = self.lock();
        let waiting = || open.waiting.iter().map(|waiting| &waiting.live).find(|live| live.key == key);
        open.running.get(key).or_else(waiting).cloned()
    }

    /// How many run, and how many wait.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let open = self.lock();
        (open.running.len(), open.waiting.len())
    }

    /// Stops a campaign, or takes it out of the queue; whether there is one.
    pub(crate) async fn stop(&self, key: &str, order: Command) -> Result<bool, Problem> {
        let waiting = {
            let mut open = self.lock();
            let position = open.waiting.iter().position(|waiting| waiting.live.key == key);
            position.and_then(|position| open.waiting.remove(position))
        };
        if let Some(waiting) = waiting {
            let message = Some("aborted before it began".to_owned());
            let ending = Ending { verdict: Some(Verdict::Aborted), message, at: clock::now(&self.shared.clock) };
            self.shared.store.end_campaign(waiting.live.number, ending).await?;
            waiting.live.show_end(Some(Verdict::Aborted));
            return Ok(true);
        }
        let Some(live) = self.find(key) else { return Ok(false) };
        // A full mailbox holds earlier stops already, and a campaign that has just ended needs none.
        let _ = live.commands.try_send(order);
        Ok(true)
    }

    /// Starts nothing more, and tells all that run to stop; those that wait are there when the engine is.
    pub(crate) fn end(&self, order: Command) {
        let mut open = self.lock();
        open.is_ending = true;
        open.waiting.clear();
        for live in open.running.values() {
            let _ = live.commands.try_send(order);
        }
    }

    /// Waits until none runs.
    pub(crate) async fn all_ended(&self) {
        loop {
            let Some(live) = self.lock().running.values().next().cloned() else { return };
            live.ended().await;
        }
    }

    fn start_next(&self) {
        while let Some(waiting) = self.next() {
            run::spawn(self.clone(), waiting);
        }
    }

    /// The next campaign, if one more may run.
    fn next(&self) -> Option<Waiting> {
        let mut open = self.lock();
        if open.is_ending || open.running.len() >= self.shared.limit {
            return None;
        }
        let waiting = open.waiting.pop_front()?;
        let live = Arc::clone(&waiting.live);
        open.running.insert(live.key.clone(), live);
        Some(waiting)
    }

    fn ended(&self, live: &Live, verdict: Option<Verdict>) {
        self.lock().running.remove(&live.key);
        live.show_end(verdict);
        self.start_next();
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.shared.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Live {
    /// Waits until it is over.
    pub(crate) async fn ended(&self) {
        // The sender is this one's own: it cannot be gone.
        let _ = self.view.subscribe().wait_for(|view| view.state == CampaignState::Ended).await;
    }

    fn show_state(&self, state: CampaignState) {
        self.view.send_modify(|view| view.state = state);
    }

    fn show_end(&self, verdict: Option<Verdict>) {
        self.view.send_modify(|view| (view.state, view.verdict) = (CampaignState::Ended, verdict));
    }
}

fn busy(detail: impl Into<String>) -> Problem {
    let problem = Problem::new(axum::http::StatusCode::SERVICE_UNAVAILABLE, "busy", detail);
    Problem { retry_after: Some(10), ..problem }
}
