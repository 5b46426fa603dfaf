//! Campaigns that wait for their time, and those that a schedule has started.

use rusqlite::{OptionalExtension, Transaction, params};

use super::campaigns::{find, json, keep_files, record, with_files};
use super::{CampaignRecord, NewCampaign, PinnedFile, Store, StoreError};

impl Store {
    /// The time of the campaign whose time comes first.
    pub(crate) async fn next_scheduled(&self) -> Result<Option<i64>, StoreError> {
        self.run(|connection| Ok(connection.query_row("SELECT min(next) FROM campaigns WHERE state = 'scheduled'", [], |row| row.get(0))?))
            .await
    }

    /// The campaigns whose time has come, in the order of their times.
    pub(crate) async fn due_campaigns(&self, now: i64) -> Result<Vec<CampaignRecord>, StoreError> {
        self.run(move |connection| {
            let due = "SELECT * FROM campaigns WHERE state = 'scheduled' AND next <= ?1 ORDER BY next, number";
            let due: Vec<_> = connection.prepare(due)?.query_map([now], record)?.collect::<Result<_, _>>()?;
            due.into_iter().map(|one| with_files(connection, one)).collect()
        })
        .await
    }

    /// The run of a schedule that is not over.
    pub(crate) async fn open_run(&self, schedule: String) -> Result<Option<String>, StoreError> {
        self.run(move |connection| {
            let open = "SELECT key FROM campaigns WHERE scheduled_by = ?1 AND state != 'ended' LIMIT 1";
            Ok(connection.query_row(open, [schedule], |row| row.get(0)).optional()?)
        })
        .await
    }

    /// A campaign that waited for its time waits for its turn, pinned to these files and plugins; whether it still waited.
    pub(crate) async fn queue_scheduled(
        &self,
        number: i64,
        document: String,
        files: Vec<PinnedFile>,
        plugins: Vec<PinnedFile>,
    ) -> Result<bool, StoreError> {
        self.run(move |connection| {
            let transaction = connection.transaction()?;
            let queued = "UPDATE campaigns SET state = 'queued', document = ?2, next = NULL, message = NULL
                 WHERE number = ?1 AND state = 'scheduled'";
            let queued = transaction.execute(queued, params![number, document])?;
            keep_files(&transaction, number, &files, &plugins)?;
            transaction.commit()?;
            Ok(queued > 0)
        })
        .await
    }

    /// Notes when a schedule comes next, and what became of the time that has come.
    pub(crate) async fn move_schedule(&self, number: i64, next: Option<i64>, message: String) -> Result<(), StoreError> {
        self.run(move |connection| {
            let moved = "UPDATE campaigns SET next = ?2, message = ?3 WHERE number = ?1 AND state = 'scheduled'";
            connection.execute(moved, params![number, next, message])?;
            Ok(())
        })
        .await
    }

    /// A campaign that waits for its time is another one from now on, of the same key; none if it doesn't wait any more.
    pub(crate) async fn change_scheduled(&self, number: i64, campaign: NewCampaign) -> Result<Option<CampaignRecord>, StoreError> {
        self.run(move |connection| {
            let transaction = connection.transaction()?;
            let changed = "UPDATE campaigns SET document = ?2, secrets = ?3, seed = ?4, scenarios = ?5, tags = ?6, minions = ?7,
                 schedule = ?8, next = ?9, message = NULL WHERE number = ?1 AND state = 'scheduled'";
            let changed = transaction.execute(
                changed,
                params![
                    number,
                    campaign.document,
                    json(&campaign.secrets.0),
                    campaign.seed.cast_signed(),
                    json(&campaign.scenarios),
                    json(&campaign.tags),
                    i64::try_from(campaign.minions).unwrap_or(i64::MAX),
                    campaign.schedule.as_ref().map(json),
                    campaign.next
                ],
            )?;
            if changed == 0 {
                return Ok(None);
            }
            keep_files(&transaction, number, &campaign.files, &campaign.plugins)?;
            transaction.commit()?;
            find(connection, "number", &number)
        })
        .await
    }
}

/// Notes that a schedule has started a run, so that both are there or neither; whether the schedule was still there.
pub(super) fn note_run(transaction: &Transaction<'_>, run: &NewCampaign) -> Result<bool, StoreError> {
    let Some(by) = &run.scheduled_by else { return Ok(true) };
    let noted = "UPDATE campaigns SET next = ?2, message = NULL WHERE number = ?1 AND state = 'scheduled'";
    let noted = transaction.execute(noted, params![by.number, by.next])?;
    keep_files(transaction, by.number, &run.files, &run.plugins)?;
    Ok(noted > 0)
}
