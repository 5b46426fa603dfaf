//! What the engine remembers: one SQLite file, one thread that reads and writes it.

mod campaigns;
mod components;
mod list;
mod migrations;
mod retention;
mod schedules;
mod tokens;

use std::io;
use std::path::Path;
use std::thread;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

pub(crate) use campaigns::{CampaignRecord, CampaignState, Ending, NewCampaign, PinnedFile, ScheduledBy};
pub(crate) use components::{ComponentKind, ComponentLabel, ComponentRecord, Touched};
pub(crate) use list::{ListQuery, Page};

/// Work that may wait for the thread; when there is more, who asks waits.
const WAITING: usize = 256;

/// Why something could not be stored, or found again.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite says why.
    #[error("the engine's database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// It was written by a later version.
    #[error(
        "the engine's database is of version {found}, and this throng knows versions up to {known}; use the throng that wrote it, or another folder"
    )]
    Newer {
        /// Its version.
        found: i64,
        /// The latest that is known.
        known: i64,
    },
    /// Its thread cannot be started.
    #[error("cannot start the thread of the engine's database: {0}")]
    Thread(io::Error),
    /// The thread has ended, because the engine does.
    #[error("the engine's database is closed")]
    Closed,
}

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// The database. Cheap to clone; its thread ends with the last clone.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    jobs: mpsc::Sender<Job>,
}

impl Store {
    /// Opens a database, or makes it, and brings it to the present form.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let mut connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // What was answered is there after a loss of power, too.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        migrations::apply(&mut connection)?;
        let (jobs, mut waiting) = mpsc::channel::<Job>(WAITING);
        let body = move || {
            while let Some(job) = waiting.blocking_recv() {
                job(&mut connection);
            }
        };
        thread::Builder::new().name("throng-store".to_owned()).spawn(body).map_err(StoreError::Thread)?;
        Ok(Self { jobs })
    }

    /// Does something with the database, when its turn comes.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (result, done) = oneshot::channel();
        let job = move |connection: &mut Connection| {
            // Whoever asked may have left.
            let _ = result.send(work(connection));
        };
        self.jobs.send(Box::new(job)).await.map_err(|_| StoreError::Closed)?;
        done.await.map_err(|_| StoreError::Closed)?
    }
}
