//! Tokens: made here, shown once, stored as their hash.

use std::path::Path;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest, Sha256};
use throng_plugin_api::Clock;

use super::Scope;
use crate::clock;
use crate::engine::make_private;
use crate::error::ServerError;
use crate::files::Files;
use crate::store::Store;

/// The tokens of an engine, whether it runs or not.
#[derive(Debug)]
pub struct Tokens {
    store: Store,
    clock: Clock,
}

/// A token that was just made.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What clients send; it cannot be had again.
    pub secret: String,
    /// What is known of it.
    pub record: TokenRecord,
}

/// What is known of a token.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct TokenRecord {
    /// Whose it is.
    pub name: String,
    /// What it allows.
    pub scope: Scope,
    /// When it was made, RFC 3339.
    pub created: String,
    /// After it, it is worth nothing; RFC 3339.
    pub expires: Option<String>,
}

impl Tokens {
    /// The tokens of the engine whose data are in this folder, made if it is not there.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn open(data: &Path) -> Result<Self, ServerError> {
        make_private(data).map_err(|source| ServerError::Folder { folder: data.to_path_buf(), source })?;
        Ok(Self { store: Store::open(&Files::database_in(data))?, clock: Clock::system() })
    }

    /// Makes a token; none if there is one of this name.
    ///
    /// # Errors
    /// The engine's database cannot be used.
    pub async fn add(&self, name: &str, scope: Scope, lasting: Option<Duration>) -> Result<Option<NewToken>, ServerError> {
        // From the operating system's generator, by way of the thread's: as hard to guess as a key.
        let random: [u8; 32] = rand::random();
        let digits: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let secret = format!("throng_{digits}");
        let now = clock::now(&self.clock);
        let expires = lasting.map(|lasting| now.saturating_add(i64::try_from(lasting.as_millis()).unwrap_or(i64::MAX)));
        let record = self.store.add_token(name.to_owned(), hash(&secret), scope, now, expires).await?;
        Ok(record.map(|record| NewToken { secret, record }))
    }

    /// All of them, by name.
    ///
    /// # Errors
    /// The engine's database cannot be used.
    pub async fn list(&self) -> Result<Vec<TokenRecord>, ServerError> {
        Ok(self.store.list_tokens().await?)
    }

    /// Makes a token worthless, from the next request on; whether there was one.
    ///
    /// # Errors
    /// The engine's database cannot be used.
    pub async fn remove(&self, name: &str) -> Result<bool, ServerError> {
        Ok(self.store.remove_token(name.to_owned()).await?)
    }
}

/// As it is stored. Tokens are random and long, so that a plain hash of one says nothing about it.
pub(crate) fn hash(secret: &str) -> String {
    Sha256::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect()
}
