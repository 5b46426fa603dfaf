//! Components, scenario documents and step plugins that were uploaded, and the scenarios in them.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, params};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::list::Listed;
use super::{ListQuery, Page, Store, StoreError};
use crate::clock;
use crate::problem::Problem;

/// What was uploaded.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct ComponentRecord {
    /// SHA-256 of its bytes, in hexadecimal.
    pub(crate) digest: String,
    /// What it is.
    pub(crate) kind: ComponentKind,
    /// As it was named when it was uploaded; else the first scenario's name. A step plugin names itself.
    pub(crate) name: String,
    /// As it was said when it was uploaded. A step plugin says it itself.
    pub(crate) version: Option<String>,
    /// As they were said when it was uploaded.
    pub(crate) tags: BTreeMap<String, String>,
    /// Its size.
    pub(crate) bytes: u64,
    /// When it was uploaded last, RFC 3339.
    pub(crate) uploaded: String,
    /// The scenarios in it.
    pub(crate) scenarios: Vec<String>,
    /// The step kinds that it brings: `namespace:name/kind@version`.
    #[serde(rename = "step-kinds")]
    pub(crate) step_kinds: Vec<String>,
    /// The hosts that its scenarios talk to.
    pub(crate) targets: Vec<String>,
    /// The interfaces that it imports.
    pub(crate) imports: Vec<String>,
}

/// What was uploaded.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ComponentKind {
    /// A WebAssembly component with scenarios.
    Component,
    /// A scenario document.
    Document,
    /// A WebAssembly component with step kinds for scenarios.
    StepPlugin,
    /// A WebAssembly component with step kinds that make records by themselves.
    SourcePlugin,
}

/// Whether bytes that come in are known already.
#[derive(Clone, Debug)]
pub(crate) enum Touched {
    /// They are not.
    Unknown,
    /// They are: the component, now the newest of its name.
    Known(Box<ComponentRecord>),
    /// They are, and this name and version that is to be theirs is another's.
    Taken(String),
    /// They are a step plugin, which names itself.
    NamesItself,
}

/// What is said of a component when it is uploaded.
#[derive(Clone, Debug, Default)]
pub(crate) struct ComponentLabel {
    pub(crate) name: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
}

const COMPONENTS: Listed = Listed {
    table: "components",
    fields: &[
        ("digest", "digest"),
        ("kind", "kind"),
        ("name", "name"),
        ("version", "version"),
        ("tags", "tags"),
        ("bytes", "bytes"),
        ("uploaded", "number"),
    ],
    texts: &["digest", "name", "version", "tags"],
    order: "number DESC",
};

/// The newest revision of each scenario.
const SCENARIOS: Listed = Listed {
    table: "(SELECT scenarios.*, max(components.number) AS number FROM scenarios
        JOIN components ON components.digest = scenarios.component GROUP BY scenarios.name)",
    fields: &[("name", "name"), ("component", "component")],
    texts: &["name"],
    order: "name",
};

impl Store {
    /// Keeps a new component with its described scenarios. None if its name and version are another's.
    pub(crate) async fn add_component(
        &self,
        record: ComponentRecord,
        at: i64,
        described: Vec<(String, Json)>,
    ) -> Result<Option<ComponentRecord>, StoreError> {
        self.run(move |connection| {
            let transaction = connection.transaction()?;
            let added = transaction.execute(
                "INSERT INTO components SELECT (SELECT coalesce(max(number), 0) + 1 FROM components), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
                 WHERE NOT EXISTS (SELECT 1 FROM components WHERE name = ?3 AND version = ?4)
                 ON CONFLICT (digest) DO NOTHING",
                params![
                    record.digest,
                    record.kind.name(),
                    record.name,
                    record.version,
                    json(&record.tags),
                    record.bytes as i64,
                    at,
                    json(&record.targets),
                    json(&record.imports),
                    json(&record.step_kinds)
                ],
            )?;
            if added == 0 {
                return Ok(None);
            }
            for (name, described) in &described {
                transaction.execute("INSERT INTO scenarios VALUES (?1, ?2, ?3)", params![record.digest, name, described.to_string()])?;
            }
            transaction.commit()?;
            Ok(Some(record))
        })
        .await
    }

    /// Looks whether these bytes are known; then they are the newest of their name from now on, with what is said of them anew.
    pub(crate) async fn touch_component(&self, digest: String, label: ComponentLabel, at: i64) -> Result<Touched, StoreError> {
        self.run(move |connection| {
            let transaction = connection.transaction()?;
            let Some(known) = find(&transaction, &digest)? else { return Ok(Touched::Unknown) };
            if known.kind.is_plugin() && label.is_named() {
                return Ok(Touched::NamesItself);
            }
            let name = label.name.unwrap_or(known.name);
            let version = label.version.or(known.version);
            let taken = "SELECT 1 FROM components WHERE name = ?1 AND version = ?2 AND digest != ?3";
            if transaction.query_row(taken, params![name, version, digest], |_| Ok(())).optional()?.is_some() {
                return Ok(Touched::Taken(format!("{name}@{}", version.unwrap_or_default())));
            }
            let tags = if label.tags.is_empty() { known.tags } else { label.tags };
            transaction.execute(
                "UPDATE components SET name = ?2, version = ?3, tags = ?4, uploaded = ?5,
                 number = (SELECT max(number) + 1 FROM components) WHERE digest = ?1",
                params![digest, name, version, json(&tags), at],
            )?;
            let touched = find(&transaction, &digest)?;
            transaction.commit()?;
            Ok(touched.map_or(Touched::Unknown, |touched| Touched::Known(Box::new(touched))))
        })
        .await
    }

    /// All plugins, of step kinds and of sources, the newest first.
    pub(crate) async fn step_plugins(&self) -> Result<Vec<ComponentRecord>, StoreError> {
        self.run(|connection| {
            let plugins = "SELECT * FROM components WHERE kind IN (?1, ?2) ORDER BY number DESC";
            let kinds = [ComponentKind::StepPlugin, ComponentKind::SourcePlugin].map(ComponentKind::name);
            Ok(connection.prepare(plugins)?.query_map(kinds, record)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The component that is meant by a digest, by `name@version`, or by a name, whose newest revision it is.
    pub(crate) async fn find_component(&self, reference: String) -> Result<Option<ComponentRecord>, StoreError> {
        self.run(move |connection| find(connection, &reference)).await
    }

    /// The newest component that has this scenario.
    pub(crate) async fn component_of_scenario(&self, scenario: String) -> Result<Option<ComponentRecord>, StoreError> {
        self.run(move |connection| {
            let newest = "SELECT components.* FROM scenarios JOIN components ON components.digest = scenarios.component
                WHERE scenarios.name = ?1 ORDER BY components.number DESC LIMIT 1";
            let found = connection.query_row(newest, [scenario], record).optional()?;
            found.map(|found| with_scenarios(connection, found)).transpose()
        })
        .await
    }

    /// Removes a component, unless a campaign that is not over uses it: then these campaigns' keys.
    pub(crate) async fn remove_component(&self, digest: String) -> Result<Vec<String>, StoreError> {
        self.run(move |connection| {
            let transaction = connection.transaction()?;
            let users = "SELECT DISTINCT campaigns.key FROM campaign_files JOIN campaigns ON campaigns.number = campaign_files.campaign
                WHERE component = ?1 AND state != 'ended' ORDER BY campaigns.number LIMIT 10";
            let users: Vec<String> = transaction.prepare(users)?.query_map([&digest], |row| row.get(0))?.collect::<Result<_, _>>()?;
            if users.is_empty() {
                transaction.execute("DELETE FROM components WHERE digest = ?1", [&digest])?;
                transaction.commit()?;
            }
            Ok(users)
        })
        .await
    }

    pub(crate) async fn list_components(&self, query: ListQuery) -> Result<Page<ComponentRecord>, StoreError> {
        self.run(move |connection| {
            let page = COMPONENTS.rows(connection, &query, record)?;
            let items = page.items.into_iter().map(|item| with_scenarios(connection, item)).collect::<Result<_, _>>()?;
            Ok(Page { items, total: page.total })
        })
        .await
    }

    /// Scenarios, each as the newest component describes it.
    pub(crate) async fn list_scenarios(&self, query: ListQuery) -> Result<Page<Json>, StoreError> {
        self.run(move |connection| SCENARIOS.rows(connection, &query, described)).await
    }
}

impl ComponentKind {
    const ALL: [Self; 4] = [Self::Component, Self::Document, Self::StepPlugin, Self::SourcePlugin];

    /// Whether scenarios use what it brings.
    pub(crate) fn is_plugin(self) -> bool {
        matches!(self, Self::StepPlugin | Self::SourcePlugin)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Document => "document",
            Self::StepPlugin => "step-plugin",
            Self::SourcePlugin => "source-plugin",
        }
    }
}

impl ComponentLabel {
    /// Whether it says a name or a version.
    pub(crate) fn is_named(&self) -> bool {
        self.name.is_some() || self.version.is_some()
    }
}

impl ListQuery {
    pub(crate) fn of_components(filter: &str, sort: &str, page: Option<u32>, size: Option<u32>) -> Result<Self, Problem> {
        COMPONENTS.query(filter, sort, page, size)
    }

    pub(crate) fn of_scenarios(filter: &str, sort: &str, page: Option<u32>, size: Option<u32>) -> Result<Self, Problem> {
        SCENARIOS.query(filter, sort, page, size)
    }
}

fn find(connection: &Connection, reference: &str) -> Result<Option<ComponentRecord>, StoreError> {
    let found = match reference.split_once('@') {
        Some((name, version)) => {
            connection.query_row("SELECT * FROM components WHERE name = ?1 AND version = ?2", [name, version], record).optional()?
        }
        None => connection
            .query_row(
                "SELECT * FROM components WHERE digest = ?1 OR name = ?1 ORDER BY digest = ?1 DESC, number DESC LIMIT 1",
                [reference.strip_prefix("sha256:").unwrap_or(reference)],
                record,
            )
            .optional()?,
    };
    found.map(|found| with_scenarios(connection, found)).transpose()
}

fn record(row: &Row<'_>) -> rusqlite::Result<ComponentRecord> {
    let kind: String = row.get("kind")?;
    let kind = ComponentKind::ALL.into_iter().find(|known| known.name() == kind);
    let read = |name: &str| row.get::<_, String>(name);
    Ok(ComponentRecord {
        digest: row.get("digest")?,
        kind: kind.unwrap_or(ComponentKind::Component),
        name: row.get("name")?,
        version: row.get("version")?,
        tags: serde_json::from_str(&read("tags")?).unwrap_or_default(),
        bytes: u64::try_from(row.get::<_, i64>("bytes")?).unwrap_or(0),
        uploaded: clock::text(row.get("uploaded")?),
        scenarios: Vec::new(),
        step_kinds: serde_json::from_str(&read("step_kinds")?).unwrap_or_default(),
        targets: serde_json::from_str(&read("targets")?).unwrap_or_default(),
        imports: serde_json::from_str(&read("imports")?).unwrap_or_default(),
    })
}

fn with_scenarios(connection: &Connection, record: ComponentRecord) -> Result<ComponentRecord, StoreError> {
    let names = "SELECT name FROM scenarios WHERE component = ?1 ORDER BY rowid";
    let scenarios = connection.prepare(names)?.query_map([&record.digest], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(ComponentRecord { scenarios, ..record })
}

/// A scenario, with the digest of its component.
fn described(row: &Row<'_>) -> rusqlite::Result<Json> {
    let mut described: Json = serde_json::from_str(&row.get::<_, String>("described")?).unwrap_or_default();
    if let Some(object) = described.as_object_mut() {
        object.insert("component".to_owned(), row.get::<_, String>("component")?.into());
    }
    Ok(described)
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
