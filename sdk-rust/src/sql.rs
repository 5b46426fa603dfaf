//! Databases: rows that are found, saved and polled.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};

use crate::carry::{BySerde, Carry};
use crate::draft::Config;
use crate::duration::written;
use crate::read::Read;
use crate::{Context, Feed, Flow, Output};

/// A database that steps talk to.
#[derive(Clone, Debug)]
#[must_use = "a database is asked by steps"]
pub struct Database {
    options: Map<String, Json>,
    target: Option<String>,
}

/// The database at this URL: `postgresql://127.0.0.1:5432/shop`, `mysql://…`, `sqlite:shop.db`. Its server becomes a target of the scenarios
/// that use it.
///
/// ```
/// use throng::{column, database, millis, scenario};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Order { id: i64, name: String }
///
/// let shop = database("postgresql://127.0.0.1:5432/shop").user("ann").password("{setting:db-password}");
/// let orders = shop.poll::<Order>("select id, name from orders where id > $1 order by id", "id", 0).every(millis(100));
/// scenario("orders")
///     .start()
///     .returns("order".to_owned())
///     .sql_save("saved", &shop, "orders", [("name", column::text("o-{minion}"))])
///     .sql_search::<Order>("found", &shop, "select id, name from orders where name = $1", [column::text("o-{minion}")]);
/// # drop(orders);
/// ```
pub fn database(url: impl Into<String>) -> Database {
    let url = url.into();
    let authority = url.split_once("://").map(|(scheme, rest)| (scheme, rest.split('/').next().unwrap_or_default()));
    let target = authority.filter(|(_, host)| !host.is_empty()).map(|(scheme, host)| format!("{scheme}://{host}"));
    Database { options: Map::from_iter([("url".to_owned(), url.into())]), target }
}

/// What came of a statement that changed rows.
#[derive(Clone, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct Saved {
    /// Rows that were changed.
    pub affected: u64,
}

/// What stands in a column, or for a placeholder.
#[derive(Clone, Debug)]
pub struct Parameter(Json);

/// What stands in columns and for placeholders.
pub mod column {
    use super::{Json, Parameter, json};

    /// What is under a JSON pointer of the value: `column::of("/id")`.
    pub fn of(pointer: impl Into<String>) -> Parameter {
        Parameter(json!({ "json": pointer.into() }))
    }

    /// Text with holes: `column::text("user-{minion}")`.
    pub fn text(template: impl Into<String>) -> Parameter {
        Parameter(Json::String(template.into()))
    }

    /// A number.
    pub fn number(number: impl Into<serde_json::Number>) -> Parameter {
        Parameter(Json::Number(number.into()))
    }
}

/// A statement that a closure builds.
#[derive(Clone, Debug)]
#[must_use = "a statement is run when a step's closure answers with it"]
pub struct Statement {
    query: String,
    parameters: Vec<Json>,
}

impl Statement {
    /// A statement with the database's own placeholders: `$1` in PostgreSQL, `?` elsewhere.
    pub fn new(query: impl Into<String>) -> Self {
        Self { query: query.into(), parameters: Vec::new() }
    }

    /// What the next placeholder stands for. What JSON cannot say is null.
    pub fn bind<T: Serialize>(mut self, value: T) -> Self {
        self.parameters.push(serde_json::to_value(value).unwrap_or_default());
        self
    }
}

impl Database {
    /// Who asks; `{setting:NAME}` is filled in.
    pub fn user(self, user: impl Into<String>) -> Self {
        self.with("user", user.into())
    }

    /// The password: best `{setting:NAME}`, of a setting that is secret.
    pub fn password(self, password: impl Into<String>) -> Self {
        self.with("password", password.into())
    }

    /// Connections in the whole campaign; 10 unless told otherwise.
    pub fn pool(self, size: u32) -> Self {
        self.with("pool", json!({ "size": size }))
    }

    /// Connections are made over TLS, and the certificates of this PEM file are trusted.
    pub fn tls_roots(self, file: impl Into<String>) -> Self {
        self.with("tls", json!({ "roots": file.into() }))
    }

    fn with(mut self, option: &str, value: impl Into<Json>) -> Self {
        self.options.insert(option.to_owned(), value.into());
        self
    }

    fn fields(&self) -> Vec<(String, Config)> {
        self.options.iter().map(|(name, value)| (name.clone(), Config::Constant(value.clone()))).collect()
    }

    /// Asks again and again, beside the load, for rows that are new: the query's placeholder is the last value of the column, at first
    /// `initial`, and the query orders by it.
    pub fn poll<T: Carry<BySerde>>(&self, query: impl Into<String>, column: impl Into<String>, initial: impl Into<Json>) -> SqlPoll<T> {
        let mut options = self.options.clone();
        options.insert("query".to_owned(), query.into().into());
        options.insert("tie-breaker".to_owned(), json!({ "column": column.into(), "initial": initial.into() }));
        SqlPoll { options, target: self.target.clone(), read: Read::carried() }
    }
}

/// A poll of a database: made by [`Database::poll`].
#[must_use = "a poll becomes a feed by `every`"]
pub struct SqlPoll<T> {
    options: Map<String, Json>,
    target: Option<String>,
    read: Read<T>,
}

impl<T: 'static> SqlPoll<T> {
    /// The time between two polls.
    pub fn every(mut self, period: Duration) -> Feed<T> {
        self.options.insert("poll-delay".to_owned(), written(period).into());
        Feed::begin("sql-poll", Config::Constant(self.options.into()), self.read).reaches(self.target.as_deref())
    }
}

impl<T: 'static, At> Flow<T, At> {
    /// Asks a database, and emits the rows.
    pub fn sql_search<R: Serialize + DeserializeOwned + 'static>(
        self,
        name: impl Into<String>,
        database: &Database,
        query: impl Into<String>,
        parameters: impl IntoIterator<Item = Parameter>,
    ) -> Flow<Vec<R>, At> {
        let mut fields = database.fields();
        fields.push(("query".to_owned(), Config::Constant(query.into().into())));
        fields.push(("parameters".to_owned(), Config::Constant(parameters.into_iter().map(|Parameter(json)| json).collect())));
        self.then(Some(name.into()), "sql-search", Config::Object(fields), Read::carried()).reaches(database.target.as_deref())
    }

    /// Runs the statement that `build` answers with, and emits the rows.
    pub fn sql_search_with<R: Serialize + DeserializeOwned + 'static>(
        self,
        name: impl Into<String>,
        database: &Database,
        build: impl Fn(&Context, T) -> Statement + 'static,
    ) -> Flow<Vec<R>, At> {
        let read = self.read.clone();
        let run = Box::new(move |cx: &Context, value| {
            let Statement { query, parameters } = build(cx, read.value(value)?);
            json!({ "query": query, "parameters": parameters }).into_value().map(Output::One)
        });
        let mut fields = database.fields();
        fields.push(("request".to_owned(), Config::Callback("request:sql", run)));
        self.then(Some(name.into()), "sql-search", Config::Object(fields), Read::carried()).reaches(database.target.as_deref())
    }

    /// Inserts the value into a table: a list is many rows, anything else is one.
    pub fn sql_save<C: Into<String>>(
        self,
        name: impl Into<String>,
        database: &Database,
        table: impl Into<String>,
        columns: impl IntoIterator<Item = (C, Parameter)>,
    ) -> Flow<Saved, At> {
        let columns: BTreeMap<String, Json> = columns.into_iter().map(|(column, Parameter(json))| (column.into(), json)).collect();
        let mut fields = database.fields();
        fields.push(("table".to_owned(), Config::Constant(table.into().into())));
        fields.push(("columns".to_owned(), Config::Constant(columns.into_iter().collect())));
        self.then(Some(name.into()), "sql-save", Config::Object(fields), Read::carried()).reaches(database.target.as_deref())
    }

    /// Keeps a value in the scenario's ledger, by its key: `{"json": …}` by [`column::of`], or a template by [`column::text`].
    pub fn ledger_record(self, name: impl Into<String>, key: Parameter, value: Parameter) -> Self {
        let config = json!({ "key": key.0, "value": value.0 });
        self.then_same(Some(name.into()), "ledger-record", Config::Constant(config))
    }

    /// Compares what the ledger keeps with the rows that are the value.
    pub fn ledger_check(self, name: impl Into<String>, key: Parameter, value: Parameter) -> Flow<Json, At> {
        let config = json!({ "key": key.0, "value": value.0 });
        self.then(Some(name.into()), "ledger-check", Config::Constant(config), Read::carried())
    }

    /// Declares a target, if there is one.
    fn reaches(self, target: Option<&str>) -> Self {
        target.into_iter().for_each(|target| self.draft.borrow_mut().add_target(target));
        self
    }
}
