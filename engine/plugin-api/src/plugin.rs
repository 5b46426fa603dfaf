//! The contract of a plugin.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::{BoxFuture, LocalBoxFuture, ready};
use serde_json::Value as Json;
use throng_measure::PluginFacts;
use throng_model::{ConfigFault, PluginUse, Secrets, StepSetup};
use throng_protocols::{Failure, Value};

use crate::{AttachContext, Clock, ExporterInfo, Files, Performed, SourceRunner, Visit};

/// A plugin: step kinds over one protocol, native or out of a component.
pub trait Plugin: Send + Sync {
    /// The key of its defaults in a scenario: `http`.
    fn name(&self) -> &str;

    /// Its step kinds.
    fn kinds(&self) -> Vec<KindInfo<'_>>;

    /// Checks one use of a kind and keeps it. Pure: the same setup gives the same answer, nothing is opened.
    ///
    /// # Errors
    /// Everything that is wrong with the configuration.
    fn configure(&self, setup: &StepSetup<'_>) -> Result<Arc<dyn ConfiguredStep>, Vec<ConfigFault>>;

    /// Its exporters; most plugins have none.
    fn exporters(&self) -> &'static [ExporterInfo] {
        &[]
    }

    /// Waits until what its steps had open has been closed, such as a client that takes its leave of a server. Called when a campaign's
    /// workers are gone; nobody waits for it longer than a second.
    fn settle(&self) -> BoxFuture<'_, ()> {
        Box::pin(ready(()))
    }

    /// What it is pinned by in the report; none for what is part of the engine.
    fn facts(&self) -> Option<PluginFacts> {
        None
    }
}

/// A step kind, for documentation and the schema.
#[derive(Clone, Copy)]
pub struct KindInfo<'a> {
    /// The key in a document: `http-with`, or `namespace:name/kind@version` for a kind out of a component.
    pub name: &'a str,
    /// One line.
    pub summary: &'a str,
    /// The JSON schema of its configuration.
    pub schema: &'a (dyn Fn() -> Json + Send + Sync),
}

impl fmt::Debug for KindInfo<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KindInfo").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A checked use of a step kind.
pub trait ConfiguredStep: Send + Sync {
    /// The callbacks and other steps that it leans on.
    fn uses(&self) -> PluginUse;

    /// Checks what only the world can tell, and warms up; before any load, on the control thread.
    fn open<'a>(&'a self, campaign: &'a OpenContext) -> Pin<Box<dyn Future<Output = Result<(), OpenError>> + Send + 'a>>;

    /// Makes this worker's part, with its share of connections. A source is attached on one worker only.
    ///
    /// # Errors
    /// What the step needs cannot be had.
    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError>;
}

/// A step's part on a worker.
pub enum Attached {
    /// Works on what minions bring.
    Step(Rc<dyn StepRunner>),
    /// Makes records by itself; for kinds whose [`PluginUse`] says that they are sources.
    Source(Box<dyn SourceRunner>),
}

/// What a step may use while it opens.
#[derive(Clone)]
pub struct OpenContext {
    /// The clock.
    pub clock: Clock,
    /// The files that it may read.
    pub files: Files,
    /// The scenario's settings, checked and complete; there may be secrets among them.
    pub settings: BTreeMap<String, String>,
    /// Those values of them that are not to be shown.
    pub secrets: Secrets,
}

impl fmt::Debug for OpenContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("OpenContext").field("files", &self.files).finish_non_exhaustive()
    }
}

/// Why a step cannot be used in this campaign.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}{}", .hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
pub struct OpenError {
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A step on one worker. Its futures stay on that worker; dropping one cancels the work.
pub trait StepRunner {
    /// Works on one input: one attempt of one iteration of one minion's visit.
    fn run<'a>(&'a self, visit: &'a Visit<'a>, input: Value) -> LocalBoxFuture<'a, Performed>;

    /// Opens what is to be open before the load; called once, and only if the step's [`PluginUse::warms_up`] says so.
    ///
    /// # Errors
    /// It cannot be opened: the campaign fails before its load.
    fn warm_up(&self) -> LocalBoxFuture<'_, Result<(), OpenError>> {
        Box::pin(async { Ok(()) })
    }

    /// Releases what is held for a minion, whose run is over. Called once per run, also after failures and dead ends.
    fn minion_done(&self, minion: u32);
}

impl From<Failure> for Performed {
    fn from(failure: Failure) -> Self {
        Self { result: Err(failure), service: None }
    }
}
