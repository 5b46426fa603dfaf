//! Where and how meters and events are written, as a document says it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;
use throng_broker::{Address, Gathered, Security, duration};
use throng_model::ConfigFault;
use throng_plugin_api::{OpenError, option_fault, pointer_token, read_options};
use throng_sockets::{Tls, TlsOptions};

use crate::lines::{Form, Precision};
use crate::place::{Place, SCHEMES, Store};
use crate::tags::OWN;

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
const PREFIX: &str = "throng_";

/// Options of the exporter.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ExportOptions {
    /// The server: `http://influx.example:8086`, or `https`; what is behind the port is put before its paths.
    url: Option<String>,
    /// The database of version 1. Either it or `bucket` must be there.
    database: Option<String>,
    /// The retention policy of the database. Default: the database's own.
    retention_policy: Option<String>,
    /// Whether a database that is not there is made. Default: `true`.
    create_database: Option<bool>,
    /// Who writes to the database. Default: nobody in particular.
    user: Option<String>,
    /// The user's password. Default: none.
    password: Option<String>,
    /// In place of `password`: the environment variable that has it.
    password_variable: Option<String>,
    /// The bucket of version 2 and later. Either it or `database` must be there.
    bucket: Option<String>,
    /// The organization that has the bucket; needed with it.
    org: Option<String>,
    /// The token that may write to the bucket. Default: none.
    token: Option<String>,
    /// In place of `token`: the environment variable that has it.
    token_variable: Option<String>,
    /// How exact the times of meters are: `ns`, `us`, `ms` or `s`. Those of events are in nanoseconds. Default: `ns`.
    precision: Option<String>,
    /// Before the name of each measurement. Default: `throng_`.
    prefix: Option<String>,
    /// Tags for all points. Default: none.
    tags: Option<BTreeMap<String, String>>,
    /// Whether points are compressed on their way. Default: `false`.
    gzip: Option<bool>,
    /// For name resolution, TCP connect and TLS handshake together. Default: `5s`.
    connect_timeout: Option<String>,
    /// For the answer to a batch. Default: `10s`.
    timeout: Option<String>,
    /// How often a batch is sent again while the server is away or asks to wait. Default: as often as it takes.
    retries: Option<u32>,
    /// How `https` connections are made.
    #[schemars(with = "Option<TlsOptions>")]
    tls: Option<Json>,
}

/// Options that were checked.
#[derive(Debug)]
pub(crate) struct ExportPlan {
    pub(crate) place: Place,
    pub(crate) credentials: Credentials,
    pub(crate) is_made: bool,
    pub(crate) form: Form,
    pub(crate) is_compressed: bool,
    pub(crate) connect_limit: Duration,
    pub(crate) answer_limit: Duration,
    pub(crate) retries: Option<u32>,
    pub(crate) tls: Tls,
}

/// Who writes.
#[derive(Debug)]
pub(crate) enum Credentials {
    None,
    User { name: String, password: Option<Secret> },
    Token(Secret),
}

/// What nobody is shown.
pub(crate) enum Secret {
    Given(String),
    /// In this environment variable, which is named by an option.
    Variable(String, &'static str),
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

impl Secret {
    /// What it is, looked for only now.
    ///
    /// # Errors
    /// There is no such environment variable.
    pub(crate) fn reveal(&self) -> Result<String, OpenError> {
        match self {
            Self::Given(secret) => Ok(secret.clone()),
            Self::Variable(name, option) => std::env::var(name).map_err(|_| OpenError {
                message: format!("there is no environment variable `{name}`"),
                hint: Some(format!("set it, or name another in `{option}`")),
            }),
        }
    }
}

/// Checks the options.
///
/// # Errors
/// All that is wrong with them.
pub(crate) fn read(options: &Json) -> Result<ExportPlan, Vec<ConfigFault>> {
    let options: ExportOptions = read_options(options, "")?;
    let mut faults = Gathered::default();
    let address = faults.catch(address(options.url.as_deref()));
    let connect_limit = faults.catch(duration(options.connect_timeout.as_deref(), "/connect-timeout")).flatten();
    let answer_limit = faults.catch(duration(options.timeout.as_deref(), "/timeout")).flatten();
    let precision = faults.catch(precision(options.precision.as_deref())).unwrap_or_default();
    let tls = faults.catch(tls(options.tls.as_ref(), address.as_ref()));
    check_tags(options.tags.as_ref(), &mut faults);
    let store = store(&options, &mut faults);
    let credentials = credentials(&options, &mut faults);
    let form = Form { prefix: options.prefix.unwrap_or_else(|| PREFIX.to_owned()), tags: options.tags.unwrap_or_default(), precision };
    let whole = address.zip(store).zip(tls).map(|((address, store), tls)| ExportPlan {
        place: Place { address, store },
        credentials,
        is_made: options.create_database.unwrap_or(true),
        form,
        is_compressed: options.gzip.unwrap_or(false),
        connect_limit: connect_limit.unwrap_or(CONNECT_LIMIT),
        answer_limit: answer_limit.unwrap_or(ANSWER_LIMIT),
        retries: options.retries,
        tls,
    });
    faults.or(whole)
}

fn address(url: Option<&str>) -> Result<Address, Vec<ConfigFault>> {
    let hint = || Some("write it like `http://127.0.0.1:8086`".to_owned());
    let url = url.ok_or_else(|| vec![option_fault("", "there is no `url`", hint())])?;
    // It is not shown: somebody may have put a password into it.
    Address::parse(url, &SCHEMES)
        .map_err(|reason| vec![option_fault("/url", format!("this is not the URL of an InfluxDB: {reason}"), hint())])
}

fn precision(text: Option<&str>) -> Result<Precision, Vec<ConfigFault>> {
    let Some(text) = text else { return Ok(Precision::default()) };
    let known = Precision::ALL.into_iter().find(|(name, _)| *name == text);
    known.map(|(_, precision)| precision).ok_or_else(|| {
        let hint = "write `ns`, `us`, `ms` or `s`".to_owned();
        vec![option_fault("/precision", format!("`{text}` is not a precision"), Some(hint))]
    })
}

fn tls(json: Option<&Json>, address: Option<&Address>) -> Result<Tls, Vec<ConfigFault>> {
    let Some(json) = json else { return Ok(Tls::default()) };
    if address.is_some_and(|address| address.security == Security::Plain) {
        let hint = "write the `url` with `https`, or leave `tls` out".to_owned();
        return Err(vec![option_fault("/tls", "the server is talked to without TLS", Some(hint))]);
    }
    Tls::read(read_options(json, "/tls")?, TlsOptions::default(), Vec::new())
}

fn check_tags(tags: Option<&BTreeMap<String, String>>, faults: &mut Gathered) {
    for (name, value) in tags.into_iter().flatten() {
        let place = format!("/tags/{}", pointer_token(name));
        if name.is_empty() || value.is_empty() {
            faults.add(place, "a tag has a name and a value", Some("leave out what is empty"));
        } else if OWN.contains(&name.as_str()) {
            faults.add(place, format!("the exporter itself has the tag `{name}`"), Some("give it another name"));
        } else if name == "time" || name.starts_with('_') {
            faults.add(place, format!("InfluxDB keeps the name `{name}` for itself"), Some("give it another name"));
        }
    }
}

/// What is written to; every option that belongs to the other version is a fault.
fn store(options: &ExportOptions, faults: &mut Gathered) -> Option<Store> {
    let of_database = [
        ("retention-policy", options.retention_policy.is_some()),
        ("create-database", options.create_database.is_some()),
        ("user", options.user.is_some()),
        ("password", options.password.is_some()),
        ("password-variable", options.password_variable.is_some()),
    ];
    let of_bucket =
        [("org", options.org.is_some()), ("token", options.token.is_some()), ("token-variable", options.token_variable.is_some())];
    let mut strange = |said: &[(&str, bool)], wants: &str, has: &str| {
        for (name, _) in said.iter().filter(|(_, is_said)| *is_said) {
            let message = format!("`{name}` goes with a `{wants}`, and there is a `{has}`");
            faults.add(format!("/{name}"), message, Some("leave one of them out"));
        }
    };
    match (&options.database, &options.bucket) {
        (Some(name), None) => {
            strange(&of_bucket, "bucket", "database");
            Some(Store::Database { name: name.clone(), retention_policy: options.retention_policy.clone() })
        }
        (None, Some(name)) => {
            strange(&of_database, "database", "bucket");
            let Some(organization) = options.org.clone() else {
                faults.add("", "there is no `org` that has the `bucket`", Some("add `\"org\": \"NAME\"`"));
                return None;
            };
            Some(Store::Bucket { organization, name: name.clone() })
        }
        (Some(_), Some(_)) => {
            faults.add("/bucket", "there are both a `database` and a `bucket`", Some("leave out what this server has not"));
            None
        }
        (None, None) => {
            let hint =
                "add `\"database\": \"NAME\"` for version 1 of the server, or `\"org\": \"NAME\", \"bucket\": \"NAME\"` for later ones";
            faults.add("", "there is neither a `database` nor a `bucket`", Some(hint));
            None
        }
    }
}

fn credentials(options: &ExportOptions, faults: &mut Gathered) -> Credentials {
    let password = secret(options.password.as_ref(), options.password_variable.as_ref(), ["password", "password-variable"], faults);
    let token = secret(options.token.as_ref(), options.token_variable.as_ref(), ["token", "token-variable"], faults);
    match (&options.user, password, token) {
        (Some(name), password, _) => Credentials::User { name: name.clone(), password },
        (None, _, Some(token)) => Credentials::Token(token),
        (None, Some(_), None) if options.database.is_some() => {
            faults.add("", "there is a password, and no `user`", Some("add `\"user\": \"NAME\"`"));
            Credentials::None
        }
        (None, _, None) => Credentials::None,
    }
}

fn secret(
    given: Option<&String>,
    variable: Option<&String>,
    [name, variable_name]: [&'static str; 2],
    faults: &mut Gathered,
) -> Option<Secret> {
    match (given, variable) {
        (Some(_), Some(_)) => {
            let message = format!("there are both `{name}` and `{variable_name}`");
            faults.add(format!("/{variable_name}"), message, Some("leave one of them out"));
            None
        }
        (Some(secret), None) => Some(Secret::Given(secret.clone())),
        (None, Some(variable)) => Some(Secret::Variable(variable.clone(), variable_name)),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wrong(options: &Json) -> String {
        let faults = read(options).err().unwrap_or_default();
        faults.into_iter().map(|fault| format!("{}: {}; {}\n", fault.pointer, fault.message, fault.hint.unwrap_or_default())).collect()
    }

    #[test]
    fn either_version_has_its_options() {
        let database = read(&json!({ "url": "http://a", "database": "load", "user": "ann", "password": "battery-staple" })).expect("right");
        assert!(matches!(database.place.store, Store::Database { .. }) && !format!("{database:?}").contains("battery"));
        let bucket =
            read(&json!({ "url": "https://a", "org": "shop", "bucket": "load", "token-variable": "T", "tls": {} })).expect("right");
        assert!(matches!((bucket.place.store, bucket.credentials), (Store::Bucket { .. }, Credentials::Token(_))));
    }

    #[test]
    fn faults_have_place_and_remedy() {
        let all = [
            json!({ "url": "http://a" }),
            json!({ "url": "http://ann:b@a", "database": "x", "bucket": "y" }),
            json!({ "database": "x", "org": "shop", "token": "t", "tags": { "step": "a", "time": "b", "c": "" } }),
            json!({ "url": "http://a", "bucket": "x", "user": "ann", "precision": "h", "timeout": "soon", "tls": {} }),
            json!({ "url": "http://a", "database": "x", "password": "a", "password-variable": "b" }),
            json!({ "url": "http://a", "database": "x", "password": "a" }),
            json!({ "url": "http://a", "databse": "x" }),
        ];
        insta::assert_snapshot!(all.iter().map(wrong).collect::<Vec<_>>().join("\n"));
    }
}
