//! What a store carries: the current call, and all that host functions work on.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use throng_protocols::{Call, Effects, GuestMeter, Session, Timekeeper, draw};
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::fault::HostTrap;
use crate::guard::Guard;
use crate::handles::Handles;
use crate::journal::{EffectsJournal, SessionJournal};
use crate::limits::Limits;
use crate::log::Log;
use crate::network::Network;
use crate::requests::Requests;
use crate::stdio;

/// The data of one store.
pub(crate) struct State {
    pub(crate) guard: Guard,
    pub(crate) handles: Handles,
    pub(crate) session: SessionJournal,
    pub(crate) effects: EffectsJournal,
    pub(crate) meters: Meters,
    pub(crate) settings: Arc<BTreeMap<String, String>>,
    pub(crate) time: Option<Arc<dyn Timekeeper>>,
    log: Arc<Mutex<Log>>,
    current: Option<Current>,
    /// Made when a guest first asks for it: most never do.
    wasi: Option<WasiCtx>,
    wasi_http: WasiHttpCtx,
    /// Knows as well what may be reached.
    requests: Requests,
    resources: ResourceTable,
}

/// The call that the guest works on.
#[derive(Debug)]
struct Current {
    call: Call,
    draws: u64,
}

impl State {
    /// A state outside any call.
    pub(crate) fn new(
        limits: &Limits,
        guard: Guard,
        settings: Arc<BTreeMap<String, String>>,
        time: Option<Arc<dyn Timekeeper>>,
        log: Arc<Mutex<Log>>,
    ) -> Self {
        let mut resources = ResourceTable::new();
        resources.set_max_capacity(limits.handles);
        Self {
            guard,
            handles: Handles::new(limits.handles),
            session: SessionJournal::default(),
            effects: EffectsJournal::new(limits.effects_per_call),
            meters: Meters { meters: Vec::new(), limit: limits.meters },
            settings,
            time,
            requests: Requests { log: Arc::clone(&log), network: None },
            log,
            current: None,
            wasi: None,
            wasi_http: WasiHttpCtx::new(),
            resources,
        }
    }

    /// Lets the guest reach something, over sockets and by requests.
    pub(crate) fn let_reach(&mut self, network: Network) {
        self.requests.network = Some(network);
    }

    /// What may be reached; none for what never waits.
    pub(crate) fn network(&self) -> Option<&Network> {
        self.requests.network.as_ref()
    }

    /// A call begins.
    pub(crate) fn begin(&mut self, call: Call, session: Session) {
        self.session.begin(session);
        self.current = Some(Current { call, draws: 0 });
    }

    /// The call has ended in health.
    pub(crate) fn commit(&mut self, session: &mut Session, effects: &mut Effects) {
        *session = self.session.commit();
        self.effects.commit(effects);
        self.handles.end_call();
        self.current = None;
    }

    /// The call that `function` is called in.
    pub(crate) fn call(&self, function: &str) -> Result<&Call, HostTrap> {
        match &self.current {
            Some(current) => Ok(&current.call),
            None => Err(outside(function)),
        }
    }

    /// The next random number of this call.
    pub(crate) fn draw(&mut self) -> Result<u64, HostTrap> {
        let Some(current) = &mut self.current else { return Err(outside("random.next")) };
        let drawn = draw(current.call.draw, current.draws);
        current.draws += 1;
        Ok(drawn)
    }

    /// The guest's log. Held for one line, never while the guest runs.
    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn outside(function: &str) -> HostTrap {
    HostTrap::new(format!(
        "`{function}` was called outside a step's visit, such as in `describe` or while the instance was starting; it works in callbacks only"
    ))
}

impl fmt::Debug for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("State").field("current", &self.current).finish_non_exhaustive()
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let (log, network) = (&self.log, self.requests.network.as_ref());
        let granted = || network.map_or_else(|| stdio::nothing_granted(log), |network| network.context(log));
        WasiCtxView { ctx: self.wasi.get_or_insert_with(granted), table: &mut self.resources }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.requests, table: &mut self.resources, ctx: &mut self.wasi_http }
    }
}

/// The meters that a guest has constructed. They outlive calls, as guests keep them in globals; the same meter twice is one.
#[derive(Debug)]
pub(crate) struct Meters {
    meters: Vec<Arc<GuestMeter>>,
    limit: usize,
}

impl Meters {
    /// The number of a meter.
    pub(crate) fn intern(&mut self, meter: GuestMeter) -> Result<u32, HostTrap> {
        let known = self.meters.iter().position(|known| **known == meter);
        let position = known.unwrap_or(self.meters.len());
        if known.is_none() {
            if self.meters.len() >= self.limit {
                return Err(HostTrap::new(format!(
                    "the guest made more than {} different meters; give their tags few different values, or raise the limit `meters`",
                    self.limit
                )));
            }
            self.meters.push(Arc::new(meter));
        }
        u32::try_from(position).map_err(|_| HostTrap::new("too many meters"))
    }

    /// The meter of a number that was handed out.
    pub(crate) fn get(&self, number: u32) -> Result<Arc<GuestMeter>, HostTrap> {
        self.meters.get(number as usize).cloned().ok_or_else(|| HostTrap::new("a meter was used that was never made"))
    }
}
