//! What the kinds have in common in their options: places, limits, defaults.

use std::fmt;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use throng_model::{ConfigFault, StepSetup};
use throng_plugin_api::{option_fault as fault, parse_duration, read_options as read};

/// Where bytes go.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Place {
    pub(crate) scheme: &'static str,
    /// An IPv6 address without its brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(formatter, "{}://[{}]:{}", self.scheme, self.host, self.port),
            false => write!(formatter, "{}://{}:{}", self.scheme, self.host, self.port),
        }
    }
}

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

/// Reads a URL of one of these schemes, which the document must grant.
pub(crate) fn place(
    own: Option<&str>,
    default: Option<&str>,
    schemes: &[&'static str],
    setup: &StepSetup<'_>,
) -> Result<Place, Vec<ConfigFault>> {
    let example = format!("{}://127.0.0.1:9000", schemes.first().copied().unwrap_or_default());
    let (text, pointer) = match (own, default) {
        (Some(url), _) => (url, "/url"),
        (None, Some(url)) => (url, ""),
        (None, None) => return Err(vec![fault("", "there is no `url`", Some(format!("add `\"url\": \"{example}\"`")))]),
    };
    let wrong = |reason: &str| {
        vec![fault(pointer, format!("`{text}` is no place to send to: {reason}"), Some(format!("write it like `{example}`")))]
    };
    let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong("it has no scheme"))?;
    let scheme = schemes
        .iter()
        .find(|known| **known == scheme)
        .ok_or_else(|| wrong(&format!("it begins with none of `{}`", schemes.join("`, `"))))?;
    let (host, port) = rest.trim_end_matches('/').rsplit_once(':').ok_or_else(|| wrong("it has no port"))?;
    let port = port.parse().map_err(|_| wrong("the port is not a number from 0 to 65535"))?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).to_ascii_lowercase();
    if host.is_empty() || host.contains(['/', '@', '?', '#']) {
        return Err(wrong("it is to be a host and a port, and nothing else"));
    }
    let place = Place { scheme, host, port };
    if !setup.targets.allows(&place.host, place.port) {
        let mut all: Vec<_> = setup.targets.texts().map(|target| format!("\"{target}\"")).collect();
        all.push(format!("\"{place}\""));
        let hint = format!("make it `\"targets\": [{}]` in the document", all.join(", "));
        return Err(vec![fault(pointer, format!("the document does not declare the target {place}"), Some(hint))]);
    }
    Ok(place)
}

/// A duration, if there is one.
pub(crate) fn duration(text: Option<&str>, pointer: &str) -> Result<Option<Duration>, Vec<ConfigFault>> {
    text.map(parse_duration).transpose().map_err(|message| vec![fault(pointer, message, None)])
}

/// The step's own options of a group, and the defaults'.
pub(crate) fn both<T: Default + DeserializeOwned>(
    own: Option<&Json>,
    defaults: Option<&Json>,
    pointer: &str,
) -> Result<(T, T), Vec<ConfigFault>> {
    let read_group = |json: Option<&Json>| json.map_or_else(|| Ok(T::default()), |json| read(json, pointer));
    Ok((read_group(own)?, read_group(defaults)?))
}

/// The scenario's defaults. Their faults have their place in the message: pointers are into the step's own options.
pub(crate) fn read_defaults<T: Default + DeserializeOwned>(plugin: &str, setup: &StepSetup<'_>) -> Result<T, Vec<ConfigFault>> {
    let Some(defaults) = setup.defaults else { return Ok(T::default()) };
    let in_defaults = |inner: ConfigFault| {
        let message = format!("in the scenario's defaults for `{plugin}`, at `{}`: {}", inner.pointer, inner.message);
        fault("", message, inner.hint)
    };
    read(defaults, "").map_err(|faults| faults.into_iter().map(in_defaults).collect())
}
