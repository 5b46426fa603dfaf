//! Campaigns that wait for their time: each is started when that has come, once or again and again, and can be changed until then.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value as Json;
use throng_measure::Verdict;
use throng_model::{CampaignDocument, CampaignFormat, Fault, Faults, Schedule, parse_campaign};
use tokio::sync::{Mutex, Notify};

use super::Prepared;
use super::prepare::key_after;
use crate::clock;
use crate::engine::Engine;
use crate::problem::Problem;
use crate::store::{CampaignRecord, CampaignState, Ending, NewCampaign, ScheduledBy, StoreError};

/// How often the wall clock is looked at, at least: it may be set, and a machine may sleep.
const LOOK: Duration = Duration::from_secs(30);
/// Lateness that an engine which is there may have, in milliseconds: it was busy, not away.
const BUSY: i64 = 60_000;
/// Campaigns that wait for their time, at most.
const SCHEDULED: usize = 1000;

/// What those who look at the schedules and those who change them share.
#[derive(Debug, Default)]
pub(crate) struct Schedules {
    /// There may be an earlier time than the one that is waited for.
    changed: Notify,
    /// Held while something is done with a campaign that waits for its time, so that nobody else does.
    changing: Mutex<()>,
}

impl Engine {
    /// Stores a campaign that waits for its time.
    pub(super) async fn schedule(&self, prepared: Prepared) -> Result<CampaignRecord, Problem> {
        let _changing = self.schedules.changing.lock().await;
        if self.campaigns.scheduled() >= SCHEDULED {
            return Err(super::busy(format!("{SCHEDULED} campaigns wait for their time, which is all that may")).hint("abort one"));
        }
        let (record, _) = self.keep(prepared).await?;
        self.campaigns.park(&record);
        self.schedules.changed.notify_one();
        Ok(record)
    }

    /// Starts campaigns when their time comes, for good.
    pub(crate) async fn keep_schedules(self: Arc<Self>) {
        loop {
            let wait = match self.start_due().await {
                Ok(Some(next)) => Duration::from_millis(u64::try_from(next - clock::wall()).unwrap_or(0)).min(LOOK),
                Ok(None) => LOOK,
                Err(error) => {
                    tracing::error!(%error, "cannot look at the schedules");
                    LOOK
                }
            };
            tokio::select! {
                () = self.clock.sleep_until(self.clock.now() + wait) => {}
                () = self.schedules.changed.notified() => {}
            }
        }
    }

    /// Starts what is due: the time of what comes next.
    async fn start_due(&self) -> Result<Option<i64>, StoreError> {
        for due in self.store.due_campaigns(clock::wall()).await? {
            let _changing = self.schedules.changing.lock().await;
            // It may have been changed since.
            let Some(record) = self.store.find_campaign(due.key).await? else { continue };
            let now = clock::wall();
            if let Some(time) = record.next_at.filter(|next| record.state == CampaignState::Scheduled && *next <= now) {
                match schedule_of(&record) {
                    schedule if now - time > self.late().max(BUSY) => self.miss(&record, schedule.as_ref(), now).await?,
                    Some(Schedule::Once(_)) => self.start_once(&record).await?,
                    Some(schedule) => self.start_run(&record, &schedule, now).await?,
                    None => self.end_scheduled(&record, Some(Verdict::Failed), "its schedule cannot be read".to_owned()).await?,
                }
            }
        }
        self.store.next_scheduled().await
    }

    /// What waited for its time when the engine ended goes on waiting, unless its time has passed too long ago.
    pub(super) async fn schedule_again(&self, record: &CampaignRecord) -> Result<(), StoreError> {
        self.campaigns.park(record);
        let now = clock::wall();
        if record.next_at.is_some_and(|next| now - next > self.late()) {
            self.miss(record, schedule_of(record).as_ref(), now).await?;
        }
        Ok(())
    }

    /// How late a campaign may be started, in milliseconds.
    fn late(&self) -> i64 {
        i64::try_from(self.config.start_late.as_millis()).unwrap_or(i64::MAX)
    }

    /// Nobody was there when its time came.
    async fn miss(&self, record: &CampaignRecord, schedule: Option<&Schedule>, now: i64) -> Result<(), StoreError> {
        let time = record.next.clone().unwrap_or_default();
        tracing::warn!(campaign = %record.key, %time, "a campaign's time was missed");
        let message = format!("{time} was missed: the engine was not there");
        match schedule.and_then(|schedule| next_of(schedule, now)) {
            Some(next) => self.store.move_schedule(record.number, Some(next), message).await,
            None => self.end_scheduled(record, Some(Verdict::Aborted), message).await,
        }
    }

    /// The campaign itself waits for its turn.
    async fn start_once(&self, record: &CampaignRecord) -> Result<(), StoreError> {
        let prepared = match document_of(record) {
            Ok(document) => self.prepare(CampaignDocument { seed: Some(record.seed), ..document }).await,
            Err(problem) => Err(problem),
        };
        let mut prepared = match prepared {
            Ok(prepared) => prepared,
            Err(problem) => return self.end_scheduled(record, Some(Verdict::Failed), problem.told()).await,
        };
        prepared.composed.plan.key.clone_from(&record.key);
        let NewCampaign { document, files, plugins, .. } = prepared.campaign;
        if self.store.queue_scheduled(record.number, document, files, plugins).await? {
            self.campaigns.submit(record, prepared.composed);
        }
        Ok(())
    }

    /// A campaign of its own waits for its turn; one at a time of a schedule.
    async fn start_run(&self, record: &CampaignRecord, schedule: &Schedule, now: i64) -> Result<(), StoreError> {
        let next = next_of(schedule, now);
        if let Some(open) = self.store.open_run(record.key.clone()).await? {
            let message = format!("{} was left out: `{open}` was not over", record.next.as_deref().unwrap_or_default());
            return self.store.move_schedule(record.number, next, message).await;
        }
        let by = Some(ScheduledBy { key: record.key.clone(), number: record.number, next });
        let prepared = match document_of(record) {
            Ok(document) => self.prepare(CampaignDocument { key: None, ..document }).await,
            Err(problem) => Err(problem),
        };
        let started = match prepared {
            Ok(mut prepared) => {
                prepared.campaign.key = key_after(&record.key, prepared.campaign.seed);
                prepared.campaign.scheduled_by.clone_from(&by);
                self.keep(prepared).await
            }
            Err(problem) => Err(problem),
        };
        match started {
            Ok((run, composed)) => self.campaigns.submit(&run, composed),
            // It is seen among the campaigns as one that failed.
            Err(problem) => {
                let run = self.store.add_campaign(NewCampaign { scheduled_by: by, ..failed_run(record, clock::wall()) }).await?;
                let ending = Ending { verdict: Some(Verdict::Failed), message: Some(problem.told()), at: clock::wall() };
                match run {
                    Some(run) => self.store.end_campaign(run.number, ending).await?,
                    None => self.store.move_schedule(record.number, next, problem.told()).await?,
                }
            }
        }
        Ok(())
    }

    /// Takes a campaign that waits for its time out; whether it is one.
    pub(crate) async fn cancel(&self, key: &str) -> Result<bool, Problem> {
        let _changing = self.schedules.changing.lock().await;
        let Some(record) = self.store.find_campaign(key.to_owned()).await? else { return Ok(false) };
        if record.state != CampaignState::Scheduled {
            return Ok(false);
        }
        let (verdict, message) = match schedule_of(&record) {
            Some(Schedule::Repeated(..)) => (None, "the schedule was cancelled"),
            _ => (Some(Verdict::Aborted), "aborted before it began"),
        };
        self.end_scheduled(&record, verdict, message.to_owned()).await?;
        Ok(true)
    }

    /// Changes a campaign that waits for its time: what is said takes the place of what its document says, and null takes it out.
    pub(crate) async fn change(&self, key: &str, changes: Json) -> Result<CampaignRecord, Problem> {
        let _changing = self.schedules.changing.lock().await;
        let record = self.store.find_campaign(key.to_owned()).await?;
        let record = record.ok_or_else(|| Problem::not_found(format!("there is no campaign `{key}`")))?;
        if record.state != CampaignState::Scheduled {
            let problem = Problem::conflict(format!("the campaign `{key}` is {}", record.state));
            return Err(problem.hint("only one that is scheduled, or goes on, can be changed; start another one"));
        }
        let document = changed(&record, changes)?;
        let mut faults = Vec::new();
        if document.key.as_ref().is_some_and(|own| *own != record.key) {
            faults.push(Fault::new("/key", "a campaign keeps its key", Some("start another one".to_owned())));
        }
        if document.schedule.is_none() {
            let hint = "to start it now, replay it; to cancel it, abort it";
            faults.push(Fault::new("/schedule", "there would be none", Some(hint.to_owned())));
        }
        Faults::unless(faults, ())?;
        let has_seed = document.seed.is_some();
        let mut campaign = self.prepare(document).await?.campaign;
        campaign.seed = if has_seed { campaign.seed } else { record.seed };
        let changed = self.store.change_scheduled(record.number, campaign).await?;
        let changed = changed.ok_or_else(|| Problem::conflict(format!("the campaign `{key}` is not scheduled any more")))?;
        self.schedules.changed.notify_one();
        Ok(changed)
    }

    async fn end_scheduled(&self, record: &CampaignRecord, verdict: Option<Verdict>, message: String) -> Result<(), StoreError> {
        self.store.end_campaign(record.number, Ending { verdict, message: Some(message), at: clock::wall() }).await?;
        self.campaigns.end_parked(&record.key, verdict);
        Ok(())
    }
}

/// When a schedule comes next, in milliseconds since the Unix epoch.
pub(super) fn next_of(schedule: &Schedule, now: i64) -> Option<i64> {
    schedule.next(Timestamp::from_millisecond(now).ok()?).map(Timestamp::as_millisecond)
}

/// A schedule was sound when it was stored.
fn schedule_of(record: &CampaignRecord) -> Option<Schedule> {
    record.schedule.as_ref()?.read("/schedule", &mut Vec::new())
}

/// What is run of a campaign when its time has come.
fn document_of(record: &CampaignRecord) -> Result<CampaignDocument, Problem> {
    let mut document: CampaignDocument = serde_json::from_str(&record.document).map_err(Problem::engine)?;
    record.secrets.put(&mut document);
    Ok(CampaignDocument { schedule: None, ..document })
}

/// A run of a schedule that cannot be prepared.
fn failed_run(record: &CampaignRecord, now: i64) -> NewCampaign {
    NewCampaign {
        key: key_after(&record.key, rand::random()),
        document: record.document.clone(),
        secrets: record.secrets.clone(),
        seed: record.seed,
        scenarios: record.scenarios.clone(),
        tags: record.tags.clone(),
        minions: record.minions,
        files: record.files.clone(),
        plugins: record.plugins.clone(),
        replays: None,
        schedule: None,
        next: None,
        scheduled_by: None,
        created: now,
        asked: None,
    }
}

/// The document of a campaign with changes, as JSON Merge Patch has them; `at` takes the place of `cron`, and `cron` that of `at`.
fn changed(record: &CampaignRecord, changes: Json) -> Result<CampaignDocument, Problem> {
    let mut document: CampaignDocument = serde_json::from_str(&record.document).map_err(Problem::engine)?;
    record.secrets.put(&mut document);
    let mut document = serde_json::to_value(document).map_err(Problem::engine)?;
    let says = |key: &str| changes.pointer("/schedule").is_some_and(|schedule| schedule.get(key).is_some());
    if let Some(schedule) = document.get_mut("schedule").and_then(Json::as_object_mut)
        && (says("at") || says("cron"))
    {
        schedule.remove("at");
        schedule.remove("cron");
    }
    merge(&mut document, changes);
    parse_campaign(&document.to_string(), CampaignFormat::Json).map_err(|error| {
        // Its place is one in what was merged, which nobody has seen.
        let text = error.to_string();
        Problem::bad_request(text.split_once(": ").map_or(text.as_str(), |(_, what)| what).to_owned())
    })
}

/// RFC 7396.
fn merge(into: &mut Json, changes: Json) {
    let Json::Object(changes) = changes else {
        *into = changes;
        return;
    };
    if !into.is_object() {
        *into = Json::Object(serde_json::Map::new());
    }
    for (key, value) in changes {
        let Some(object) = into.as_object_mut() else { return };
        if value.is_null() {
            object.remove(&key);
        } else {
            merge(object.entry(key).or_insert(Json::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changes_are_merged() {
        for (document, changes, expected) in [
            (json!({ "a": "b" }), json!({ "a": "c" }), json!({ "a": "c" })),
            (json!({ "a": "b" }), json!({ "b": { "c": null, "d": 1 } }), json!({ "a": "b", "b": { "d": 1 } })),
            (json!({ "a": "b", "b": "c" }), json!({ "a": null }), json!({ "b": "c" })),
            (json!({ "a": { "b": "c", "d": 1 } }), json!({ "a": { "b": "d" } }), json!({ "a": { "b": "d", "d": 1 } })),
            (json!({ "a": ["b"] }), json!({ "a": { "c": 1 } }), json!({ "a": { "c": 1 } })),
            (json!({ "a": { "b": 1 } }), json!({ "a": [1] }), json!({ "a": [1] })),
        ] {
            let mut merged = document.clone();
            merge(&mut merged, changes.clone());
            assert_eq!(merged, expected, "{document} {changes}");
        }
    }
}
