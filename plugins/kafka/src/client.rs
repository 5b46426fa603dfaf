//! What a document says of a client, checked: where the cluster is, how to log in, and how librdkafka is to be set up for that.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use serde_json::Value as Json;
use throng_broker::{FixedText, Gathered, both, in_defaults};
use throng_model::{ConfigFault, StepSetup, Targets, parse_duration};
use throng_plugin_api::{Files, OpenError, option_fault, option_remedy, pointer_token, read_options};

use crate::brokers::{Address, read_brokers};
use crate::options::{ClientOptions, SaslOptions, TimeoutOptions, TlsOptions};
use crate::properties::refusal;

/// The key of the plugin's defaults in a scenario.
pub(crate) const PLUGIN: &str = "kafka";
const LIMIT: Duration = Duration::from_secs(5);
const MECHANISMS: &[&str] = &["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"];

/// A checked client.
#[derive(Clone, Debug)]
pub(crate) struct ClientPlan {
    pub(crate) brokers: Vec<Address>,
    pub(crate) targets: Arc<Targets>,
    pub(crate) limits: Limits,
    security: Vec<(&'static str, FixedText)>,
    /// Files by the property that names them, as written.
    files: Vec<(&'static str, String)>,
    properties: Vec<(String, FixedText)>,
}

/// How long things may take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Limits {
    pub(crate) connect: Duration,
    pub(crate) delivery: Duration,
    pub(crate) request: Duration,
}

/// What the campaign fills in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings<'a> {
    pub(crate) files: &'a Files,
    pub(crate) settings: &'a BTreeMap<String, String>,
}

impl ClientPlan {
    /// Checks what a step and its scenario's defaults say.
    pub(crate) fn read(own: &ClientOptions, setup: &StepSetup<'_>) -> Result<Self, Vec<ConfigFault>> {
        let defaults = setup.defaults.map_or_else(|| Ok(ClientOptions::default()), |json| read_options(json, "").map_err(of_defaults))?;
        let mut faults = Gathered::default();
        let brokers = faults.catch(match (&own.brokers, &defaults.brokers) {
            (Some(own), _) => read_brokers(own, "/brokers", setup.targets),
            (None, Some(default)) => read_brokers(default, "", setup.targets),
            (None, None) => {
                let hint = "add `\"brokers\": \"127.0.0.1:9092\"` here, or to the scenario's `\"defaults\": {\"kafka\": {…}}`".to_owned();
                Err(vec![option_fault("", "there are no `brokers`", Some(hint))])
            }
        });
        let limits = faults.catch(both(PLUGIN, own.timeouts.as_ref(), defaults.timeouts.as_ref(), "/timeouts").and_then(limits));
        let security = faults.catch(security(own, &defaults));
        let properties = faults.catch(properties(own.properties.as_ref(), defaults.properties.as_ref()));
        match (brokers, limits, security, properties) {
            (Some(brokers), Some(limits), Some((security, files)), Some(properties)) => {
                Ok(Self { brokers, targets: Arc::new(setup.targets.clone()), limits, security, files, properties })
            }
            _ => Err(faults.all),
        }
    }

    /// Has librdkafka look at the properties, those of the step's kind among them.
    pub(crate) fn check(&self, kind: &[(&str, String)]) -> Result<(), Vec<ConfigFault>> {
        let mut config = self.common(kind);
        for (name, value) in &self.properties {
            if let Some(value) = value.as_text() {
                config.set(name, value);
            }
        }
        match config.create_native_config() {
            Ok(_) => Ok(()),
            Err(KafkaError::ClientConfig(_, reason, name, _)) if self.properties.iter().any(|(own, _)| *own == name) => {
                let place = format!("/properties/{}", pointer_token(&name));
                Err(vec![option_fault(place, format!("librdkafka does not take `{name}`: {reason}"), None)])
            }
            Err(error) => Err(vec![option_fault("", format!("librdkafka cannot be set up so: {error}"), None)]),
        }
    }

    /// What librdkafka is told. The document's own properties come last: they win.
    ///
    /// # Errors
    /// A setting that is not declared.
    pub(crate) fn config(&self, kind: &[(&str, String)], surroundings: Surroundings<'_>) -> Result<ClientConfig, OpenError> {
        let mut config = self.common(kind);
        for (name, file) in &self.files {
            // Librdkafka does not say which file it could not read.
            let readable = surroundings.files.path(file).and_then(|path| std::fs::File::open(&path).map(|_| path));
            let unreadable = |error| OpenError { message: format!("`{file}`, a file of `tls`, cannot be read: {error}"), hint: None };
            config.set(*name, readable.map_err(unreadable)?.to_string_lossy());
        }
        let security = self.security.iter().map(|(name, value)| (*name, value));
        for (name, value) in security.chain(self.properties.iter().map(|(name, value)| (name.as_str(), value))) {
            config.set(name, filled(value, surroundings)?);
        }
        Ok(config)
    }

    fn common(&self, kind: &[(&str, String)]) -> ClientConfig {
        let brokers: Vec<_> = self.brokers.iter().map(Address::to_string).collect();
        let milliseconds = |limit: Duration, least: u128| limit.as_millis().clamp(least, 300_000).to_string();
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", brokers.join(","))
            .set("client.id", "throng")
            .set("socket.timeout.ms", milliseconds(self.limits.request, 1_000))
            .set("socket.connection.setup.timeout.ms", milliseconds(self.limits.connect, 1_000))
            .set("socket.keepalive.enable", "true")
            .set("socket.nagle.disable", "true")
            // A broker that is back is to be noticed within a second.
            .set("reconnect.backoff.max.ms", "1000")
            .set("log.connection.close", "false")
            // Tells which brokers there are.
            .set("statistics.interval.ms", "5000");
        for (name, value) in kind {
            config.set(*name, value);
        }
        config
    }

    /// The brokers, for people.
    pub(crate) fn place(&self) -> String {
        self.brokers.iter().map(Address::to_string).collect::<Vec<_>>().join(", ")
    }
}

/// A text of a campaign.
pub(crate) fn filled(text: &FixedText, surroundings: Surroundings<'_>) -> Result<String, OpenError> {
    match text.settings().find(|name| !surroundings.settings.contains_key(*name)) {
        None => Ok(text.fill(surroundings.settings)),
        Some(name) => {
            let hint = Some("add it to the scenario's `settings`".to_owned());
            Err(OpenError { message: format!("the setting `{name}` is not declared"), hint })
        }
    }
}

/// Reads a duration; at least so long.
pub(crate) fn duration(text: Option<&str>, default: Duration, least: Duration, pointer: &str) -> Result<Duration, Vec<ConfigFault>> {
    let Some(text) = text else { return Ok(default) };
    match parse_duration(text).map_err(|error| vec![option_fault(pointer, error.to_string(), None)])? {
        short if short < least => Err(vec![option_fault(pointer, format!("`{text}` is too short; at least {least:?} can be told"), None)]),
        duration => Ok(duration),
    }
}

/// Reads one of several words.
pub(crate) fn word<T: Copy>(text: Option<&str>, words: &[(&str, T)], pointer: &str) -> Result<Option<T>, Vec<ConfigFault>> {
    let Some(text) = text else { return Ok(None) };
    match words.iter().find(|(word, _)| *word == text) {
        Some((_, meaning)) => Ok(Some(*meaning)),
        None => {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            Err(vec![option_fault(pointer, format!("`{text}` means nothing here"), Some(option_remedy(text, &known)))])
        }
    }
}

fn of_defaults(faults: Vec<ConfigFault>) -> Vec<ConfigFault> {
    faults.into_iter().map(|fault| in_defaults(PLUGIN, fault)).collect()
}

fn limits((own, defaults): (TimeoutOptions, TimeoutOptions)) -> Result<Limits, Vec<ConfigFault>> {
    let least = Duration::from_millis(10);
    let limit = |own: Option<String>, default: Option<String>, pointer| duration(own.or(default).as_deref(), LIMIT, least, pointer);
    Ok(Limits {
        connect: limit(own.connect, defaults.connect, "/timeouts/connect")?,
        delivery: limit(own.delivery, defaults.delivery, "/timeouts/delivery")?,
        request: limit(own.request, defaults.request, "/timeouts/request")?,
    })
}

/// Texts and files by the property that they are given to.
type Security = (Vec<(&'static str, FixedText)>, Vec<(&'static str, String)>);

fn security(own: &ClientOptions, defaults: &ClientOptions) -> Result<Security, Vec<ConfigFault>> {
    let (mut texts, mut files) = (Vec::new(), Vec::new());
    let has_sasl = own.sasl.is_some() || defaults.sasl.is_some();
    let has_tls = own.tls.is_some() || defaults.tls.is_some();
    if has_sasl {
        let (own, defaults): (SaslOptions, SaslOptions) = both(PLUGIN, own.sasl.as_ref(), defaults.sasl.as_ref(), "/sasl")?;
        let mechanism = own.mechanism.or(defaults.mechanism).unwrap_or_else(|| "PLAIN".to_owned());
        if !MECHANISMS.contains(&mechanism.as_str()) {
            let message = format!("`{mechanism}` is no way to log in that can be had here");
            return Err(vec![option_fault("/sasl/mechanism", message, Some(option_remedy(&mechanism, MECHANISMS)))]);
        }
        let missing = |what: &str| vec![option_fault("/sasl", format!("there is no `{what}` to log in with"), None)];
        texts.push(("sasl.mechanism", FixedText::read(&mechanism, "/sasl/mechanism")?));
        let username = own.username.or(defaults.username).ok_or_else(|| missing("username"))?;
        texts.push(("sasl.username", FixedText::read(&username, "/sasl/username")?));
        let password = own.password.or(defaults.password).ok_or_else(|| missing("password"))?;
        texts.push(("sasl.password", FixedText::read(&password, "/sasl/password")?));
    }
    if has_tls {
        let (own, defaults): (TlsOptions, TlsOptions) = both(PLUGIN, own.tls.as_ref(), defaults.tls.as_ref(), "/tls")?;
        if own.insecure.or(defaults.insecure) == Some(true) {
            texts.push(("enable.ssl.certificate.verification", FixedText::read("false", "/tls/insecure")?));
        }
        files.extend(own.roots.or(defaults.roots).map(|file| ("ssl.ca.location", file)));
        let (certificate, key) = (own.certificate.or(defaults.certificate), own.key.or(defaults.key));
        if certificate.is_some() != key.is_some() {
            let message = "a certificate is shown with its key: there is only one of `certificate` and `key`";
            return Err(vec![option_fault("/tls", message, None)]);
        }
        files.extend(certificate.map(|file| ("ssl.certificate.location", file)));
        files.extend(key.map(|file| ("ssl.key.location", file)));
        if let Some(password) = own.key_password.or(defaults.key_password) {
            texts.push(("ssl.key.password", FixedText::read(&password, "/tls/key-password")?));
        }
    }
    let protocol = match (has_sasl, has_tls) {
        (false, false) => "plaintext",
        (false, true) => "ssl",
        (true, false) => "sasl_plaintext",
        (true, true) => "sasl_ssl",
    };
    texts.push(("security.protocol", FixedText::read(protocol, "")?));
    Ok((texts, files))
}

fn properties(own: Option<&Json>, defaults: Option<&Json>) -> Result<Vec<(String, FixedText)>, Vec<ConfigFault>> {
    let mut all = read_properties(defaults).map_err(of_defaults)?;
    for (name, value) in read_properties(own)? {
        all.retain(|(other, _)| *other != name);
        all.push((name, value));
    }
    Ok(all)
}

fn read_properties(json: Option<&Json>) -> Result<Vec<(String, FixedText)>, Vec<ConfigFault>> {
    let entries = match json {
        None => return Ok(Vec::new()),
        Some(Json::Object(entries)) => entries,
        Some(_) => return Err(vec![option_fault("/properties", "an object of properties is expected here", None)]),
    };
    let (mut properties, mut faults) = (Vec::new(), Vec::new());
    for (name, value) in entries {
        let place = format!("/properties/{}", pointer_token(name));
        let text = match value {
            Json::String(text) => text.clone(),
            Json::Number(_) | Json::Bool(_) => value.to_string(),
            _ => {
                faults.push(option_fault(place, "a property is a text, a number or a truth value", None));
                continue;
            }
        };
        match (refusal(name), FixedText::read(&text, &place)) {
            (Some(reason), _) => {
                faults.push(option_fault(place, format!("`{name}` cannot be set: {}", reason.why), Some(reason.instead())))
            }
            (None, Err(found)) => faults.extend(found),
            (None, Ok(text)) => properties.push((name.clone(), text)),
        }
    }
    if faults.is_empty() { Ok(properties) } else { Err(faults) }
}
