//! Conducts a planned campaign with a live view, for `run` and `bench`.

use std::time::Duration;

use throng_campaign::{CampaignError, Command, Conductor, Plan, Team};
use throng_measure::{Pace, Report};
use throng_plugin_api::Clock;
use throng_runtime::Resources;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{mpsc, watch};

use crate::config::InForce;
use crate::exit::Failure;
use crate::live::{Controls, Display};
use crate::log;
use crate::style::Style;

/// Runs a campaign on threads of its own and returns its report.
pub(crate) fn conduct(plan: &Plan, resources: &Resources, in_force: &InForce, style: Style) -> Result<Report, Failure> {
    let clock = Clock::system();
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default()).map_err(no_runtime)?;
    let report = runtime.block_on(async {
        let team = Team::on_threads(in_force.workers(), clock, resources).map_err(failure)?;
        let conductor = Conductor::prepare(plan, resources, clock, team).await.map_err(failure)?;
        let (commands, orders) = mpsc::channel(4);
        let interrupts = tokio::task::spawn_local(pass_interrupts(commands.clone(), Command::StopSoftly, STOPPING, Command::Abort));
        #[cfg(unix)]
        let stops = tokio::task::spawn_local(crate::live::watch_stops());
        let (pace, asked) = watch::channel(Pace::default());
        let mut view = Display::start(in_force.live(), plan, style, Controls { commands, pace });
        let report = conductor.paced_by(asked).run(orders, &mut |snapshot, progress| view.show(snapshot, progress)).await;
        interrupts.abort();
        #[cfg(unix)]
        stops.abort();
        view.end();
        report.map_err(failure)
    });
    // A write that was given up may end its lines; one to a pipe that nobody reads is not waited for.
    runtime.shutdown_timeout(LAST_WRITES);
    report
}

/// What the first interrupt does.
const STOPPING: &str = "stopping: no new starts, running minions end; once more to abort";

/// How long writes that were given up may go on, when all else has ended.
const LAST_WRITES: Duration = Duration::from_secs(2);

/// The first interrupt is `first` and is told, the others are `more`. Being told to terminate is one, so that a build server that gives up
/// still gets its report, and the terminal is given back.
pub(crate) async fn pass_interrupts<T: Copy>(to: mpsc::Sender<T>, first: T, told: &'static str, more: T) {
    let Ok(mut interrupts) = Interrupts::listen() else { return };
    let mut order = first;
    let mut told = Some(told);
    while interrupts.next().await.is_some() {
        told.take().into_iter().for_each(log::tell);
        if to.send(order).await.is_err() {
            return;
        }
        order = more;
    }
}

/// Listens from its making on, so that none is missed while another one is obeyed.
pub(crate) struct Interrupts {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Interrupts {
    pub(crate) fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    pub(crate) async fn next(&mut self) -> Option<()> {
        tokio::select! {
            interrupt = self.interrupt.recv() => interrupt,
            terminate = self.terminate.recv() => terminate,
        }
    }
}

#[cfg(not(unix))]
impl Interrupts {
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    pub(crate) async fn next(&mut self) -> Option<()> {
        tokio::signal::ctrl_c().await.ok()
    }
}

fn no_runtime(error: std::io::Error) -> Failure {
    Failure::engine(format!("the campaign cannot start: {error}; is the limit of file descriptors (`ulimit -n`) very low?"))
}

fn failure(error: CampaignError) -> Failure {
    match error {
        CampaignError::Profile { .. }
        | CampaignError::Rules(_)
        | CampaignError::Histograms(_)
        | CampaignError::Unable { .. }
        | CampaignError::Exporter { .. }
        | CampaignError::Slow { .. } => Failure::bad_input(error),
        CampaignError::WorkerGone { .. } | CampaignError::Worker(_) => Failure::engine(error),
    }
}
