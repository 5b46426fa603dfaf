//! Does one of the engine's hot paths so many times, for valgrind to count the instructions: `cargo xtask instructions` starts it.
//!
//! An example, because only those may have dependencies of their own: the clock that stands still, which makes campaigns do the same each
//! time, belongs to the tests' tokio and not to that of the programs.

mod campaign;
mod exchanges;

use std::error::Error;
use std::path::Path;

use throng_bench::{Recording, guest_calls};
use throng_guest::{Sandbox, SandboxConfig};
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};

const USAGE: &str = "say `calls CACHE NAME TIMES`, `recording TIMES`, `exchanges TIMES` or `campaign DOCUMENT`";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *words {
        ["calls", cache, name, times] => calls(Path::new(cache), name, times.parse()?),
        ["recording", times] => {
            Recording::default().record(times.parse()?);
            Ok(())
        }
        ["exchanges", times] => runtime()?.block_on(exchanges::exchanges(times.parse()?)),
        ["campaign", document] => runtime()?.block_on(campaign::campaign(document)),
        _ => Err(USAGE.into()),
    }
}

/// A guest is compiled once, into the cache: that would take a minute under valgrind.
fn calls(cache: &Path, name: &str, times: u32) -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::new(SandboxConfig { cache_directory: Some(cache.to_owned()) })?;
    let call = guest_calls().into_iter().find(|call| call.name == name).ok_or("there is no such call")?;
    call.start(&sandbox)?.make(times)
}

/// One thread, on which time passes only when everybody waits.
fn runtime() -> std::io::Result<LocalRuntime> {
    Builder::new_current_thread().enable_all().start_paused(true).build_local(LocalOptions::default())
}
