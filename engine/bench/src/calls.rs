//! What a call into a guest costs, in a bare loop around its lanes. The test guests must be built.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use throng_guest::{LaneConfig, Limits, Sandbox, SandboxConfig};
use throng_protocols::http::{Response, Timings};
use throng_protocols::{Call, Callbacks, CallbacksError, Context, Effects, Place, Session, Timekeeper, Value};

use crate::rounds::{print_costs, print_heading};

const CALLS: u32 = 200_000;

struct Beginning;

impl Timekeeper for Beginning {
    fn since_start(&self) -> u64 {
        0
    }

    fn unix_time(&self) -> u64 {
        0
    }
}

/// Prints the cost of calls of several kinds: those whose name holds `wanted`.
pub(crate) fn calls(wanted: &str) -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::new(SandboxConfig::default())?;
    let response = Value::native(Response::new(201, http::HeaderMap::new(), "{}".into(), Timings::default(), Value::None));
    let text = Value::Text("x".repeat(64).into());
    let bytes = Value::Bytes(vec![0; 64].into());
    let cases = [
        ("nothing in, nothing out", "echo", 1, &Value::None),
        ("64 bytes of text in and out", "echo", 0, &text),
        ("64 bytes in and out", "echo", 0, &bytes),
        ("native in and out", "echo", 0, &response),
        ("verify a response's status", "handles", 1, &response),
        ("build a request: header, body", "handles", 10, &Value::None),
        ("the same in four calls of the engine", "handles", 0, &Value::None),
        ("session: read and write a key", "session", 0, &Value::None),
        ("a trap and its new instance", "hostile", 0, &Value::None),
        ("nothing granted, WASI: no import called", "wasi", 1, &Value::None),
    ];
    print_heading();
    for (name, guest, callback, input) in cases.into_iter().filter(|(name, ..)| name.contains(wanted)) {
        measure(&sandbox, name, guest, callback, input)?;
    }
    Ok(())
}

fn measure(sandbox: &Sandbox, name: &str, guest: &str, callback: u32, input: &Value) -> Result<(), Box<dyn Error>> {
    let target = if guest == "wasi" { "wasm32-wasip2" } else { "wasm32-unknown-unknown" };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/guests/target/{target}/release/{guest}.wasm"));
    let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}; run `cargo xtask build-guests` first", path.display()))?;
    let lanes = sandbox.load(&bytes, Limits::default())?.lanes(LaneConfig {
        limits: Limits::default(),
        settings: Arc::default(),
        timekeeper: Arc::new(Beginning),
        abort: Arc::new(AtomicBool::new(false)),
        fresh_instance_per_call: false,
    })?;
    let place = Arc::new(Place { scenario: "cost".into(), step: "call".into(), step_number: 0, zone: None });
    let (mut session, mut effects) = (Session::default(), Effects::default());
    let calls = if guest == "hostile" { CALLS / 100 } else { CALLS };
    print_costs(name, calls, || {
        for minion in 0..calls {
            let context = Context { minion, iteration: 0, attempt: 0 };
            let call = Call { callback, context, place: Arc::clone(&place), previous: None, errors: None, exhausted: false, draw: 0 };
            match lanes.call(call, input, &mut session, &mut effects) {
                Ok(_) | Err(CallbacksError::Trapped { .. }) => {}
                Err(other) => return Err(format!("{guest}: {other:?}").into()),
            }
        }
        Ok(())
    })
}
