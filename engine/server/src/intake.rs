//! From bytes that came in to a component that can be run: checked, compiled once, described, kept.

use std::collections::{BTreeSet, VecDeque};
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use schemars::JsonSchema;
use serde::Serialize;
use throng_campaign::{ComponentPlugin, Loaded};
use throng_model::to_json;
use tokio::sync::watch;

use crate::background::in_background;
use crate::clock;
use crate::compiler::{Compiler, CompilerError};
use crate::engine::Engine;
use crate::files::Files;
use crate::inventory::Uploaded;
use crate::problem::Problem;
use crate::store::{ComponentKind, ComponentLabel, ComponentRecord};

/// Compilations that are remembered; of those that are over the oldest go first.
const REMEMBERED: usize = 256;
/// Compilations that wait, or go on, at most.
const WAITING: usize = 32;

/// A file that came in.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) digest: String,
    pub(crate) bytes: u64,
    /// Where it is until it is kept.
    pub(crate) path: PathBuf,
}

/// How far the intake of a component is.
#[derive(Clone, Debug)]
pub(crate) enum Progress {
    Waiting,
    Compiling,
    Describing,
    Done(Box<ComponentRecord>),
    Refused(Box<Problem>),
}

/// A compilation, as it is shown.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct CompilationRecord {
    /// SHA-256 of what was uploaded.
    pub(crate) digest: String,
    /// How far it is.
    pub(crate) stage: Stage,
    /// When it came in, RFC 3339.
    pub(crate) since: String,
    /// Others that have their turn before.
    pub(crate) ahead: u32,
    /// What it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) component: Option<ComponentRecord>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<Problem>,
}

/// How far a compilation is.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Stage {
    /// Others are compiled.
    Waiting,
    /// It is compiled.
    Compiling,
    /// It is asked for its scenarios, or its step kinds.
    Describing,
    /// It can be used.
    Done,
    /// It cannot be used.
    Refused,
}

/// What is being taken in, or was lately.
pub(crate) struct Intake {
    compiler: Compiler,
    known: Mutex<VecDeque<Known>>,
}

struct Known {
    digest: String,
    since: i64,
    progress: watch::Receiver<Progress>,
}

impl Intake {
    pub(crate) fn new(compiler: Compiler) -> Self {
        Self { compiler, known: Mutex::default() }
    }

    /// How far a compilation is.
    pub(crate) fn compilation(&self, digest: &str) -> Option<CompilationRecord> {
        let known = self.lock();
        let position = known.iter().position(|one| one.digest == digest)?;
        let ahead = known.iter().take(position).filter(|one| !one.progress.borrow().is_over()).count();
        let one = known.get(position)?;
        let progress = one.progress.borrow().clone();
        let stage = progress.stage();
        let (component, problem) = match progress {
            Progress::Done(record) => (Some(*record), None),
            Progress::Refused(problem) => (None, Some(*problem)),
            Progress::Waiting | Progress::Compiling | Progress::Describing => (None, None),
        };
        let ahead = if stage == Stage::Waiting { u32::try_from(ahead).unwrap_or(u32::MAX) } else { 0 };
        Some(CompilationRecord { digest: one.digest.clone(), stage, since: clock::text(one.since), ahead, component, problem })
    }

    /// How many wait or go on.
    pub(crate) fn open(&self) -> usize {
        self.lock().iter().filter(|one| !one.progress.borrow().is_over()).count()
    }

    /// Joins the compilation of the same bytes that goes on, or says that there is to be a new one.
    fn begin(&self, digest: &str, now: i64) -> Result<Begun, Problem> {
        let mut known = self.lock();
        if let Some(one) = known.iter().find(|one| one.digest == digest && !one.progress.borrow().is_over()) {
            return Ok(Begun::Joined(one.progress.clone()));
        }
        if known.iter().filter(|one| !one.progress.borrow().is_over()).count() >= WAITING {
            let problem =
                Problem::new(axum::http::StatusCode::SERVICE_UNAVAILABLE, "busy", format!("{WAITING} components wait to be compiled"));
            return Err(Problem { retry_after: Some(10), ..problem.hint("try again later") });
        }
        known.retain(|one| one.digest != digest);
        while known.len() >= REMEMBERED {
            let Some(oldest) = known.iter().position(|one| one.progress.borrow().is_over()) else { break };
            known.remove(oldest);
        }
        let (tell, progress) = watch::channel(Progress::Waiting);
        known.push_back(Known { digest: digest.to_owned(), since: now, progress: progress.clone() });
        Ok(Begun::New(tell, progress))
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Begun {
    Joined(watch::Receiver<Progress>),
    New(watch::Sender<Progress>, watch::Receiver<Progress>),
}

impl Progress {
    fn stage(&self) -> Stage {
        match self {
            Self::Waiting => Stage::Waiting,
            Self::Compiling => Stage::Compiling,
            Self::Describing => Stage::Describing,
            Self::Done(_) => Stage::Done,
            Self::Refused(_) => Stage::Refused,
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Refused(_))
    }
}

impl Engine {
    /// Takes a file in that the engine doesn't know. The same bytes are taken in once, however often they come.
    pub(crate) fn take_in(self: &Arc<Self>, arrived: Arrived, label: ComponentLabel) -> Result<watch::Receiver<Progress>, Problem> {
        let (tell, progress) = match self.intake.begin(&arrived.digest, self.now())? {
            Begun::Joined(progress) => {
                let _ = Files::remove(&arrived.path);
                return Ok(progress);
            }
            Begun::New(tell, progress) => (tell, progress),
        };
        let engine = Arc::clone(self);
        tokio::spawn(async move {
            let result = engine.compile_and_keep(&arrived, label, &tell).await;
            // It is gone already if it was kept.
            let _ = Files::remove(&arrived.path);
            tell.send_replace(match result {
                Ok(record) => Progress::Done(Box::new(record)),
                Err(problem) => Progress::Refused(Box::new(problem)),
            });
        });
        Ok(progress)
    }

    async fn compile_and_keep(
        &self,
        arrived: &Arrived,
        label: ComponentLabel,
        tell: &watch::Sender<Progress>,
    ) -> Result<ComponentRecord, Problem> {
        if is_document(&arrived.path)? {
            tell.send_replace(Progress::Describing);
        } else {
            let begun = || drop(tell.send_replace(Progress::Compiling));
            self.intake.compiler.compile(&arrived.path, begun).await.map_err(Problem::from)?;
            tell.send_replace(Progress::Describing);
        }
        let uploaded = self.inventory.read(&arrived.path, &arrived.digest, &self.shop().await?).await?;
        let now = self.now();
        let (record, described) = match &uploaded {
            Uploaded::Scenarios(loaded) => {
                let described = loaded.scenarios.iter().map(|scenario| (scenario.name.clone(), to_json(scenario))).collect();
                (describe(arrived, loaded, label, now), described)
            }
            Uploaded::StepPlugin(_) if label.is_named() => return Err(names_itself()),
            Uploaded::StepPlugin(plugin) => (describe_plugin(arrived, plugin, label, now), Vec::new()),
        };
        let (from, to) = (arrived.path.clone(), self.files.component(&arrived.digest));
        in_background(move || Files::keep(&from, &to)).await??;
        let name = format!("{}@{}", record.name, record.version.as_deref().unwrap_or_default());
        let Some(record) = self.store.add_component(record, now, described).await? else {
            let _ = Files::remove(&self.files.component(&arrived.digest));
            return Err(taken(&name));
        };
        match uploaded {
            Uploaded::Scenarios(loaded) => self.inventory.keep(&arrived.digest, *loaded),
            Uploaded::StepPlugin(plugin) => self.inventory.keep_plugin(plugin),
        }
        tracing::info!(component = %record.digest, name = %record.name, "took a component in");
        Ok(record)
    }
}

/// A version that is another component's.
pub(crate) fn taken(name: &str) -> Problem {
    Problem::conflict(format!("`{name}` is another component"))
        .hint("a version stays what it is: upload this one with a version of its own")
}

/// A step plugin that is to be called otherwise.
pub(crate) fn names_itself() -> Problem {
    Problem::invalid("a step plugin has the name and the version that it says itself")
        .hint("leave `name` and `version` out; scenarios use it as `namespace:name/kind@version`")
}

fn describe(arrived: &Arrived, loaded: &Loaded, label: ComponentLabel, now: i64) -> ComponentRecord {
    let scenarios: Vec<_> = loaded.scenarios.iter().map(|scenario| scenario.name.clone()).collect();
    let targets: BTreeSet<_> = loaded.scenarios.iter().flat_map(|scenario| scenario.targets.texts()).map(str::to_owned).collect();
    ComponentRecord {
        digest: arrived.digest.clone(),
        kind: if loaded.component.is_some() { ComponentKind::Component } else { ComponentKind::Document },
        name: label.name.or_else(|| scenarios.first().cloned()).unwrap_or_default(),
        version: label.version,
        tags: label.tags,
        bytes: arrived.bytes,
        uploaded: clock::text(now),
        scenarios,
        step_kinds: Vec::new(),
        targets: targets.into_iter().collect(),
        imports: loaded.component.as_ref().map(|component| component.imports().to_vec()).unwrap_or_default(),
    }
}

fn describe_plugin(arrived: &Arrived, plugin: &ComponentPlugin, label: ComponentLabel, now: i64) -> ComponentRecord {
    let description = plugin.description();
    ComponentRecord {
        digest: arrived.digest.clone(),
        kind: if plugin.is_source() { ComponentKind::SourcePlugin } else { ComponentKind::StepPlugin },
        name: description.name.clone(),
        version: Some(description.version.clone()),
        tags: label.tags,
        bytes: arrived.bytes,
        uploaded: clock::text(now),
        scenarios: Vec::new(),
        step_kinds: description.kinds.iter().map(|kind| description.address_of(&kind.name)).collect(),
        targets: Vec::new(),
        imports: plugin.imports().to_vec(),
    }
}

/// Told by its beginning, as everywhere.
fn is_document(path: &std::path::Path) -> std::io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(4096).read_to_end(&mut start)?;
    Ok(start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{'))
}

impl From<CompilerError> for Problem {
    fn from(error: CompilerError) -> Self {
        match error {
            CompilerError::Start(error) => Self::engine(error),
            refused => Self::invalid(refused.to_string()),
        }
    }
}
