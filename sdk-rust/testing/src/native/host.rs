//! The engine as closures see it: the same answers that the sandbox gives a component.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::Arc;

use throng::native::{Host, Visit};
use throng::{EventBody, Fault, Level, Meter, MeterKind, Operation};
use throng_protocols as engine;
use throng_protocols::{Call, Effects, EventRecord, GuestMeter, Message, MeterOperation, Session, Severity, Timekeeper};

/// Session and effects of the current call, and what is the same for all calls.
pub(crate) struct EngineHost {
    settings: Arc<BTreeMap<String, String>>,
    /// None while a scenario is described.
    time: Option<Arc<dyn Timekeeper>>,
    call: Option<Call>,
    draws: u64,
    session: Session,
    /// As the call found it; none until the call first changes it.
    untouched: Option<Session>,
    effects: Effects,
}

impl EngineHost {
    pub(crate) fn new(settings: Arc<BTreeMap<String, String>>, time: Option<Arc<dyn Timekeeper>>) -> Self {
        let (session, effects) = (Session::default(), Effects::default());
        Self { settings, time, call: None, draws: 0, session, untouched: None, effects }
    }

    /// A call begins.
    pub(crate) fn begin(&mut self, call: Call, session: Session) {
        self.call = Some(call);
        self.draws = 0;
        self.session = session;
    }

    /// The call has ended in health: the session as it is now.
    pub(crate) fn commit(&mut self, effects: &mut Effects) -> Session {
        effects.meters.append(&mut self.effects.meters);
        effects.events.append(&mut self.effects.events);
        effects.messages.append(&mut self.effects.messages);
        self.call = None;
        self.untouched = None;
        std::mem::take(&mut self.session)
    }

    /// The call panicked: the session as it was.
    pub(crate) fn roll_back(&mut self) -> Session {
        self.call = None;
        self.effects = Effects::default();
        let session = std::mem::take(&mut self.session);
        self.untouched.take().unwrap_or(session)
    }

    fn call(&self, function: &str) -> &Call {
        match &self.call {
            Some(call) => call,
            None => trap(format!(
                "`{function}` was called outside a step's visit, such as while the scenario was built; it works in closures only"
            )),
        }
    }

    fn keep_untouched(&mut self) {
        if self.untouched.is_none() {
            self.untouched = Some(self.session.clone());
        }
    }
}

/// Where the sandbox traps a component, a closure is unwound; quietly, as the step's failure has the words.
fn trap(message: String) -> ! {
    resume_unwind(Box::new(message))
}

impl Host for EngineHost {
    fn visit(&self) -> Visit {
        let call = self.call("visit");
        let fault =
            |fault: &engine::Fault| Fault { step: fault.step.to_string(), code: fault.code.clone(), message: fault.message.clone() };
        let errors: Vec<_> = call.errors.iter().flat_map(|errors| errors.iter().map(fault)).collect();
        Visit {
            scenario: call.place.scenario.to_string(),
            step: call.place.step.to_string(),
            previous_step: call.previous.as_deref().map(str::to_owned),
            zone: call.place.zone.as_deref().map(str::to_owned),
            exhausted: !errors.is_empty(),
            errors,
        }
    }

    fn log_enabled(&self, level: Level) -> bool {
        use tracing::{Level as At, enabled};
        match level {
            Level::Trace => enabled!(target: "throng::guest", At::TRACE),
            Level::Debug => enabled!(target: "throng::guest", At::DEBUG),
            Level::Info => enabled!(target: "throng::guest", At::INFO),
            Level::Warn => enabled!(target: "throng::guest", At::WARN),
            Level::Error => enabled!(target: "throng::guest", At::ERROR),
        }
    }

    fn log(&mut self, level: Level, message: &str) {
        use tracing::{Level as At, event};
        let place = self.call.as_ref().map(|call| &call.place);
        let scenario = place.map(|place| &*place.scenario);
        let step = place.map(|place| &*place.step);
        match level {
            Level::Trace => event!(target: "throng::guest", At::TRACE, scenario, step, "{message}"),
            Level::Debug => event!(target: "throng::guest", At::DEBUG, scenario, step, "{message}"),
            Level::Info => event!(target: "throng::guest", At::INFO, scenario, step, "{message}"),
            Level::Warn => event!(target: "throng::guest", At::WARN, scenario, step, "{message}"),
            Level::Error => event!(target: "throng::guest", At::ERROR, scenario, step, "{message}"),
        }
    }

    fn session_get(&self, key: &str) -> Option<Vec<u8>> {
        self.call("session.get");
        self.session.get(key).map(<[u8]>::to_vec)
    }

    fn session_set(&mut self, key: &str, value: &[u8]) {
        self.call("session.set");
        self.keep_untouched();
        if let Err(error) = self.session.set(key.to_owned(), value.to_vec()) {
            trap(error.to_string());
        }
    }

    fn session_remove(&mut self, key: &str) {
        self.call("session.remove");
        self.keep_untouched();
        self.session.remove(key);
    }

    fn setting(&self, key: &str) -> Option<String> {
        self.settings.get(key).cloned()
    }

    fn random(&mut self) -> u64 {
        let drawn = throng_protocols::draw(self.call("random").draw, self.draws);
        self.draws += 1;
        drawn
    }

    fn now(&self) -> u64 {
        self.time.as_ref().map_or(0, |time| time.since_start())
    }

    fn unix_time(&self) -> u64 {
        self.time.as_ref().map_or(0, |time| time.unix_time())
    }

    fn record(&mut self, meter: &Meter, operation: Operation) {
        self.call("the recording of a meter");
        let meter = GuestMeter { kind: kind_of(meter.kind), name: meter.name.clone(), tags: meter.tags.clone() };
        self.effects.meters.push((Arc::new(meter), operation_of(operation)));
    }

    fn emit(&mut self, name: &str, level: Level, tags: &[(String, String)], body: EventBody) {
        self.call("events.emit");
        let body = match body {
            EventBody::None => engine::EventBody::None,
            EventBody::Text(text) => engine::EventBody::Text(text),
            EventBody::Number(number) => engine::EventBody::Number(number),
            EventBody::Duration(nanoseconds) => engine::EventBody::Duration(nanoseconds),
        };
        self.effects.events.push(EventRecord { name: name.to_owned(), level: severity_of(level), tags: tags.to_vec(), body });
    }

    fn report(&mut self, level: Level, message: &str) {
        self.call("report");
        self.effects.messages.push(Message { severity: severity_of(level), text: message.to_owned() });
    }

    fn abort(&mut self, message: &str) {
        self.call("abort");
        self.effects.messages.push(Message { severity: Severity::Abort, text: message.to_owned() });
    }
}

fn severity_of(level: Level) -> Severity {
    match level {
        Level::Trace => Severity::Trace,
        Level::Debug => Severity::Debug,
        Level::Info => Severity::Info,
        Level::Warn => Severity::Warn,
        Level::Error => Severity::Error,
    }
}

fn kind_of(kind: MeterKind) -> engine::MeterKind {
    match kind {
        MeterKind::Counter => engine::MeterKind::Counter,
        MeterKind::Gauge => engine::MeterKind::Gauge,
        MeterKind::Timer => engine::MeterKind::Timer,
        MeterKind::Summary => engine::MeterKind::Summary,
        MeterKind::Rate => engine::MeterKind::Rate,
        MeterKind::Throughput => engine::MeterKind::Throughput,
    }
}

fn operation_of(operation: Operation) -> MeterOperation {
    match operation {
        Operation::Count(by) => MeterOperation::Add(by),
        Operation::Set(to) => MeterOperation::Set(to),
        Operation::Time(nanoseconds) => MeterOperation::ObserveNanoseconds(nanoseconds),
        Operation::Observe(value) | Operation::Throughput(value) => MeterOperation::Observe(value),
        Operation::Rate { benchmark, total } => MeterOperation::AddRate { benchmark, total },
    }
}
