//! What the kinds have in common in their options: base, limits, TLS.

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use throng_model::{ConfigFault, StepSetup};
use throng_plugin_api::{option_fault as fault, parse_size, read_options as read};

use crate::ask::{Bodies, Cookies, Extras};
use crate::auth::Auth;
use crate::options::{ConnectionOptions, HttpOptions, PoolOptions, TimeoutOptions};
use crate::origin::Base;
use crate::proxy::ProxyPlan;
use crate::source::{SourcePlan, line_to_add};
use crate::version::Version;
use throng_plugin_api::parse_duration;
use throng_sockets::Tls;

const BODY_LIMIT: u64 = 10 << 20;
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const MOST_REDIRECTS: u32 = 10;

/// Gathers all faults, so that all are told at once.
#[derive(Default)]
pub(crate) struct Faults {
    pub(crate) all: Vec<ConfigFault>,
}

impl Faults {
    pub(crate) fn catch<T>(&mut self, result: Result<T, Vec<ConfigFault>>) -> Option<T> {
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

/// The pool, none for a connection per minion.
fn pool(own: &HttpOptions, defaults: &HttpOptions) -> Result<Option<PoolOptions>, Vec<ConfigFault>> {
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
        ConnectionOptions::Pool(pool) => Ok(Some(pool)),
    }
}

/// The limits for connecting and for idling.
pub(crate) fn timeouts(own: TimeoutOptions, defaults: TimeoutOptions) -> Result<(Duration, Option<Duration>), Vec<ConfigFault>> {
    let connect = duration(own.connect.or(defaults.connect), "/timeouts/connect")?.unwrap_or(CONNECT_LIMIT);
    Ok((connect, duration(own.idle.or(defaults.idle), "/timeouts/idle")?))
}

pub(crate) fn duration(text: Option<String>, pointer: &str) -> Result<Option<Duration>, Vec<ConfigFault>> {
    text.map(|text| parse_duration(&text)).transpose().map_err(|message| vec![fault(pointer, message, None)])
}

pub(crate) fn body_limit(own: Option<&Json>, defaults: &HttpOptions) -> Result<u64, Vec<ConfigFault>> {
    let Some(json) = own.or(defaults.body_limit.as_ref()) else { return Ok(BODY_LIMIT) };
    parse_size(json).map_err(|message| vec![fault("/body-limit", message, None)])
}

fn tls(own: &HttpOptions, defaults: &HttpOptions, version: Version) -> Result<Tls, Vec<ConfigFault>> {
    let (own, defaults) = both(own.tls.as_ref(), defaults.tls.as_ref(), "/tls")?;
    Tls::read(own, defaults, vec![version.protocol().to_vec()])
}

fn version(name: Option<&str>) -> Result<Version, Vec<ConfigFault>> {
    match name {
        None | Some("1.1") => Ok(Version::One),
        Some("2") => Ok(Version::Two),
        Some(other) => {
            Err(vec![fault("/version", format!("HTTP `{other}` is not spoken here"), Some("write `\"1.1\"` or `\"2\"`".to_owned()))])
        }
    }
}

/// What is done around requests.
fn extras(own: &HttpOptions, defaults: &HttpOptions) -> Result<Extras, Vec<ConfigFault>> {
    let auth = own.auth.as_ref().or(defaults.auth.as_ref()).map(Auth::read).transpose()?;
    let redirects = own.redirects.or(defaults.redirects).unwrap_or(0);
    if redirects > MOST_REDIRECTS {
        let message = format!("{redirects} redirects are more than are followed");
        return Err(vec![fault("/redirects", message, Some(format!("write a number up to {MOST_REDIRECTS}")))]);
    }
    let cookies = if own.cookies.or(defaults.cookies) == Some(true) { Cookies::Kept } else { Cookies::Ignored };
    let bodies = if own.decompress.or(defaults.decompress) == Some(true) { Bodies::Inflated } else { Bodies::AsTheyCome };
    Ok(Extras { auth, cookies, redirects, bodies })
}

/// What connections a step asks for.
pub(crate) fn source(
    own: &HttpOptions,
    defaults: &HttpOptions,
    setup: &StepSetup<'_>,
    limits: Option<(Duration, Option<Duration>)>,
    faults: &mut Faults,
) -> Option<SourcePlan> {
    let base = faults.catch(base(own, defaults, setup));
    let pool = faults.catch(pool(own, defaults));
    let version = faults.catch(version(own.version.as_deref().or(defaults.version.as_deref())));
    let tls = faults.catch(tls(own, defaults, version.unwrap_or_default()));
    let extras = faults.catch(extras(own, defaults));
    let proxy = own.proxy.as_ref().or(defaults.proxy.as_ref()).map(|proxy| ProxyPlan::read(proxy, setup.targets));
    let proxy = faults.catch(proxy.transpose());
    let (connect_limit, idle_limit) = limits?;
    Some(SourcePlan {
        base: base?,
        connect_limit,
        idle_limit,
        pool: pool?,
        version: version?,
        tls: Arc::new(tls?),
        proxy: proxy?,
        extras: extras?,
        targets: Arc::new(setup.targets.clone()),
    })
}

/// The step's own options of a group, and the defaults'.
pub(crate) fn both<O, D>(own: Option<&Json>, defaults: Option<&Json>, pointer: &str) -> Result<(O, D), Vec<ConfigFault>>
where
    O: Default + DeserializeOwned,
    D: Default + DeserializeOwned,
{
    let defaults = defaults.map_or_else(|| Ok(D::default()), |json| read(json, pointer));
    let defaults = defaults.map_err(|faults| faults.into_iter().map(in_defaults).collect::<Vec<_>>())?;
    Ok((own.map_or_else(|| Ok(O::default()), |json| read(json, pointer))?, defaults))
}

/// Faults of the defaults have their place in the message: pointers are into the step's own options.
pub(crate) fn read_defaults(defaults: Option<&Json>) -> Result<HttpOptions, Vec<ConfigFault>> {
    let Some(defaults) = defaults else { return Ok(HttpOptions::default()) };
    read(defaults, "").map_err(|faults| faults.into_iter().map(in_defaults).collect())
}

fn in_defaults(inner: ConfigFault) -> ConfigFault {
    let message = format!("in the scenario's defaults for `http`, at `{}`: {}", inner.pointer, inner.message);
    fault("", message, inner.hint)
}
