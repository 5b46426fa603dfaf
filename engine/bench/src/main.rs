//! What the engine's hot paths cost in bare loops: `throng-bench calls [NAME]`, `throng-bench recording`.

mod rounds;

use std::error::Error;

use throng_bench::{Recording, guest_calls};
use throng_guest::{Sandbox, SandboxConfig};

use crate::rounds::{print_costs, print_heading};

/// Calls of a round.
const CALLS: u32 = 200_000;
/// Executions of a round.
const EXECUTIONS: u32 = 2_000_000;

/// The engine's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("calls") => calls(arguments.next().as_deref().unwrap_or_default()),
        Some("recording") => recording(),
        _ => Err("say `calls` or `recording`".into()),
    }
}

/// Those whose name holds `wanted`.
fn calls(wanted: &str) -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::new(SandboxConfig::default())?;
    print_heading();
    for call in guest_calls().into_iter().filter(|call| call.name.contains(wanted)) {
        let (name, times) = (call.name, if call.traps() { CALLS / 100 } else { CALLS });
        let mut calls = call.start(&sandbox)?;
        print_costs(name, times, || calls.make(times))?;
    }
    Ok(())
}

fn recording() -> Result<(), Box<dyn Error>> {
    let mut recording = Recording::default();
    print_heading();
    print_costs("all meters of a step", EXECUTIONS, || {
        recording.record(EXECUTIONS);
        Ok(())
    })
}
