//! How values, calls and host functions look in WIT: the one place that knows. One file per protocol.

pub(crate) mod calls;
mod host;
mod http;
mod kafka;
pub(crate) mod plugins;
mod values;

use wasmtime::component::{HasSelf, Linker};

use crate::state::State;

/// Generated from `wit/`.
pub(crate) mod generated {
    wasmtime::component::bindgen!({
        path: ["../../wit/types", "../../wit/host", "../../wit/http", "../../wit/kafka", "../../wit/scenario"],
        inline: "
            package throng:engine;
            world guest-imports {
                import throng:types/calls@0.1.0;
                include throng:scenario/imports@0.1.0;
            }
        ",
        world: "throng:engine/guest-imports",
        imports: { default: trappable },
        with: {
            "throng:types/values.native": crate::bindings::NativeHandle,
            "throng:http/exchange.request": crate::bindings::RequestHandle,
            "throng:kafka/records.outgoing": crate::bindings::OutgoingHandle,
            "throng:host/meters.counter": crate::bindings::CounterHandle,
            "throng:host/meters.gauge": crate::bindings::GaugeHandle,
            "throng:host/meters.timer": crate::bindings::TimerHandle,
            "throng:host/meters.summary": crate::bindings::SummaryHandle,
            "throng:host/meters.rate": crate::bindings::RateHandle,
            "throng:host/meters.throughput": crate::bindings::ThroughputHandle,
        },
    });
}

/// Names a type of handle; the values are in [`crate::handles::Handles`] and [`crate::state::Meters`].
macro_rules! handle_types {
    ($($name:ident: $wit:literal),* $(,)?) => {
        $(#[doc = concat!("A handle to a `", $wit, "`.")]
        #[allow(unreachable_pub, reason = "the generated bindings re-export it")]
        #[derive(Debug)]
        pub enum $name {})*
    };
}

handle_types! {
    NativeHandle: "throng:types/values.native",
    RequestHandle: "throng:http/exchange.request",
    OutgoingHandle: "throng:kafka/records.outgoing",
    CounterHandle: "throng:host/meters.counter",
    GaugeHandle: "throng:host/meters.gauge",
    TimerHandle: "throng:host/meters.timer",
    SummaryHandle: "throng:host/meters.summary",
    RateHandle: "throng:host/meters.rate",
    ThroughputHandle: "throng:host/meters.throughput",
}

/// The interfaces that guests may import, beside WASI.
pub(crate) const INTERFACES: [&str; 12] = [
    "throng:types/values@0.1.0",
    "throng:types/calls@0.1.0",
    "throng:host/log@0.1.0",
    "throng:host/visit@0.1.0",
    "throng:host/session@0.1.0",
    "throng:host/meters@0.1.0",
    "throng:host/events@0.1.0",
    "throng:host/settings@0.1.0",
    "throng:host/random@0.1.0",
    "throng:host/clock@0.1.0",
    "throng:http/exchange@0.1.0",
    "throng:kafka/records@0.1.0",
];

/// The interface that describes a scenario.
pub(crate) const DEFINITION: &str = "throng:scenario/definition@0.1.0";

/// The interface that its callbacks are called by.
pub(crate) const CALLBACKS: &str = "throng:scenario/callbacks@0.1.0";

/// The interface of a step plugin.
pub(crate) const STEP_KINDS: &str = "throng:plugin/step-kinds@0.1.0";

/// The interface of a source plugin.
pub(crate) const SOURCE_KINDS: &str = "throng:plugin/source-kinds@0.1.0";

/// Links all of [`INTERFACES`].
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    generated::GuestImports::add_to_linker::<_, HasSelf<State>>(linker, |state| state)
}
