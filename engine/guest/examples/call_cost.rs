//! What a call costs: run it in release mode, on a machine that does nothing else.
//!
//! `cargo run --release -p throng-guest --example call_cost`; build the test guests first.

#![allow(clippy::disallowed_methods, reason = "it measures real time")]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use throng_guest::{LaneConfig, Limits, Sandbox, SandboxConfig};
use throng_protocols::http::{Response, Timings};
use throng_protocols::{Call, Callbacks, CallbacksError, Context, Effects, Place, Session, Timekeeper, Value};

const CALLS: u32 = 200_000;
const ROUNDS: usize = 9;

struct Beginning;

impl Timekeeper for Beginning {
    fn since_start(&self) -> u64 {
        0
    }

    fn unix_time(&self) -> u64 {
        0
    }
}

fn main() -> Result<(), Box<dyn Error>> {
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
        ("build a request: header, body", "handles", 0, &Value::None),
        ("session: read and write a key", "session", 0, &Value::None),
        ("a trap and its new instance", "hostile", 0, &Value::None),
        ("nothing granted, WASI: no import called", "wasi", 1, &Value::None),
    ];
    println!("{:<42} {:>10} {:>10}", "call", "median ns", "best ns");
    for (name, guest, callback, input) in cases {
        let mut costs = measure(&sandbox, guest, callback, input)?;
        costs.sort_unstable();
        if let (Some(median), Some(best)) = (costs.get(ROUNDS / 2), costs.first()) {
            println!("{name:<42} {:>10} {:>10}", median.as_nanos(), best.as_nanos());
        }
    }
    let began = Instant::now();
    for _ in 0..CALLS {
        std::hint::black_box(Instant::now());
    }
    println!("{:<42} {:>10}", "reading the clock once", (began.elapsed() / CALLS).as_nanos());
    Ok(())
}

fn measure(sandbox: &Sandbox, guest: &str, callback: u32, input: &Value) -> Result<Vec<Duration>, Box<dyn Error>> {
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
    let mut costs = Vec::new();
    let calls = if guest == "hostile" { CALLS / 100 } else { CALLS };
    for _ in 0..ROUNDS {
        let began = Instant::now();
        for minion in 0..calls {
            let context = Context { minion, iteration: 0, attempt: 0 };
            let call = Call { callback, context, place: Arc::clone(&place), previous: None, errors: None, exhausted: false, draw: 0 };
            match lanes.call(call, input, &mut session, &mut effects) {
                Ok(_) | Err(CallbacksError::Trapped { .. }) => {}
                Err(other) => return Err(format!("{guest}: {other:?}").into()),
            }
        }
        costs.push(began.elapsed() / calls);
    }
    Ok(costs)
}
