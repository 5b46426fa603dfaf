//! Calls into a guest, in a bare loop around its lanes. The test guests must be built.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use throng_guest::{LaneConfig, Lanes, Limits, Sandbox};
use throng_protocols::http::{Response, Timings};
use throng_protocols::{Call, Callbacks, CallbacksError, Context, Effects, Place, Session, Timekeeper, Value};

/// A kind of call.
#[derive(Debug)]
pub struct GuestCall {
    /// What it does.
    pub name: &'static str,
    guest: &'static str,
    callback: u32,
    input: Value,
}

/// A call and the lanes that answer it.
#[derive(Debug)]
pub struct GuestCalls {
    call: GuestCall,
    lanes: Lanes,
    place: Arc<Place>,
    session: Session,
    effects: Effects,
}

#[derive(Debug)]
struct Beginning;

impl Timekeeper for Beginning {
    fn since_start(&self) -> u64 {
        0
    }

    fn unix_time(&self) -> u64 {
        0
    }
}

/// The calls of several kinds.
pub fn guest_calls() -> Vec<GuestCall> {
    let response = Value::native(Response::new(201, http::HeaderMap::new(), "{}".into(), Timings::default(), Value::None));
    let text = Value::Text("x".repeat(64).into());
    let bytes = Value::Bytes(vec![0; 64].into());
    let cases = [
        ("nothing in, nothing out", "echo", 1, Value::None),
        ("64 bytes of text in and out", "echo", 0, text),
        ("64 bytes in and out", "echo", 0, bytes),
        ("native in and out", "echo", 0, response.clone()),
        ("verify a response's status", "handles", 1, response),
        ("build a request: header, body", "handles", 10, Value::None),
        ("the same in four calls of the engine", "handles", 0, Value::None),
        ("session: read and write a key", "session", 0, Value::None),
        ("a trap and its new instance", "hostile", 0, Value::None),
        ("nothing granted, WASI: no import called", "wasi", 1, Value::None),
    ];
    cases.into_iter().map(|(name, guest, callback, input)| GuestCall { name, guest, callback, input }).collect()
}

impl GuestCall {
    /// Starts the guest.
    ///
    /// # Errors
    /// The guest is not built, or does not start.
    pub fn start(self, sandbox: &Sandbox) -> Result<GuestCalls, Box<dyn Error>> {
        let target = if self.guest == "wasi" { "wasm32-wasip2" } else { "wasm32-unknown-unknown" };
        let file = format!("../../tests/guests/target/{target}/release/{}.wasm", self.guest);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}; run `cargo xtask build-guests` first", path.display()))?;
        let lanes = sandbox.load(&bytes, Limits::default())?.lanes(LaneConfig {
            limits: Limits::default(),
            settings: Arc::default(),
            secrets: Default::default(),
            timekeeper: Arc::new(Beginning),
            abort: Arc::new(AtomicBool::new(false)),
            fresh_instance_per_call: false,
        })?;
        let place = Arc::new(Place { scenario: "cost".into(), step: "call".into(), step_number: 0, zone: None });
        Ok(GuestCalls { call: self, lanes, place, session: Session::default(), effects: Effects::default() })
    }

    /// Whether each call costs a new instance.
    pub fn traps(&self) -> bool {
        self.guest == "hostile"
    }
}

impl GuestCalls {
    /// Makes so many calls, each for another minion.
    ///
    /// # Errors
    /// The guest refuses a call; a trap is what some calls are about.
    pub fn make(&mut self, calls: u32) -> Result<(), Box<dyn Error>> {
        let GuestCall { guest, callback, ref input, .. } = self.call;
        for minion in 0..calls {
            let context = Context { minion, iteration: 0, attempt: 0 };
            let place = Arc::clone(&self.place);
            let call = Call { callback, context, place, previous: None, errors: None, exhausted: false, draw: 0 };
            match self.lanes.call(call, input, &mut self.session, &mut self.effects) {
                Ok(_) | Err(CallbacksError::Trapped { .. }) => {}
                Err(other) => return Err(format!("{guest}: {other:?}").into()),
            }
        }
        Ok(())
    }
}
