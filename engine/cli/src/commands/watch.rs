//! `throng run --watch`: runs, and runs again whenever a named file or a source of a project has changed.

use std::path::PathBuf;
use std::time::Duration;

use throng_plugin_api::Clock;
use throng_project::{Sources, is_built};
use tokio::runtime::{Builder, LocalOptions};

use crate::arguments::RunArguments;
use crate::commands::build::Build;
use crate::commands::campaign::Interrupts;
use crate::commands::run::run;
use crate::config::Configuration;
use crate::exit::{Exit, Failure};
use crate::log;
use crate::plugin_store::as_url;
use crate::style::Style;

/// How often is looked. What changed must then stay as it is for as long, because a save can be several writes.
const EVERY: Duration = Duration::from_millis(300);

/// Runs until control-C, each time with the configuration as it is by then. Ends as the last run did.
pub(crate) fn watch(
    arguments: &RunArguments,
    configuration: &dyn Fn() -> Result<Configuration, Failure>,
    style: Style,
) -> Result<Exit, Failure> {
    let failed = |error| Failure::engine(format!("the files cannot be watched: {error}"));
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default()).map_err(failed)?;
    // Listens all the time: one that comes while something is built or run ends the watch behind it.
    let mut interrupts = runtime.block_on(async { Interrupts::listen() }).map_err(failed)?;
    let plugins = arguments.plugins.plugins.iter().filter(|plugin| as_url(plugin).is_none());
    let watched: Vec<_> = arguments.files.iter().chain(plugins).cloned().collect();
    let mut seen = look(&watched)?;
    let mut build = Build::IfStale;
    let mut number = 0_u64;
    loop {
        number += 1;
        let exit = match configuration().and_then(|configuration| run(arguments, &configuration, style, build)) {
            Ok(exit) => exit,
            Err(failure) => {
                log::tell(&style.error(&failure));
                failure.exit
            }
        };
        log::tell(&format!("run {number} ended; runs again when a source changes, control-C ends"));
        let change = async {
            tokio::select! {
                change = change(&watched, &seen) => change.map(Some),
                _ = interrupts.next() => Ok(None),
            }
        };
        let Some(now) = runtime.block_on(change)? else { return Ok(exit) };
        let changed = now.changed_since(&seen);
        let names: Vec<_> = changed.iter().map(|file| format!("`{}`", file.display())).collect();
        log::tell(&format!("changed: {}", names.join(", ")));
        // A component may be newer than its source all the same: it was built while that was written.
        build = if changed.iter().any(|file| is_built(file)) { Build::Always } else { Build::IfStale };
        seen = now;
    }
}

/// Waits until something is not as it was seen, and stays so.
async fn change(files: &[PathBuf], seen: &Sources) -> Result<Sources, Failure> {
    let clock = Clock::system();
    let mut last = seen.clone();
    loop {
        clock.sleep_until(clock.now() + EVERY).await;
        let now = look(files)?;
        if now == last && !now.changed_since(seen).is_empty() {
            return Ok(now);
        }
        last = now;
    }
}

fn look(files: &[PathBuf]) -> Result<Sources, Failure> {
    Sources::of(files).map_err(Failure::bad_input)
}
