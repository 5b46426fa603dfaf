//! What is run: closures of this program, or a component.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use throng::IntoScenarios;
use throng_campaign::overrides::Overrides;
use throng_campaign::{GivenSettings, LoadError, Loader, PlannedScenario, SettingsGroup, check_declared, resolve_each};
use throng_guest::Limits;
use throng_model::{parse_document, validate};
use throng_plugin_api::Registry;
use throng_runtime::{Program, Resources};

use crate::TestError;
use crate::native::{NativeProgram, describe};
use crate::sandbox::sandbox;

/// Makes the scenarios and their closures; called on every thread that needs them, because closures stay where they were made.
pub(crate) type Build = dyn Fn() -> Result<throng::native::Program, String> + Send + Sync;

/// Where a component is.
#[derive(Clone)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// Its bytes, such as of `include_bytes!`.
    Bytes(Vec<u8>),
}

/// What is run.
#[derive(Clone)]
pub(crate) enum Subject {
    Native(Arc<Build>),
    Component(Source),
}

/// The one program of a test of closures.
const PROGRAM: &str = "tested";

impl Subject {
    pub(crate) fn native<S: IntoScenarios>(scenarios: impl Fn() -> S + Send + Sync + 'static) -> Self {
        Self::Native(Arc::new(move || throng::native::Program::build(&scenarios)))
    }

    /// Pins the scenarios with these settings and changes, and leaves the code behind them among the programs.
    pub(crate) fn plan(
        &self,
        registry: &Registry,
        given: &BTreeMap<String, String>,
        overrides: &Overrides,
        folder: &Path,
        programs: &mut FxHashMap<String, Arc<dyn Program>>,
    ) -> Result<Vec<PlannedScenario>, TestError> {
        let planned = match self {
            Self::Native(build) => {
                programs.insert(PROGRAM.to_owned(), Arc::new(NativeProgram::new(Arc::clone(build))));
                plan_native(build, registry, given, folder)?
            }
            Self::Component(source) => {
                let mut resources = Resources::default();
                let planned = plan_component(source, registry, given, folder, &mut resources)?;
                programs.extend(resources.programs);
                planned
            }
        };
        Ok(PlannedScenario::changed(planned, |scenarios| overrides.apply(scenarios))?)
    }
}

/// Described twice, as a component is: first for what is declared, then with the settings.
fn plan_native(
    build: &Arc<Build>,
    registry: &Registry,
    given: &BTreeMap<String, String>,
    folder: &Path,
) -> Result<Vec<PlannedScenario>, TestError> {
    let read = |settings: BTreeMap<String, String>| {
        let document = describe(&**build, settings).map_err(TestError::Build)?;
        let scenarios = validate(&parse_document(&document)?, registry)?;
        Ok::<_, TestError>((Arc::<str>::from(document), scenarios))
    };
    let (_, declared) = read(BTreeMap::new())?;
    check_declared(&declared, given)?;
    let groups = resolve_each(&declared, &GivenSettings::common(given.clone()))?;
    let is_one = groups.len() == 1;
    let mut planned = Vec::new();
    for SettingsGroup { settings, scenarios: names } in groups {
        let (document, scenarios) = read(settings.clone())?;
        let own = scenarios.into_iter().filter(|scenario| is_one || names.contains(&scenario.name));
        planned.extend(own.map(|scenario| PlannedScenario {
            origin: "the test".to_owned(),
            folder: folder.to_path_buf(),
            document: Arc::clone(&document),
            scenario,
            program: Some(PROGRAM.to_owned()),
            settings: settings.clone(),
            zones: None,
        }));
    }
    Ok(planned)
}

fn plan_component(
    source: &Source,
    registry: &Registry,
    given: &BTreeMap<String, String>,
    folder: &Path,
    resources: &mut Resources,
) -> Result<Vec<PlannedScenario>, TestError> {
    let sandbox = sandbox()?;
    let loader = Loader { registry, sandbox: &sandbox, limits: Limits::default() };
    let named = |error: LoadError| TestError::Component { origin: source.to_string(), source: error };
    let loaded = match source {
        Source::File(path) => loader.load(path),
        Source::Bytes(bytes) => loader.load_bytes(bytes),
    };
    let loaded = loaded.map_err(named)?;
    check_declared(&loaded.scenarios, given)?;
    let pinned = loader.pin(&loaded, &GivenSettings::common(given.clone())).map_err(named)?;
    Ok(pinned.into_iter().flat_map(|pinned| PlannedScenario::of_file(&source.to_string(), folder, pinned, resources)).collect())
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "`{}`", path.display()),
            Self::Bytes(_) => formatter.write_str("the component"),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Native(_) => formatter.write_str("Native"),
            Self::Component(source) => formatter.debug_tuple("Component").field(source).finish(),
        }
    }
}

impl From<&Path> for Source {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<&str> for Source {
    fn from(path: &str) -> Self {
        Self::File(path.into())
    }
}

impl From<String> for Source {
    fn from(path: String) -> Self {
        Self::File(path.into())
    }
}

impl From<Vec<u8>> for Source {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<&[u8]> for Source {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Source {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}
