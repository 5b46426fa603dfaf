//! Campaigns: what was asked, and what became of it.

use std::collections::BTreeMap;
use std::fmt;

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use throng_measure::Verdict;
use throng_model::ScheduleDocument;

use super::list::Listed;
use super::schedules::note_run;
use super::{ListQuery, Page, Store, StoreError};
use crate::clock;
use crate::problem::Problem;
use crate::secrets::Secrets;

/// Where a campaign is in its life.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CampaignState {
    /// It waits for its time.
    Scheduled,
    /// It waits until fewer campaigns run.
    Queued,
    /// It makes ready.
    Starting,
    /// It runs.
    Running,
    /// It is over.
    Ended,
}

/// A campaign, without its figures.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct CampaignRecord {
    /// Its unique name.
    pub(crate) key: String,
    /// Where it is in its life.
    pub(crate) state: CampaignState,
    /// What it came to; none while it goes on, and if it never began.
    pub(crate) verdict: Option<Verdict>,
    /// Why it ended as it did, for people.
    pub(crate) message: Option<String>,
    /// The scenarios that are run.
    pub(crate) scenarios: Vec<String>,
    /// What it is tagged with.
    pub(crate) tags: BTreeMap<String, String>,
    /// How many minions are asked for, in all.
    pub(crate) minions: u64,
    /// Of all random draws.
    pub(crate) seed: u64,
    /// The files that it was pinned to, in its order.
    pub(crate) files: Vec<PinnedFile>,
    /// The step plugins that it uses, as `namespace:name@version`.
    pub(crate) plugins: Vec<PinnedFile>,
    /// The campaign that it repeats.
    pub(crate) replays: Option<String>,
    /// When it is started, or was; none of one that was not scheduled.
    pub(crate) schedule: Option<ScheduleDocument>,
    /// When it is started next, RFC 3339; none unless it is scheduled.
    pub(crate) next: Option<String>,
    /// The schedule that has started it.
    pub(crate) scheduled_by: Option<String>,
    /// When it was asked for, RFC 3339.
    pub(crate) created: String,
    /// When it began to make ready.
    pub(crate) started: Option<String>,
    /// When it was over.
    pub(crate) ended: Option<String>,
    #[serde(skip)]
    pub(crate) number: i64,
    /// As `next`, in milliseconds since the Unix epoch.
    #[serde(skip)]
    pub(crate) next_at: Option<i64>,
    /// The campaign document, JSON, without the values of secret settings.
    #[serde(skip)]
    pub(crate) document: String,
    #[serde(skip)]
    pub(crate) secrets: Secrets,
    /// What was asked under its idempotency key.
    #[serde(skip)]
    pub(crate) asked: Option<String>,
}

/// A file of a campaign.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub(crate) struct PinnedFile {
    /// As the campaign names it.
    pub(crate) name: String,
    /// What it was then.
    pub(crate) digest: String,
}

/// A campaign that is asked for.
#[derive(Clone, Debug)]
pub(crate) struct NewCampaign {
    pub(crate) key: String,
    /// JSON, without the values of secret settings.
    pub(crate) document: String,
    pub(crate) secrets: Secrets,
    pub(crate) seed: u64,
    pub(crate) scenarios: Vec<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) minions: u64,
    pub(crate) files: Vec<PinnedFile>,
    pub(crate) plugins: Vec<PinnedFile>,
    pub(crate) replays: Option<String>,
    /// When it is to be started; none: when its turn comes.
    pub(crate) schedule: Option<ScheduleDocument>,
    /// When that is next; none unless it waits for that.
    pub(crate) next: Option<i64>,
    /// The schedule that starts it.
    pub(crate) scheduled_by: Option<ScheduledBy>,
    pub(crate) created: i64,
    /// An idempotency key, and what is asked under it.
    pub(crate) asked: Option<(String, String)>,
}

/// A schedule that starts a campaign.
#[derive(Clone, Debug)]
pub(crate) struct ScheduledBy {
    pub(crate) key: String,
    pub(crate) number: i64,
    /// When it does so again.
    pub(crate) next: Option<i64>,
}

/// How a campaign ended.
#[derive(Clone, Debug)]
pub(crate) struct Ending {
    /// None if it never began.
    pub(crate) verdict: Option<Verdict>,
    pub(crate) message: Option<String>,
    pub(crate) at: i64,
}

const CAMPAIGNS: Listed = Listed {
    table: "campaigns",
    fields: &[
        ("key", "key"),
        ("state", "state"),
        ("verdict", "verdict"),
        ("scenarios", "scenarios"),
        ("tags", "tags"),
        ("minions", "minions"),
        ("created", "number"),
        ("next", "next"),
        ("scheduled-by", "scheduled_by"),
        ("started", "started"),
        ("ended", "ended"),
    ],
    texts: &["key", "scenarios", "tags"],
    order: "number DESC",
};

impl Store {
    /// Keeps a campaign, as scheduled if it has a next time, else as queued. None if its key is another's, or its schedule is gone.
    pub(crate) async fn add_campaign(&self, campaign: NewCampaign) -> Result<Option<CampaignRecord>, StoreError> {
        self.run(move |connection| {
            let transaction = connection.transaction()?;
            let (asked_by, asked) = campaign.asked.clone().unzip();
            let added = transaction.execute(
                "INSERT INTO campaigns (key, state, document, secrets, seed, scenarios, tags, minions, replays, created, asked_by, asked,
                 schedule, next, scheduled_by)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT DO NOTHING",
                params![
                    campaign.key,
                    if campaign.next.is_some() { CampaignState::Scheduled } else { CampaignState::Queued },
                    campaign.document,
                    json(&campaign.secrets.0),
                    campaign.seed.cast_signed(),
                    json(&campaign.scenarios),
                    json(&campaign.tags),
                    i64::try_from(campaign.minions).unwrap_or(i64::MAX),
                    campaign.replays,
                    campaign.created,
                    asked_by,
                    asked,
                    campaign.schedule.as_ref().map(json),
                    campaign.next,
                    campaign.scheduled_by.as_ref().map(|by| &by.key)
                ],
            )?;
            if added == 0 {
                return Ok(None);
            }
            keep_files(&transaction, transaction.last_insert_rowid(), &campaign.files, &campaign.plugins)?;
            if !note_run(&transaction, &campaign)? {
                return Ok(None);
            }
            transaction.commit()?;
            find(connection, "key", &campaign.key)
        })
        .await
    }

    pub(crate) async fn find_campaign(&self, key: String) -> Result<Option<CampaignRecord>, StoreError> {
        self.run(move |connection| find(connection, "key", &key)).await
    }

    /// The campaign that was asked for under an idempotency key.
    pub(crate) async fn asked_campaign(&self, asked_by: String) -> Result<Option<CampaignRecord>, StoreError> {
        self.run(move |connection| find(connection, "asked_by", &asked_by)).await
    }

    pub(crate) async fn list_campaigns(&self, query: ListQuery) -> Result<Page<CampaignRecord>, StoreError> {
        self.run(move |connection| {
            let page = CAMPAIGNS.rows(connection, &query, record)?;
            let items = page.items.into_iter().map(|item| with_files(connection, item)).collect::<Result<_, _>>()?;
            Ok(Page { items, total: page.total })
        })
        .await
    }

    /// Campaigns that are not over, in the order in which they were asked for.
    pub(crate) async fn open_campaigns(&self) -> Result<Vec<CampaignRecord>, StoreError> {
        self.run(|connection| {
            let open: Vec<_> = (connection.prepare("SELECT * FROM campaigns WHERE state != 'ended' ORDER BY number")?)
                .query_map([], record)?
                .collect::<Result<_, _>>()?;
            open.into_iter().map(|item| with_files(connection, item)).collect()
        })
        .await
    }

    /// How many are over, by verdict.
    pub(crate) async fn count_ended(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.run(|connection| {
            let counts = "SELECT coalesce(verdict, 'none'), count(*) FROM campaigns WHERE state = 'ended' GROUP BY 1 ORDER BY 1";
            let read = |row: &Row<'_>| Ok((row.get(0)?, u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0)));
            Ok(connection.prepare(counts)?.query_map([], read)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Notes that a campaign makes ready, or runs.
    pub(crate) async fn enter(&self, number: i64, state: CampaignState, at: i64) -> Result<(), StoreError> {
        self.run(move |connection| {
            let entered = "UPDATE campaigns SET state = ?2, started = coalesce(started, ?3) WHERE number = ?1 AND state != 'ended'";
            connection.execute(entered, params![number, state, at])?;
            Ok(())
        })
        .await
    }

    /// Notes how a campaign ended; the first ending stays.
    pub(crate) async fn end_campaign(&self, number: i64, ending: Ending) -> Result<(), StoreError> {
        self.run(move |connection| {
            let ended =
                "UPDATE campaigns SET state = 'ended', verdict = ?2, message = ?3, ended = ?4, next = NULL WHERE number = ?1 AND state != 'ended'";
            connection.execute(ended, params![number, ending.verdict.map(Verdict::name), ending.message, ending.at])?;
            Ok(())
        })
        .await
    }
}

impl ListQuery {
    pub(crate) fn of_campaigns(filter: &str, sort: &str, page: Option<u32>, size: Option<u32>) -> Result<Self, Problem> {
        CAMPAIGNS.query(filter, sort, page, size)
    }
}

impl CampaignState {
    const ALL: [Self; 5] = [Self::Scheduled, Self::Queued, Self::Starting, Self::Running, Self::Ended];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Ended => "ended",
        }
    }
}

impl fmt::Display for CampaignState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl ToSql for CampaignState {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.name().to_sql()
    }
}

impl FromSql for CampaignState {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let name = value.as_str()?;
        Ok(Self::ALL.into_iter().find(|state| state.name() == name).unwrap_or(Self::Ended))
    }
}

pub(super) fn find(connection: &Connection, column: &'static str, value: &dyn ToSql) -> Result<Option<CampaignRecord>, StoreError> {
    let found = connection.query_row(&format!("SELECT * FROM campaigns WHERE {column} = ?1"), [value], record).optional()?;
    found.map(|found| with_files(connection, found)).transpose()
}

pub(super) fn record(row: &Row<'_>) -> rusqlite::Result<CampaignRecord> {
    let verdict: Option<String> = row.get("verdict")?;
    let verdicts = [Verdict::Successful, Verdict::Warning, Verdict::Failed, Verdict::Aborted, Verdict::Void];
    Ok(CampaignRecord {
        key: row.get("key")?,
        state: row.get("state")?,
        verdict: verdict.and_then(|name| verdicts.into_iter().find(|verdict| verdict.name() == name)),
        message: row.get("message")?,
        scenarios: serde_json::from_str(&row.get::<_, String>("scenarios")?).unwrap_or_default(),
        tags: serde_json::from_str(&row.get::<_, String>("tags")?).unwrap_or_default(),
        minions: u64::try_from(row.get::<_, i64>("minions")?).unwrap_or(0),
        seed: row.get::<_, i64>("seed")?.cast_unsigned(),
        files: Vec::new(),
        plugins: Vec::new(),
        replays: row.get("replays")?,
        schedule: row.get::<_, Option<String>>("schedule")?.and_then(|text| serde_json::from_str(&text).ok()),
        next: row.get::<_, Option<i64>>("next")?.map(clock::text),
        scheduled_by: row.get("scheduled_by")?,
        created: clock::text(row.get("created")?),
        started: row.get::<_, Option<i64>>("started")?.map(clock::text),
        ended: row.get::<_, Option<i64>>("ended")?.map(clock::text),
        number: row.get("number")?,
        next_at: row.get("next")?,
        document: row.get("document")?,
        secrets: Secrets(serde_json::from_str(&row.get::<_, String>("secrets")?).unwrap_or_default()),
        asked: row.get("asked")?,
    })
}

pub(super) fn with_files(connection: &Connection, record: CampaignRecord) -> Result<CampaignRecord, StoreError> {
    let files = "SELECT name, component FROM campaign_files WHERE campaign = ?1 AND is_plugin = ?2 ORDER BY position";
    let mut files = connection.prepare(files)?;
    let mut read = |is_plugin: bool| -> rusqlite::Result<Vec<PinnedFile>> {
        let read = |row: &Row<'_>| Ok(PinnedFile { name: row.get(0)?, digest: row.get(1)? });
        files.query_map(params![record.number, is_plugin], read)?.collect()
    };
    let (files, plugins) = (read(false)?, read(true)?);
    Ok(CampaignRecord { files, plugins, ..record })
}

/// A campaign's files and plugins, in place of those that it had.
pub(super) fn keep_files(connection: &Connection, number: i64, files: &[PinnedFile], plugins: &[PinnedFile]) -> Result<(), StoreError> {
    connection.execute("DELETE FROM campaign_files WHERE campaign = ?1", [number])?;
    let all = files.iter().map(|file| (file, false)).chain(plugins.iter().map(|plugin| (plugin, true)));
    for (position, (file, is_plugin)) in all.enumerate() {
        let row = "INSERT INTO campaign_files VALUES (?1, ?2, ?3, ?4, ?5)";
        connection.execute(row, params![number, position as i64, file.digest, file.name, is_plugin])?;
    }
    Ok(())
}

pub(super) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
