//! `throng compile`: compiles one component into the cache, as a modest child of `throng serve`.

use throng_guest::{World, world_of};

use crate::arguments::CompileArguments;
use crate::config::Configuration;
use crate::engine::{print, sandbox_with};
use crate::exit::{Exit, Failure};

/// Says on standard output why a component is not taken.
pub(crate) fn compile(arguments: &CompileArguments, configuration: &Configuration) -> Result<Exit, Failure> {
    throng_server::be_modest(arguments.memory, arguments.seconds);
    let limits = configuration.in_force(None, None, arguments.limits.document())?.limits();
    let sandbox = sandbox_with(Some(arguments.cache.clone()))?;
    let bytes = std::fs::read(&arguments.file).map_err(Failure::engine)?;
    let compiled = match world_of(&bytes) {
        Some(World::StepPlugin | World::SourcePlugin) => sandbox.load_step_plugin(&bytes, limits).map(drop),
        // What is neither is refused with what a scenario would be.
        Some(World::Scenario) | None => sandbox.load(&bytes, limits).map(drop),
    };
    match compiled {
        Ok(()) => Ok(Exit::Good),
        Err(error) => {
            print(&format!("{error}\n"));
            Ok(Exit::BadInput)
        }
    }
}
