//! Where meters and events are written, as a document says it.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;
use throng_model::ConfigFault;
use throng_plugin_api::{Files, OpenError, option_fault, read_options};

use crate::address::{Dialect, Place};
use crate::database::{Account, Database, Security};
use crate::options::TlsOptions;
use throng_broker::{Gathered, duration};

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// The server's answers are short: nothing is read but what became of a statement.
const ANSWER_LIMIT: u64 = 1 << 20;

/// Options of the exporter.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ExportOptions {
    /// The database: `postgresql://db.example/measures`.
    url: Option<String>,
    /// Who writes. Default: `postgres`.
    user: Option<String>,
    /// The password. Default: none.
    password: Option<String>,
    /// In place of `password`: the environment variable that has it.
    password_variable: Option<String>,
    /// The table of meters. Default: `throng_meters`.
    meters_table: Option<String>,
    /// The table of events. Default: `throng_events`.
    events_table: Option<String>,
    /// Whether tables that are not there are made. Default: `true`.
    create_tables: Option<bool>,
    /// For name resolution, TCP connect, TLS handshake and log-in together. Default: `5s`.
    connect_timeout: Option<String>,
    /// If it is there, connections are made over TLS. Default: no TLS.
    #[schemars(with = "Option<TlsOptions>")]
    tls: Option<Json>,
}

/// Options that were checked.
#[derive(Clone, Debug)]
pub(super) struct ExportPlan {
    place: Place,
    user: String,
    password: Password,
    pub(super) tables: Tables,
    connect_limit: Duration,
    tls: Option<Security>,
}

/// Where the password is.
#[derive(Clone)]
enum Password {
    None,
    Given(String),
    /// In this environment variable.
    Variable(String),
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password")
    }
}

/// The tables that are written to.
#[derive(Clone, Debug)]
pub(super) struct Tables {
    pub(super) meters: String,
    pub(super) events: String,
    pub(super) are_made: bool,
}

/// Checks the options.
pub(super) fn read(options: &Json) -> Result<ExportPlan, Vec<ConfigFault>> {
    let options: ExportOptions = read_options(options, "")?;
    let mut faults = Gathered::default();
    let place = faults.catch(place(options.url.as_deref()));
    let connect_limit = faults.catch(duration(options.connect_timeout.as_deref(), "/connect-timeout")).flatten();
    let tls = faults.catch(
        options
            .tls
            .as_ref()
            .map(|json| {
                let own: TlsOptions = read_options(json, "/tls")?;
                Security::read(own, TlsOptions::default())
            })
            .transpose(),
    );
    let password = match (options.password, options.password_variable) {
        (Some(_), Some(_)) => {
            faults.add("/password-variable", "there are both `password` and `password-variable`", Some("leave one of them out"));
            Password::None
        }
        (Some(password), None) => Password::Given(password),
        (None, Some(variable)) => Password::Variable(variable),
        (None, None) => Password::None,
    };
    let tables = Tables {
        meters: options.meters_table.unwrap_or_else(|| "throng_meters".to_owned()),
        events: options.events_table.unwrap_or_else(|| "throng_events".to_owned()),
        are_made: options.create_tables.unwrap_or(true),
    };
    let user = options.user.unwrap_or_else(|| Dialect::Postgres.default_user().to_owned());
    let connect_limit = connect_limit.unwrap_or(CONNECT_LIMIT);
    let whole = place.zip(tls).map(|(place, tls)| ExportPlan { place, user, password, tables, connect_limit, tls });
    faults.or(whole)
}

fn place(url: Option<&str>) -> Result<Place, Vec<ConfigFault>> {
    let hint = || Some("write it like `postgresql://127.0.0.1:5432/measures`".to_owned());
    let url = url.ok_or_else(|| vec![option_fault("", "there is no `url`", hint())])?;
    match Place::parse(url) {
        Ok(place) if place.dialect() == Dialect::Postgres => Ok(place),
        Ok(_) => Err(vec![option_fault("/url", format!("`{url}` is no PostgreSQL"), hint())]),
        Err(reason) => Err(vec![option_fault("/url", format!("`{url}` is not the URL of a database: {reason}"), hint())]),
    }
}

impl ExportPlan {
    /// The database, with the password that is only now looked for.
    pub(super) fn database(&self, files: &Files) -> Result<Database, OpenError> {
        let password = match &self.password {
            Password::None => None,
            Password::Given(password) => Some(password.clone()),
            Password::Variable(name) => match std::env::var(name) {
                Ok(password) => Some(password),
                Err(_) => {
                    let hint = Some("set it, or name another in `password-variable`".to_owned());
                    return Err(OpenError { message: format!("there is no environment variable `{name}`"), hint });
                }
            },
        };
        Ok(Database {
            place: self.place.clone(),
            account: Account::new(self.user.clone(), password),
            files: files.clone(),
            tls: self.tls.clone(),
            connect_limit: self.connect_limit,
            answer_limit: ANSWER_LIMIT,
        })
    }
}

impl fmt::Display for ExportPlan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Server(server) => match &server.database {
                Some(database) => write!(formatter, "{server}/{database}"),
                None => server.fmt(formatter),
            },
            file @ Place::File(_) => file.fmt(formatter),
        }
    }
}
