//! How fast one worker sends: `loop URL [CONNECTIONS] [REQUESTS]` prints requests per second of this process's own processor time.
//!
//! So many users, each with a connection of its own, send one request after another through a step, as the engine drives it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use anyhow::{Context as _, anyhow};
use futures_util::future::LocalBoxFuture;
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use throng_http::HttpPlugin;
use throng_measure::{Moment, Shortage};
use throng_model::{Secrets, StepSetup, Targets, Template};
use throng_plugin_api::{
    AttachContext, Attached, Clock, Files, MeterId, Meters, OpenContext, Plugin, SandboxContext, Shared, StepHost, StepRunner, Visit,
};
use throng_protocols::{Callbacks, Context, Failure, Output, Value, WaitingCallbacks};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().context("say the URL: `loop http://127.0.0.1:8080/ [CONNECTIONS] [REQUESTS]`")?;
    let connections = arguments.next().map_or(Ok(50), |text| text.parse()).context("CONNECTIONS is a number")?;
    let requests = arguments.next().map_or(Ok(200_000), |text| text.parse()).context("REQUESTS is a number")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build_local(Default::default())?;
    runtime.block_on(run(&url, connections, requests))
}

async fn run(url: &str, connections: u32, requests: u64) -> anyhow::Result<()> {
    let host = Rc::new(Host { clock: Clock::system(), recorded: Cell::new(0) });
    let step = attach(url, host.clock).await?;
    let left = Rc::new(Cell::new(requests));
    let (start, processor_start) = (host.clock.now(), processor_time());
    let users: Vec<_> = (0..connections)
        .map(|minion| tokio::task::spawn_local(send_until_none_is_left(minion, Rc::clone(&step), Rc::clone(&host), Rc::clone(&left))))
        .collect();
    for user in users {
        user.await??;
    }
    let (wall, processor) = (host.clock.now().since(start), processor_time() - processor_start);
    println!("{requests} requests over {connections} connections, {} recordings in meters", host.recorded.get());
    println!("{:.0} requests per second", requests as f64 * 1e9 / wall as f64);
    println!("{:.0} requests per second of processor time", requests as f64 * 1e9 / processor as f64);
    Ok(())
}

async fn send_until_none_is_left(minion: u32, step: Rc<dyn StepRunner>, host: Rc<Host>, left: Rc<Cell<u64>>) -> anyhow::Result<()> {
    while let Some(now_left) = left.get().checked_sub(1) {
        left.set(now_left);
        let visit = Visit::new(Context { minion, ..Context::default() }, Moment::default(), &*host);
        let performed = step.run(&visit, Value::None).await;
        performed.result.map_err(|failure| anyhow!("{}: {}", failure.code, failure.message))?;
    }
    step.minion_done(minion);
    Ok(())
}

async fn attach(url: &str, clock: Clock) -> anyhow::Result<Rc<dyn StepRunner>> {
    let targets = Targets::parse(&[url]).map_err(|errors| anyhow!("{}", errors.first().map_or_else(String::new, ToString::to_string)))?;
    let uri: http::Uri = url.parse()?;
    let base = format!("{}://{}", uri.scheme_str().context("no scheme")?, uri.authority().context("no host")?);
    let config = json!({ "url": base, "request": { "path": uri.path_and_query().map_or("/", |path| path.as_str()) } });
    let setup = StepSetup { kind: "http", step: "loop", config: &config, defaults: None, targets: &targets };
    let configured = HttpPlugin.configure(&setup).map_err(|faults| anyhow!("{faults:?}"))?;
    configured.open(&OpenContext { clock, files: Files::default(), settings: BTreeMap::new(), secrets: Secrets::default() }).await?;
    let mut context = AttachContext {
        step: "loop",
        clock,
        worker: 0,
        workers: 1,
        files: &Files::default(),
        settings: &BTreeMap::new(),
        sandbox: &SandboxContext::new(clock),
        meters: &mut Numbers(0),
        shared: &mut Shared::default(),
    };
    match configured.attach(&mut context)? {
        Attached::Step(step) => Ok(step),
        Attached::Source(_) => Err(anyhow!("`http` is not a source")),
    }
}

/// Nanoseconds that this process has computed.
fn processor_time() -> u64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

struct Host {
    clock: Clock,
    recorded: Cell<u64>,
}

impl StepHost for Host {
    fn call(&self, _: Context, _: u32, _: &Value) -> Result<Output, Failure> {
        Ok(Output::Nothing)
    }

    fn call_component(&self, _: Context, _: &dyn Callbacks, _: u32, _: &Value) -> Result<Output, Failure> {
        Ok(Output::Nothing)
    }

    fn call_waiting<'a>(
        &'a self,
        _: Context,
        _: &'a dyn WaitingCallbacks,
        _: u32,
        _: &'a Value,
    ) -> LocalBoxFuture<'a, Result<Output, Failure>> {
        Box::pin(std::future::ready(Ok(Output::Nothing)))
    }

    fn render(&self, _: Context, _: &Template) -> String {
        String::new()
    }

    fn clock(&self) -> Clock {
        self.clock
    }

    fn record(&self, _: MeterId, _: u64) {
        self.recorded.set(self.recorded.get() + 1);
    }

    fn short_of(&self, shortage: Shortage) {
        eprintln!("short of {shortage:?}");
    }

    fn connection_failed(&self, _: Context, failure: &Failure) {
        eprintln!("{failure:?}");
    }
}

struct Numbers(u32);

impl Meters for Numbers {
    fn timer(&mut self, _: &'static str) -> MeterId {
        self.0 += 1;
        MeterId(self.0)
    }

    fn counter(&mut self, name: &'static str) -> MeterId {
        self.timer(name)
    }
}
