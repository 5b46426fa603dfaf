//! A database as a document says it, and as a campaign reaches it.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use throng_model::ConfigFault;
use throng_plugin_api::{Clock, Files, option_fault};

use crate::address::Place;
use crate::connection::Connection;
use crate::error::SqlError;
use crate::options::TlsOptions;
use throng_broker::FixedText;

/// A database, checked but for what a campaign sets.
#[derive(Clone, Debug)]
pub(crate) struct DatabasePlan {
    pub(crate) place: Place,
    pub(crate) user: Option<FixedText>,
    pub(crate) password: Option<FixedText>,
    pub(crate) pool_size: u32,
    pub(crate) warms_up: bool,
    pub(crate) connect_limit: Duration,
    pub(crate) idle_limit: Option<Duration>,
    pub(crate) query_limit: Duration,
    pub(crate) tls: Option<Security>,
    pub(crate) answer_limit: u64,
}

/// How connections are made over TLS.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Security {
    /// Any certificate will do.
    pub(crate) accepts_anything: bool,
    /// Certificates that are trusted, instead of the operating system's.
    pub(crate) roots: Option<PathBuf>,
    /// What is shown to servers that ask for it, and its key.
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
}

impl Security {
    /// As the step says it, and the scenario's defaults where it does not.
    pub(crate) fn read(own: TlsOptions, defaults: TlsOptions) -> Result<Self, Vec<ConfigFault>> {
        let accepts_anything = own.insecure.or(defaults.insecure).unwrap_or(false);
        let roots = own.roots.or(defaults.roots).map(PathBuf::from);
        if accepts_anything && roots.is_some() {
            let message = "with `insecure` any certificate is accepted, so `roots` would say nothing";
            return Err(vec![option_fault("/tls", message, Some("leave one of them out".to_owned()))]);
        }
        let certificate = own.certificate.or(defaults.certificate).map(PathBuf::from);
        let key = own.key.or(defaults.key).map(PathBuf::from).or_else(|| certificate.clone());
        if key.is_some() && certificate.is_none() {
            let hint = "name the certificate's file in `tls.certificate`".to_owned();
            return Err(vec![option_fault("/tls/key", "there is a key without its certificate", Some(hint))]);
        }
        Ok(Self { accepts_anything, roots, certificate, key })
    }

    /// With the paths to open.
    pub(crate) fn within(&self, files: &Files) -> Result<Self, SqlError> {
        let path = |file: &Option<PathBuf>| {
            let unreadable =
                |file: &PathBuf, error: io::Error| SqlError::File { file: file.display().to_string(), words: error.to_string() };
            file.as_ref().map(|file| files.path(file).map_err(|error| unreadable(file, error))).transpose()
        };
        let (roots, certificate, key) = (path(&self.roots)?, path(&self.certificate)?, path(&self.key)?);
        Ok(Self { accepts_anything: self.accepts_anything, roots, certificate, key })
    }
}

/// Who asks.
#[derive(Clone, Eq, Hash, PartialEq)]
pub(crate) struct Account {
    pub(crate) user: String,
    password: Option<String>,
}

impl Account {
    pub(crate) fn new(user: String, password: Option<String>) -> Self {
        Self { user, password }
    }

    /// Empty where there is none.
    pub(crate) fn password(&self) -> &str {
        self.password.as_deref().unwrap_or_default()
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Account").field("user", &self.user).finish_non_exhaustive()
    }
}

/// A database of a campaign.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pub(crate) place: Place,
    pub(crate) account: Account,
    pub(crate) files: Files,
    pub(crate) tls: Option<Security>,
    pub(crate) connect_limit: Duration,
    pub(crate) answer_limit: u64,
}

impl DatabasePlan {
    /// With what a campaign sets.
    pub(crate) fn resolve(&self, settings: &BTreeMap<String, String>, files: &Files) -> Database {
        let user = self.user.as_ref().map_or_else(|| self.place.dialect().default_user().to_owned(), |user| user.fill(settings));
        let password = self.password.as_ref().map(|password| password.fill(settings));
        Database {
            place: self.place.clone(),
            account: Account::new(user, password),
            files: files.clone(),
            tls: self.tls.clone(),
            connect_limit: self.connect_limit,
            answer_limit: self.answer_limit,
        }
    }
}

impl Database {
    /// A new connection, logged in.
    pub(crate) async fn connect(&self, clock: Clock) -> Result<Connection, SqlError> {
        let opened = clock.timeout(self.connect_limit, Connection::open(self)).await;
        opened.unwrap_or_else(|| Err(SqlError::ConnectTimeout { server: self.place.to_string(), limit: self.connect_limit }))
    }
}
