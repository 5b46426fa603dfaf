//! Tokens, by the hash of what clients send.

use rusqlite::{OptionalExtension, Row, params};

use super::{Store, StoreError};
use crate::access::{Scope, TokenRecord};
use crate::clock;

impl Store {
    /// Keeps a token; none if its name is another's.
    pub(crate) async fn add_token(
        &self,
        name: String,
        hash: String,
        scope: Scope,
        now: i64,
        expires: Option<i64>,
    ) -> Result<Option<TokenRecord>, StoreError> {
        self.run(move |connection| {
            let added = "INSERT INTO tokens (name, hash, scope, created, expires) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
            let added = connection.execute(added, params![name, hash, scope.name(), now, expires])?;
            let record = TokenRecord { name, scope, created: clock::text(now), expires: expires.map(clock::text) };
            Ok(Some(record).filter(|_| added > 0))
        })
        .await
    }

    pub(crate) async fn list_tokens(&self) -> Result<Vec<TokenRecord>, StoreError> {
        self.run(|connection| {
            Ok(connection.prepare("SELECT * FROM tokens ORDER BY name")?.query_map([], record)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The token with this hash, unless it has expired.
    pub(crate) async fn find_token(&self, hash: String, now: i64) -> Result<Option<TokenRecord>, StoreError> {
        self.run(move |connection| {
            let valid = "SELECT * FROM tokens WHERE hash = ?1 AND (expires IS NULL OR expires > ?2)";
            Ok(connection.query_row(valid, params![hash, now], record).optional()?)
        })
        .await
    }

    /// Whether there was one.
    pub(crate) async fn remove_token(&self, name: String) -> Result<bool, StoreError> {
        self.run(move |connection| Ok(connection.execute("DELETE FROM tokens WHERE name = ?1", [name])? > 0)).await
    }
}

fn record(row: &Row<'_>) -> rusqlite::Result<TokenRecord> {
    let scope: String = row.get("scope")?;
    Ok(TokenRecord {
        name: row.get("name")?,
        // What this version doesn't know allows the least.
        scope: scope.parse().unwrap_or(Scope::Read),
        created: clock::text(row.get("created")?),
        expires: row.get::<_, Option<i64>>("expires")?.map(clock::text),
    })
}
