//! What is let go of: campaigns that are over, and components that none of the others has used.

use rusqlite::params;

use super::{Store, StoreError};

/// Campaigns that are removed at a time, so that nobody waits long.
const AT_A_TIME: u32 = 200;

/// A campaign that may go.
#[derive(Clone, Debug)]
pub(crate) struct Outdated {
    pub(crate) number: i64,
    pub(crate) key: String,
}

impl Store {
    /// Campaigns that were over before a moment, or that are not among the latest of those that are over: some of them, the oldest first.
    pub(crate) async fn outdated_campaigns(&self, before: Option<i64>, keep: Option<u32>) -> Result<Vec<Outdated>, StoreError> {
        self.run(move |connection| {
            let latest = "SELECT number FROM campaigns WHERE state = 'ended' ORDER BY ended DESC, number DESC LIMIT ?2";
            let outdated = format!(
                "SELECT number, key FROM campaigns WHERE state = 'ended' AND (ended < ?1 OR number NOT IN ({latest}))
                 ORDER BY ended, number LIMIT {AT_A_TIME}"
            );
            // To SQLite, a negative number is no limit.
            let keep = keep.map_or(-1, i64::from);
            let read = |row: &rusqlite::Row<'_>| Ok(Outdated { number: row.get(0)?, key: row.get(1)? });
            Ok(connection.prepare(&outdated)?.query_map(params![before, keep], read)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Removes a campaign that is over; whether there was one.
    pub(crate) async fn remove_campaign(&self, number: i64) -> Result<bool, StoreError> {
        self.run(move |connection| Ok(connection.execute("DELETE FROM campaigns WHERE number = ?1 AND state = 'ended'", [number])? > 0))
            .await
    }

    /// Removes the components that were uploaded before a moment and that no campaign which is kept has used: their digests.
    pub(crate) async fn remove_unused_components(&self, before: i64) -> Result<Vec<String>, StoreError> {
        self.run(move |connection| {
            let removed = "DELETE FROM components WHERE uploaded < ?1
                 AND NOT EXISTS (SELECT 1 FROM campaign_files WHERE component = digest) RETURNING digest";
            Ok(connection.prepare(removed)?.query_map([before], |row| row.get(0))?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The keys of all campaigns.
    pub(crate) async fn campaign_keys(&self) -> Result<Vec<String>, StoreError> {
        self.run(|connection| {
            Ok(connection.prepare("SELECT key FROM campaigns")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// How many components there are.
    pub(crate) async fn count_components(&self) -> Result<u64, StoreError> {
        self.run(|connection| {
            let count: i64 = connection.query_row("SELECT count(*) FROM components", [], |row| row.get(0))?;
            Ok(u64::try_from(count).unwrap_or(0))
        })
        .await
    }
}
