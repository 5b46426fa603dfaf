//! `throng compile`: compiles one component into the cache, as a modest child of `throng serve`.

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
    match sandbox.load(&bytes, limits) {
        Ok(_) => Ok(Exit::Good),
        Err(error) => {
            print(&format!("{error}\n"));
            Ok(Exit::BadInput)
        }
    }
}
