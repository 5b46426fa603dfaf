//! `throng serve`: an engine that keeps running.

use std::ffi::OsString;
use std::path::Path;

use throng_plugin_api::FileAccess;
use throng_server::{AllowedTargets, Bounds, CompilerCommand, Keep, Server, ServerConfig, ServerError, Stop, TlsFiles};
use tokio::runtime::Builder;
use tokio::sync::mpsc;

use crate::arguments::{DisplayArguments, ServeArguments};
use crate::commands::campaign::pass_interrupts;
use crate::config::Configuration;
use crate::engine::{print, sandbox_with};
use crate::exit::{Exit, Failure};

/// Serves until it is told to end.
pub(crate) fn serve(arguments: &ServeArguments, configuration: &Configuration) -> Result<Exit, Failure> {
    let config = config(arguments, configuration)?;
    let runtime = Builder::new_current_thread().enable_all().build().map_err(Failure::engine)?;
    runtime.block_on(async {
        let server = Server::bind(config).await.map_err(failure)?;
        print(&format!("throng serve listening on {}\n", server.url()));
        let (stops, told) = mpsc::channel(2);
        let interrupts = tokio::spawn(pass_interrupts(stops, Stop::Softly, STOPPING, Stop::AtOnce));
        server.serve(told).await;
        interrupts.abort();
        Ok(Exit::Good)
    })
}

fn config(arguments: &ServeArguments, configuration: &Configuration) -> Result<ServerConfig, Failure> {
    let display = DisplayArguments { workers: arguments.workers, ..DisplayArguments::default() }.document();
    let said = crate::config::ConfigDocument {
        limits: arguments.limits.document().limits,
        engine_tags: arguments.engine_tags.iter().cloned().collect(),
        ..display
    };
    let in_force = configuration.in_force(None, None, said)?;
    let files = match &arguments.files {
        None => FileAccess::Nowhere,
        Some(folder) => {
            let folder = folder.canonicalize().map_err(|error| Failure::bad_input(format!("--files: `{}`: {error}", folder.display())))?;
            FileAccess::Within(folder)
        }
    };
    let folder = match &files {
        FileAccess::Within(folder) => folder.clone(),
        FileAccess::Anywhere | FileAccess::Nowhere => arguments.data.clone(),
    };
    std::fs::create_dir_all(&arguments.data)
        .map_err(|error| Failure::bad_input(format!("--data: `{}`: {error}", arguments.data.display())))?;
    let cache = arguments.data.join("compiled");
    let cache = std::path::absolute(&cache).map_err(Failure::engine)?;
    let targets =
        AllowedTargets::parse(&arguments.allow_targets).map_err(|error| Failure::bad_input(format!("--allow-target: {error}")))?;
    Ok(ServerConfig {
        bind: arguments.bind,
        data: arguments.data.clone(),
        registry: throng_plugins::registry(files),
        sandbox: sandbox_with(Some(cache.clone()))?,
        limits: in_force.limits(),
        compiler: compiler(arguments, &in_force, &cache)?,
        folder,
        workers: in_force.workers(),
        tags: in_force.document.engine_tags.clone(),
        campaigns: usize::from(arguments.campaigns),
        queue: arguments.queue as usize,
        bounds: Bounds {
            minions: arguments.max_minions,
            scenarios: arguments.max_scenarios,
            duration: arguments.max_duration,
            components: arguments.max_components,
        },
        keep: Keep { campaigns_for: arguments.keep, campaigns: arguments.keep_campaigns, components_for: arguments.keep_components },
        start_late: arguments.start_late,
        targets,
        tokens_needed: arguments.require_token,
        tls: arguments.tls_cert.clone().zip(arguments.tls_key.clone()).map(|(certificate, key)| TlsFiles { certificate, key }),
        requests_per_second: arguments.requests_per_second,
        uploads_per_minute: arguments.uploads_per_minute,
    })
}

/// This program, with limits of its own.
fn compiler(arguments: &ServeArguments, in_force: &crate::config::InForce, cache: &Path) -> Result<CompilerCommand, Failure> {
    let program = std::env::current_exe().map_err(Failure::engine)?;
    let mut words: Vec<OsString> = vec!["compile".into(), "--cache".into(), cache.into()];
    words.extend(["--memory".into(), arguments.compile_memory.to_string().into()]);
    words.extend(["--seconds".into(), arguments.compile_time.as_secs().max(1).to_string().into()]);
    for (name, value) in &in_force.document.limits {
        words.extend(["--limit".into(), format!("{name}={}", value.0).into()]);
    }
    Ok(CompilerCommand { program, arguments: words })
}

/// What the first interrupt does.
const STOPPING: &str = "stopping: campaigns make no new starts, running minions end; once more to abort them";

/// What the operator can do something about is bad input.
pub(super) fn failure(error: ServerError) -> Failure {
    match error {
        ServerError::Folder { .. }
        | ServerError::InUse { .. }
        | ServerError::Bind { .. }
        | ServerError::NoTokens { .. }
        | ServerError::Tls { .. } => Failure::bad_input(error),
        ServerError::Store(_) | ServerError::Start { .. } => Failure::engine(error),
    }
}
