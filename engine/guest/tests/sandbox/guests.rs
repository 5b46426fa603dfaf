//! Loads the test guests, and calls them.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use throng_guest::{Component, LaneConfig, Lanes, Limits, Sandbox, SandboxConfig};
use throng_model::Secrets;
use throng_protocols::{Call, Callbacks, CallbacksError, Context, Effects, Fault, Output, Place, Session, Timekeeper, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

pub(crate) fn sandbox() -> Sandbox {
    let cache_directory = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"));
    Sandbox::new(SandboxConfig { cache_directory }).expect("the sandbox works here")
}

pub(crate) fn bytes(guest: &str) -> Vec<u8> {
    let target = if guest == "wasi" { "wasm32-wasip2" } else { "wasm32-unknown-unknown" };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/guests/target/{target}/release/{guest}.wasm"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask build-guests` first", path.display()))
}

pub(crate) fn load(guest: &str) -> Arc<Component> {
    sandbox().load(&bytes(guest), Limits::default()).expect("the guest loads")
}

/// A clock that stands where it was put.
#[derive(Debug, Default)]
pub(crate) struct StoppedClock(pub(crate) std::sync::atomic::AtomicU64);

impl Timekeeper for StoppedClock {
    fn since_start(&self) -> u64 {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }

    fn unix_time(&self) -> u64 {
        1_000_000_000_000 + self.since_start()
    }
}

pub(crate) fn config() -> LaneConfig {
    LaneConfig {
        limits: Limits::default(),
        settings: Arc::default(),
        secrets: Secrets::default(),
        timekeeper: Arc::new(StoppedClock::default()),
        abort: Arc::new(AtomicBool::new(false)),
        fresh_instance_per_call: false,
    }
}

pub(crate) fn lanes(guest: &str) -> Lanes {
    load(guest).lanes(config()).expect("the guest starts")
}

pub(crate) fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// The call of a callback by minion 7, in the second attempt of the first iteration.
pub(crate) fn call(callback: u32) -> Call {
    let place = Place { scenario: "checkout".into(), step: "pay".into(), step_number: 3, zone: Some("north".into()) };
    Call {
        callback,
        context: Context { minion: 7, iteration: 0, attempt: 1 },
        place: Arc::new(place),
        previous: Some("order".into()),
        errors: None,
        exhausted: false,
        draw: 42,
    }
}

pub(crate) fn call_with_error(callback: u32) -> Call {
    let fault = Fault { step: "order".into(), code: "status".into(), message: "refused".into() };
    Call { errors: Some(Arc::new(vec![fault])), exhausted: true, ..call(callback) }
}

/// Calls with an empty session, and asserts that nothing beside the answer comes of it.
pub(crate) fn answer(lanes: &impl Callbacks, callback: u32, input: &Value) -> Result<Output, CallbacksError> {
    let (mut session, mut effects) = (Session::default(), Effects::default());
    let answer = lanes.call(call(callback), input, &mut session, &mut effects);
    assert!(effects.is_empty());
    answer
}

/// What a call came to, in one line.
pub(crate) fn shown(answer: Result<Output, CallbacksError>) -> String {
    fn value(value: &Value) -> String {
        format!("{} {}", value.kind(), value.excerpt(200))
    }
    match answer {
        Ok(Output::Nothing) => "nothing".into(),
        Ok(Output::One(one)) => value(&one),
        Ok(Output::Many(many)) => format!("{:?}", many.iter().map(value).collect::<Vec<_>>()),
        Err(CallbacksError::Failed(failure)) => format!("failed {:?} {} {:?}", failure.kind, failure.code, failure.message),
        Err(CallbacksError::Trapped { code, message }) => format!("trapped {code}: {message}"),
        Err(CallbacksError::Unavailable(failure)) => format!("unavailable {}: {}", failure.code, failure.message),
    }
}

/// Collects the log while `work` runs.
pub(crate) fn logged(work: impl FnOnce()) -> Vec<String> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    tracing::subscriber::with_default(Collector(Arc::clone(&lines)), work);
    let lines = lines.lock().expect("nobody panicked");
    lines.clone()
}

struct Collector(Arc<Mutex<Vec<String>>>);

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "throng::guest"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        struct Fields(String);
        impl Visit for Fields {
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                self.0 += &format!(" {}={value:?}", field.name());
            }
        }
        let mut fields = Fields(event.metadata().level().to_string());
        event.record(&mut fields);
        self.0.lock().expect("nobody panicked").push(fields.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
