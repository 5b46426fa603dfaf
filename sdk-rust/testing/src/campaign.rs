//! Conducts a planned campaign on threads of its own, in real time.

use std::any::Any;
use std::thread;

use throng_campaign::{Conductor, Plan, Team};
use throng_measure::Report;
use throng_plugin_api::Clock;
use throng_runtime::Resources;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::mpsc;

use crate::TestError;

/// Runs a campaign to its end and returns its report. A thread is spawned for it, because the caller may be inside a runtime already.
pub(crate) fn conduct(plan: Plan, resources: Resources, workers: u32) -> Result<Report, TestError> {
    let body = move || conduct_here(&plan, &resources, workers);
    let spawned = thread::Builder::new().name("throng-campaign".to_owned()).spawn(body);
    let running = spawned.map_err(|source| TestError::System { what: "no thread for the campaign", source })?;
    running.join().unwrap_or_else(|panic| Err(TestError::Panicked(words(&*panic))))
}

fn conduct_here(plan: &Plan, resources: &Resources, workers: u32) -> Result<Report, TestError> {
    let clock = Clock::system();
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default());
    let runtime = runtime.map_err(|source| TestError::System { what: "no runtime for the campaign", source })?;
    runtime.block_on(async {
        let team = Team::on_threads(workers, clock, resources)?;
        let conductor = Conductor::prepare(plan, resources, clock, team).await?;
        // Nobody gives orders; the campaign ends by itself.
        let (_, orders) = mpsc::channel(1);
        Ok(conductor.run(orders, &mut |_, _| {}).await?)
    })
}

/// What a panic says.
pub(crate) fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a word".to_owned())
}
