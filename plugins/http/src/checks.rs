//! What the kinds have in common in their options: base, limits, TLS.

use std::path::PathBuf;
use std::time::Duration;

use rustls::pki_types::ServerName;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use throng_model::{ConfigFault, StepSetup};
use throng_plugin_api::{option_fault as fault, parse_size, read_options as read};

use crate::options::{ConnectionOptions, HttpOptions, PoolOptions, TimeoutOptions, TlsOptions};
use crate::origin::Base;
use crate::source::line_to_add;
use crate::text::parse_duration;
use crate::tls::{Tls, Trust};

const BODY_LIMIT: u64 = 10 << 20;
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

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

pub(crate) fn base(own: &HttpOptions, defaults: &HttpOptions, setup: &StepSetup<'_>) -> Result<Base, Vec<ConfigFault>> {
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
pub(crate) fn pool(own: &HttpOptions, defaults: &HttpOptions) -> Result<Option<PoolOptions>, Vec<ConfigFault>> {
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

pub(crate) fn tls(own: &HttpOptions, defaults: &HttpOptions) -> Result<Tls, Vec<ConfigFault>> {
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
