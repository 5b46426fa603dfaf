//! The plugin: its kinds, and how each use of them is checked.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use schemars::schema_for;
use serde_json::Value as Json;
use throng_model::{ConfigFault, StepSetup};
use throng_plugin_api::{ConfiguredStep, KindInfo, Plugin, option_fault as fault, parse_size, read_options as read};

use crate::options::{CloseOptions, ConnectionOptions, HttpOptions, TimeoutOptions, TlsOptions, WithOptions};
use crate::origin::Base;
use crate::plan::Plan;
use crate::source::line_to_add;
use crate::step::{ConfiguredClose, ConfiguredHttp, ConfiguredWith};
use crate::text::parse_duration;
use crate::tls::{Tls, Trust};

const BODY_LIMIT: u64 = 10 << 20;
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// The plugin `http`: step kinds `http`, `http-with` and `http-close`.
#[derive(Clone, Copy, Debug, Default)]
pub struct HttpPlugin;

const KINDS: &[KindInfo] = &[
    KindInfo {
        name: "http",
        summary: "sends a request over a connection of its own, opened when first used",
        schema: || schema_for!(HttpOptions).to_value(),
    },
    KindInfo {
        name: "http-with",
        summary: "sends a request over the connection of an earlier `http` step",
        schema: || schema_for!(WithOptions).to_value(),
    },
    KindInfo {
        name: "http-close",
        summary: "closes the connection of an earlier `http` step before the minion is done",
        schema: || schema_for!(CloseOptions).to_value(),
    },
];

impl Plugin for HttpPlugin {
    fn name(&self) -> &'static str {
        "http"
    }

    fn kinds(&self) -> &'static [KindInfo] {
        KINDS
    }

    fn configure(&self, setup: &StepSetup<'_>) -> Result<Arc<dyn ConfiguredStep>, Vec<ConfigFault>> {
        let defaults = read_defaults(setup.defaults)?;
        match setup.kind {
            "http" => Ok(Arc::new(configure_http(setup, &defaults)?)),
            "http-with" => Ok(Arc::new(configure_with(setup, &defaults)?)),
            "http-close" => Ok(Arc::new(ConfiguredClose { connection: read::<CloseOptions>(setup.config, "")?.connection })),
            other => Err(vec![fault("", format!("the plugin `http` has no step kind `{other}`"), None)]),
        }
    }
}

/// Faults of the defaults have their place in the message: pointers are into the step's own options.
fn read_defaults(defaults: Option<&Json>) -> Result<HttpOptions, Vec<ConfigFault>> {
    let Some(defaults) = defaults else { return Ok(HttpOptions::default()) };
    read(defaults, "").map_err(|faults| faults.into_iter().map(in_defaults).collect())
}

fn in_defaults(inner: ConfigFault) -> ConfigFault {
    let message = format!("in the scenario's defaults for `http`, at `{}`: {}", inner.pointer, inner.message);
    fault("", message, inner.hint)
}

fn configure_http(setup: &StepSetup<'_>, defaults: &HttpOptions) -> Result<ConfiguredHttp, Vec<ConfigFault>> {
    let own: HttpOptions = read(setup.config, "")?;
    let mut faults = Faults::default();
    let base = faults.catch(base(&own, defaults, setup));
    let plan = faults.catch(match &own.request {
        Some(request) => Plan::read(Some(request)),
        None => Plan::read(defaults.request.as_ref()),
    });
    let pool = faults.catch(pool(&own, defaults));
    let timeouts = faults.catch(timeouts(&own, defaults));
    let body_limit = faults.catch(body_limit(own.body_limit.as_ref(), defaults));
    let tls = faults.catch(tls(&own, defaults));
    match (base, plan, pool, timeouts, body_limit, tls) {
        (Some(base), Some(plan), Some(pool), Some((connect_limit, idle_limit)), Some(body_limit), Some(tls)) => Ok(ConfiguredHttp {
            base,
            plan: Arc::new(plan),
            pool,
            connect_limit,
            idle_limit,
            body_limit,
            tls: Arc::new(tls),
            targets: Arc::new(setup.targets.clone()),
        }),
        _ => Err(faults.all),
    }
}

fn configure_with(setup: &StepSetup<'_>, defaults: &HttpOptions) -> Result<ConfiguredWith, Vec<ConfigFault>> {
    let own: WithOptions = read(setup.config, "")?;
    let mut faults = Faults::default();
    let plan = faults.catch(Plan::read(own.request.as_ref()));
    let body_limit = faults.catch(body_limit(own.body_limit.as_ref(), defaults));
    match (plan, body_limit) {
        (Some(plan), Some(body_limit)) => Ok(ConfiguredWith { connection: own.connection, plan: Arc::new(plan), body_limit }),
        _ => Err(faults.all),
    }
}

/// Gathers all faults, so that all are told at once.
#[derive(Default)]
struct Faults {
    all: Vec<ConfigFault>,
}

impl Faults {
    fn catch<T>(&mut self, result: Result<T, Vec<ConfigFault>>) -> Option<T> {
        result.map_err(|faults| self.all.extend(faults)).ok()
    }
}

fn base(own: &HttpOptions, defaults: &HttpOptions, setup: &StepSetup<'_>) -> Result<Base, Vec<ConfigFault>> {
    let (text, pointer) = match (&own.url, &defaults.url) {
        (Some(url), _) => (url, "/url"),
        (None, Some(url)) => (url, ""),
        (None, None) => {
            let hint = "add `\"url\": \"http://127.0.0.1:8080\"` here, or to the scenario's `\"defaults\": {\"http\": {…}}`".to_owned();
            return Err(vec![fault("", "there is no `url`", Some(hint))]);
        }
    };
    let base = Base::parse(text).map_err(|reason| {
        let hint = "write it like `http://127.0.0.1:8080`".to_owned();
        vec![fault(pointer, format!("`{text}` is not a base URL: {reason}"), Some(hint))]
    })?;
    if !setup.targets.allows(&base.address.host, base.address.port) {
        let hint = line_to_add(setup.targets, &base.address);
        return Err(vec![fault(pointer, format!("the document does not declare the target {}", base.address), Some(hint))]);
    }
    Ok(base)
}

/// The pool's size, none for a connection per minion.
fn pool(own: &HttpOptions, defaults: &HttpOptions) -> Result<Option<u32>, Vec<ConfigFault>> {
    const POINTER: &str = "/connection";
    let Some(json) = own.connection.as_ref().or(defaults.connection.as_ref()) else { return Ok(None) };
    let options = serde_json::from_value(json.clone()).map_err(|error| {
        let hint = "write `\"per-minion\"` or `{\"pool\": {\"size\": 50}}`".to_owned();
        vec![fault(POINTER, error.to_string(), Some(hint))]
    })?;
    match options {
        ConnectionOptions::PerMinion => Ok(None),
        ConnectionOptions::Pool(pool) if pool.size == 0 => {
            Err(vec![fault("/connection/pool/size", "a pool holds at least 1 connection", None)])
        }
        ConnectionOptions::Pool(pool) => Ok(Some(pool.size)),
    }
}

/// The limits for connecting and for idling.
fn timeouts(own: &HttpOptions, defaults: &HttpOptions) -> Result<(Duration, Option<Duration>), Vec<ConfigFault>> {
    let (own, defaults): (TimeoutOptions, TimeoutOptions) = both(own.timeouts.as_ref(), defaults.timeouts.as_ref(), "/timeouts")?;
    let duration = |own: Option<String>, default: Option<String>, name: &str| {
        let text = own.or(default);
        let duration = text.map(|text| parse_duration(&text)).transpose();
        duration.map_err(|message| vec![fault(format!("/timeouts/{name}"), message, None)])
    };
    let connect = duration(own.connect, defaults.connect, "connect")?.unwrap_or(CONNECT_LIMIT);
    Ok((connect, duration(own.idle, defaults.idle, "idle")?))
}

fn body_limit(own: Option<&Json>, defaults: &HttpOptions) -> Result<u64, Vec<ConfigFault>> {
    let Some(json) = own.or(defaults.body_limit.as_ref()) else { return Ok(BODY_LIMIT) };
    parse_size(json).map_err(|message| vec![fault("/body-limit", message, None)])
}

fn tls(own: &HttpOptions, defaults: &HttpOptions) -> Result<Tls, Vec<ConfigFault>> {
    let (own, defaults): (TlsOptions, TlsOptions) = both(own.tls.as_ref(), defaults.tls.as_ref(), "/tls")?;
    let trust = match (own.insecure.or(defaults.insecure), own.roots.or(defaults.roots)) {
        (Some(true), Some(_)) => {
            let message = "with `insecure` any certificate is accepted, so `roots` would say nothing";
            return Err(vec![fault("/tls", message, Some("leave one of them out".to_owned()))]);
        }
        (Some(true), None) => Trust::Anything,
        (_, Some(roots)) => Trust::Roots(PathBuf::from(roots)),
        (_, None) => Trust::Native,
    };
    let name = own.server_name.or(defaults.server_name).map(|name| {
        let message = format!("`{name}` is neither a host name nor an IP address");
        ServerName::try_from(name).map_err(|_| vec![fault("/tls/server-name", message, None)])
    });
    Ok(Tls::new(trust, name.transpose()?))
}

/// The step's own options of a group, and the defaults'.
fn both<T>(own: Option<&Json>, defaults: Option<&Json>, pointer: &str) -> Result<(T, T), Vec<ConfigFault>>
where
    T: Default + serde::de::DeserializeOwned,
{
    let one = |json: Option<&Json>| json.map_or_else(|| Ok(T::default()), |json| read(json, pointer));
    let defaults = one(defaults).map_err(|faults| faults.into_iter().map(in_defaults).collect::<Vec<_>>())?;
    Ok((one(own)?, defaults))
}
