//! The plugin `tcp`: its kinds, and how each use of them is checked.

use std::sync::Arc;
use std::time::Duration;

use schemars::schema_for;
use serde_json::Value as Json;
use throng_model::{ConfigFault, StepSetup};
use throng_plugin_api::{ConfiguredStep, KindInfo, Plugin, option_fault as fault, parse_size, read_options as read};
use throng_sockets::{Tls, TlsOptions};

use crate::checks::{Faults, both, duration, place, read_defaults};
use crate::connections::TcpPlan;
use crate::framing::Framing;
use crate::message::{Reply, Request};
use crate::options::{TcpCloseOptions, TcpOptions, TcpWithOptions, TimeoutOptions};
use crate::tcp_step::{ConfiguredTcp, ConfiguredTcpClose, ConfiguredTcpWith, Exchange};

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const REPLY_LIMIT: u64 = 1 << 20;

/// The plugin `tcp`: step kinds `tcp`, `tcp-with` and `tcp-close`.
#[derive(Clone, Copy, Debug, Default)]
pub struct TcpPlugin;

const KINDS: &[KindInfo<'_>] = &[
    KindInfo {
        name: "tcp",
        summary: "sends a message over a connection of its own, opened when first used, and takes the answer",
        schema: &|| schema_for!(TcpOptions).to_value(),
    },
    KindInfo {
        name: "tcp-with",
        summary: "sends a message over the connection of an earlier `tcp` step",
        schema: &|| schema_for!(TcpWithOptions).to_value(),
    },
    KindInfo {
        name: "tcp-close",
        summary: "closes the connection of an earlier `tcp` step before the minion is done",
        schema: &|| schema_for!(TcpCloseOptions).to_value(),
    },
];

impl Plugin for TcpPlugin {
    fn name(&self) -> &'static str {
        "tcp"
    }

    fn kinds(&self) -> Vec<KindInfo<'_>> {
        KINDS.to_vec()
    }

    fn configure(&self, setup: &StepSetup<'_>) -> Result<Arc<dyn ConfiguredStep>, Vec<ConfigFault>> {
        let defaults: TcpOptions = read_defaults("tcp", setup)?;
        match setup.kind {
            "tcp" => Ok(Arc::new(configure_tcp(setup, &defaults)?)),
            "tcp-with" => Ok(Arc::new(configure_with(setup, &defaults)?)),
            "tcp-close" => Ok(Arc::new(ConfiguredTcpClose { connection: read::<TcpCloseOptions>(setup.config, "")?.connection })),
            other => Err(vec![fault("", format!("the plugin `tcp` has no step kind `{other}`"), None)]),
        }
    }
}

fn configure_tcp(setup: &StepSetup<'_>, defaults: &TcpOptions) -> Result<ConfiguredTcp, Vec<ConfigFault>> {
    let own: TcpOptions = read(setup.config, "")?;
    let mut faults = Faults::default();
    let place = faults.catch(place(own.url.as_deref(), defaults.url.as_deref(), &["tcp", "tls"], setup));
    let framing = faults.catch(Framing::read(own.framing.as_ref().or(defaults.framing.as_ref())));
    let exchange = exchange(
        own.request.as_ref().or(defaults.request.as_ref()),
        own.reply.as_deref().or(defaults.reply.as_deref()),
        own.reply_limit.as_ref().or(defaults.reply_limit.as_ref()),
        &mut faults,
    );
    let limits =
        faults.catch(both::<TimeoutOptions>(own.timeouts.as_ref(), defaults.timeouts.as_ref(), "/timeouts").and_then(|(own, defaults)| {
            let connect = duration(own.connect.or(defaults.connect).as_deref(), "/timeouts/connect")?.unwrap_or(CONNECT_LIMIT);
            Ok((connect, duration(own.idle.or(defaults.idle).as_deref(), "/timeouts/idle")?))
        }));
    let tls = both::<TlsOptions>(own.tls.as_ref(), defaults.tls.as_ref(), "/tls");
    let tls = faults.catch(tls.and_then(|(own, defaults)| Tls::read(own, defaults, Vec::new())));
    match (place, framing, exchange, limits, tls) {
        (Some(place), Some(framing), Some(exchange), Some((connect_limit, idle_limit)), Some(tls)) => {
            let tls = (place.scheme == "tls").then_some(tls);
            Ok(ConfiguredTcp { plan: Arc::new(TcpPlan { place, framing, connect_limit, idle_limit, tls }), exchange })
        }
        _ => Err(faults.all),
    }
}

fn configure_with(setup: &StepSetup<'_>, defaults: &TcpOptions) -> Result<ConfiguredTcpWith, Vec<ConfigFault>> {
    let own: TcpWithOptions = read(setup.config, "")?;
    let mut faults = Faults::default();
    let limit = own.reply_limit.as_ref().or(defaults.reply_limit.as_ref());
    match exchange(own.request.as_ref(), own.reply.as_deref(), limit, &mut faults) {
        Some(exchange) => Ok(ConfiguredTcpWith { connection: own.connection, exchange }),
        None => Err(faults.all),
    }
}

fn exchange(request: Option<&Json>, reply: Option<&str>, limit: Option<&Json>, faults: &mut Faults) -> Option<Exchange> {
    let request = faults.catch(Request::read(request));
    let reply = faults.catch(Reply::read(reply));
    let limit = limit.map_or(Ok(REPLY_LIMIT), parse_size).map_err(|message| vec![fault("/reply-limit", message, None)]);
    let reply_limit = faults.catch(limit).map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
    Some(Exchange { request: request?, reply: reply?, reply_limit: reply_limit? })
}
