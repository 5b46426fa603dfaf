//! `throng:host/*`: log, visit, session, meters, events, settings, random, clock.

use throng_protocols::{EventBody, EventRecord, GuestMeter, Message, MeterKind, MeterOperation, Severity};
use wasmtime::Result;
use wasmtime::component::Resource;

use super::generated::throng::host::{clock, events, log, meters, random, session, settings, visit};
use super::{CounterHandle, GaugeHandle, RateHandle, SummaryHandle, ThroughputHandle, TimerHandle};
use crate::state::State;

impl log::Host for State {
    fn enabled(&mut self, level: log::Level) -> Result<bool> {
        Ok(crate::log::is_enabled(level.into()))
    }

    fn write(&mut self, level: log::Level, message: String) -> Result<()> {
        let place = self.call("log.write").ok().map(|call| call.place.clone());
        self.log().write(level.into(), place.as_deref(), &message);
        Ok(())
    }
}

impl From<log::Level> for Severity {
    fn from(level: log::Level) -> Self {
        match level {
            log::Level::Trace => Self::Trace,
            log::Level::Debug => Self::Debug,
            log::Level::Info => Self::Info,
            log::Level::Warn => Self::Warn,
            log::Level::Error => Self::Error,
        }
    }
}

impl visit::Host for State {
    fn scenario(&mut self) -> Result<String> {
        Ok(self.call("visit.scenario")?.place.scenario.as_ref().into())
    }

    fn step(&mut self) -> Result<String> {
        Ok(self.call("visit.step")?.place.step.as_ref().into())
    }

    fn previous_step(&mut self) -> Result<Option<String>> {
        Ok(self.call("visit.previous-step")?.previous.as_deref().map(str::to_owned))
    }

    fn zone(&mut self) -> Result<Option<String>> {
        Ok(self.call("visit.zone")?.place.zone.as_deref().map(str::to_owned))
    }

    fn exhausted(&mut self) -> Result<bool> {
        Ok(self.call("visit.exhausted")?.exhausted)
    }

    fn errors(&mut self) -> Result<Vec<visit::Fault>> {
        let errors = self.call("visit.errors")?.errors.as_deref();
        let fault = |fault: &throng_protocols::Fault| visit::Fault {
            step: fault.step.as_ref().into(),
            code: fault.code.clone(),
            message: fault.message.clone(),
        };
        Ok(errors.map_or_else(Vec::new, |errors| errors.iter().map(fault).collect()))
    }
}

impl session::Host for State {
    fn get(&mut self, key: String) -> Result<Option<Vec<u8>>> {
        self.call("session.get")?;
        self.session.check()?;
        Ok(self.session.get(&key).map(<[u8]>::to_vec))
    }

    fn set(&mut self, key: String, value: Vec<u8>) -> Result<()> {
        self.call("session.set")?;
        self.session.check()?;
        Ok(self.session.set(key, value)?)
    }

    fn remove(&mut self, key: String) -> Result<()> {
        self.call("session.remove")?;
        self.session.check()?;
        self.session.remove(&key);
        Ok(())
    }
}

impl meters::Host for State {}

impl State {
    fn meter<T>(&mut self, kind: MeterKind, name: String, tags: meters::Tags) -> Result<Resource<T>> {
        Ok(Resource::new_own(self.meters.intern(GuestMeter { kind, name, tags })?))
    }

    fn record<T>(&mut self, meter: &Resource<T>, operation: MeterOperation) -> Result<()> {
        self.call("the recording of a meter")?;
        let meter = self.meters.get(meter.rep())?;
        Ok(self.effects.record(meter, operation)?)
    }
}

/// Implements a meter's resource: its constructor, its one recording, and dropping, which forgets nothing: meters are few and shared.
macro_rules! meter {
    ($host:ident, $handle:ident, $kind:ident, $function:ident($($argument:ident: $type:ty),*) => $operation:expr) => {
        impl meters::$host for State {
            fn new(&mut self, name: String, tags: meters::Tags) -> Result<Resource<$handle>> {
                self.meter(MeterKind::$kind, name, tags)
            }

            fn $function(&mut self, meter: Resource<$handle>, $($argument: $type),*) -> Result<()> {
                self.record(&meter, $operation)
            }

            fn drop(&mut self, _meter: Resource<$handle>) -> Result<()> {
                Ok(())
            }
        }
    };
}

meter!(HostCounter, CounterHandle, Counter, add(by: u64) => MeterOperation::Add(by));
meter!(HostGauge, GaugeHandle, Gauge, set(to: f64) => MeterOperation::Set(to));
meter!(HostTimer, TimerHandle, Timer, observe(nanoseconds: u64) => MeterOperation::ObserveNanoseconds(nanoseconds));
meter!(HostSummary, SummaryHandle, Summary, observe(value: f64) => MeterOperation::Observe(value));
meter!(HostRate, RateHandle, Rate, add(benchmark: f64, total: f64) => MeterOperation::AddRate { benchmark, total });
meter!(HostThroughput, ThroughputHandle, Throughput, add(quantity: f64) => MeterOperation::Observe(quantity));

impl events::Host for State {
    fn emit(&mut self, name: String, level: log::Level, tags: Vec<(String, String)>, body: events::Body) -> Result<()> {
        self.call("events.emit")?;
        let body = match body {
            events::Body::None => EventBody::None,
            events::Body::Text(text) => EventBody::Text(text),
            events::Body::Number(number) => EventBody::Number(number),
            events::Body::Duration(nanoseconds) => EventBody::Duration(nanoseconds),
        };
        Ok(self.effects.emit(EventRecord { name, level: level.into(), tags, body })?)
    }

    fn report(&mut self, level: log::Level, message: String) -> Result<()> {
        self.call("events.report")?;
        Ok(self.effects.report(Message { severity: level.into(), text: message })?)
    }

    fn abort(&mut self, message: String) -> Result<()> {
        self.call("events.abort")?;
        Ok(self.effects.report(Message { severity: Severity::Abort, text: message })?)
    }
}

impl settings::Host for State {
    fn get(&mut self, key: String) -> Result<Option<String>> {
        Ok(self.settings.get(&key).cloned())
    }
}

impl random::Host for State {
    fn next(&mut self) -> Result<u64> {
        Ok(self.draw()?)
    }
}

/// Time stands still at 0 while a component is described: the same settings must give the same document.
impl clock::Host for State {
    fn now(&mut self) -> Result<u64> {
        Ok(self.time.as_ref().map_or(0, |time| time.since_start()))
    }

    fn unix_time(&mut self) -> Result<u64> {
        Ok(self.time.as_ref().map_or(0, |time| time.unix_time()))
    }
}
