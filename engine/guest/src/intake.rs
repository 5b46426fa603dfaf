//! What bytes must be before they are compiled: a component, of bearable size, that imports what the engine has and exports what is wanted.

use wasmparser::{Encoding, Parser, Payload};
use wasmtime::Engine;

use crate::bindings::{CALLBACKS, DEFINITION, INTERFACES, SOURCE_KINDS, STEP_KINDS};
use crate::limits::Limits;

/// Why a component was not taken in, and what to do about it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LoadError {
    /// No bytes at all.
    #[error("the component is empty; check that it was built and copied completely")]
    Empty,
    /// Over the limit.
    #[error("the component has {bytes} bytes, the limit is {limit}; build it in release mode and strip it, or raise the limit `component`")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// WebAssembly text.
    #[error("this is WebAssembly in its text form, not a component; turn it into one with `wasm-tools parse`")]
    Text,
    /// A core module.
    #[error(
        "this is a core WebAssembly module, not a component; for Rust, set `linker = \"wasm-component-ld\"` in `.cargo/config.toml`, \
         otherwise wrap it with `wasm-tools component new`"
    )]
    CoreModule,
    /// Native code.
    #[error("this component is precompiled, which the engine refuses because it cannot be checked; give it the `.wasm` file instead")]
    Precompiled,
    /// Something else.
    #[error("this is not WebAssembly: its first bytes are {start:02x?}; give it the component that your build made, a `.wasm` file")]
    NotWebAssembly {
        /// How it starts.
        start: Vec<u8>,
    },
    /// A component that is broken, or uses what the sandbox does not offer.
    #[error("the component is not valid: {message}; build it again with a current toolchain")]
    Invalid {
        /// What is wrong, with its offset.
        message: String,
    },
    /// The engine has nothing of this name.
    #[error("the component imports `{import}`, which {remedy}")]
    UnknownImport {
        /// The import.
        import: String,
        /// Why it isn't there, and what to do.
        remedy: String,
    },
    /// Not what is wanted.
    #[error("the component does not export `{export}`; {remedy}")]
    MissingExport {
        /// The export.
        export: &'static str,
        /// What to do.
        remedy: String,
    },
    /// An import or export of the right name has another shape.
    #[error("the component does not fit this engine: {message}; build it against the `wit/` files of this engine's version")]
    Mismatch {
        /// What differs.
        message: String,
    },
}

/// What a component is made for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum World {
    /// It describes scenarios and has their callbacks.
    Scenario,
    /// It brings step kinds for scenarios.
    StepPlugin,
    /// It brings step kinds that make records by themselves.
    SourcePlugin,
}

/// What a component is made for, by its exports; none for what is no component, or for one that is made for something else.
pub fn world_of(bytes: &[u8]) -> Option<World> {
    if !Parser::is_component(bytes) {
        return None;
    }
    let (_, exports) = read_surface(bytes).ok()?;
    [World::Scenario, World::StepPlugin, World::SourcePlugin].into_iter().find(|world| world.shows_in(&exports))
}

impl World {
    /// The interfaces that it exports.
    fn exports(self) -> &'static [&'static str] {
        match self {
            Self::Scenario => &[DEFINITION, CALLBACKS],
            Self::StepPlugin => &[STEP_KINDS],
            Self::SourcePlugin => &[SOURCE_KINDS],
        }
    }

    /// Whether scenarios use what it brings.
    pub fn is_plugin(self) -> bool {
        matches!(self, Self::StepPlugin | Self::SourcePlugin)
    }

    /// Whether a component is made for it, in whatever version.
    fn shows_in(self, exports: &[String]) -> bool {
        self.exports().iter().any(|export| exports.iter().any(|name| unversioned(name) == unversioned(export)))
    }
}

/// What a component shows of itself without being compiled.
#[derive(Debug)]
pub(crate) struct Surface {
    pub(crate) imports: Vec<String>,
    pub(crate) uses_wasi: bool,
}

/// WASI packages that are linked, with nothing granted.
const WASI: [&str; 7] = ["wasi:cli/", "wasi:clocks/", "wasi:filesystem/", "wasi:http/", "wasi:io/", "wasi:random/", "wasi:sockets/"];

/// Checks bytes as far as they can be checked without compiling them.
pub(crate) fn inspect(bytes: &[u8], limits: &Limits, world: World) -> Result<Surface, LoadError> {
    check_kind(bytes, limits)?;
    let (imports, exports) = read_surface(bytes)?;
    for import in &imports {
        check_import(import)?;
    }
    for export in world.exports() {
        check_export(export, world, &exports)?;
    }
    let uses_wasi = imports.iter().any(|import| import.starts_with("wasi:"));
    Ok(Surface { imports, uses_wasi })
}

fn check_kind(bytes: &[u8], limits: &Limits) -> Result<(), LoadError> {
    if bytes.is_empty() {
        return Err(LoadError::Empty);
    }
    if bytes.len() > limits.component_bytes {
        return Err(LoadError::TooLarge { bytes: bytes.len(), limit: limits.component_bytes });
    }
    if Engine::detect_precompiled(bytes).is_some() {
        return Err(LoadError::Precompiled);
    }
    if Parser::is_component(bytes) {
        return Ok(());
    }
    if Parser::is_core_wasm(bytes) {
        return Err(LoadError::CoreModule);
    }
    match bytes.trim_ascii_start() {
        [b'(', b'm' | b'c' | b';', ..] | [b';', b';', ..] => Err(LoadError::Text),
        _ => Err(LoadError::NotWebAssembly { start: bytes.iter().take(8).copied().collect() }),
    }
}

/// Names of a component's own imports and exports, not of those nested in it.
fn read_surface(bytes: &[u8]) -> Result<(Vec<String>, Vec<String>), LoadError> {
    let invalid = |error: wasmparser::BinaryReaderError| LoadError::Invalid { message: error.to_string() };
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(invalid)? {
            Payload::Version { encoding: Encoding::Component | Encoding::Module, .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    imports.push(import.map_err(invalid)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    exports.push(export.map_err(invalid)?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok((imports, exports))
}

fn check_import(import: &str) -> Result<(), LoadError> {
    let version = import.rsplit_once('@').map_or("", |(_, version)| version);
    if INTERFACES.contains(&import) || (WASI.iter().any(|package| import.starts_with(package)) && version.starts_with("0.2.")) {
        return Ok(());
    }
    let remedy = if let Some(known) = INTERFACES.iter().find(|known| unversioned(known) == unversioned(import)) {
        format!("this engine has as `{known}`; build the component against that version, or use an engine that has the other one")
    } else if import.starts_with("throng:") {
        "this engine does not know; build the component against this engine's `wit/` files, or use a newer engine".into()
    } else if WASI.iter().any(|package| import.starts_with(package)) {
        "is of a version that this engine does not have; build the component for WASI 0.2, such as with the target `wasm32-wasip2`".into()
    } else {
        "nothing provides; a component may import `throng:` interfaces and WASI 0.2, so remove what needs it, or compose the component with a \
         library that exports it"
            .into()
    };
    Err(LoadError::UnknownImport { import: import.into(), remedy })
}

fn check_export(export: &'static str, world: World, exports: &[String]) -> Result<(), LoadError> {
    if exports.iter().any(|name| name == export) {
        return Ok(());
    }
    let remedy = match exports.iter().find(|name| unversioned(name) == unversioned(export)) {
        Some(other) => format!("it exports `{other}`, so build it against the `wit/` files of this engine's version"),
        None => not_that_world(world, exports).into(),
    };
    Err(LoadError::MissingExport { export, remedy })
}

/// What to do with a component that is made for something else.
fn not_that_world(wanted: World, exports: &[String]) -> &'static str {
    match wanted {
        World::Scenario if World::StepPlugin.shows_in(exports) || World::SourcePlugin.shows_in(exports) => {
            "it is a step plugin: give it with `--plugin`, beside a scenario that uses its kinds"
        }
        World::Scenario => {
            "a scenario exports both `throng:scenario/definition` and `throng:scenario/callbacks`; with the Rust SDK, mark a function with \
             `#[throng::scenario]`"
        }
        World::StepPlugin | World::SourcePlugin if World::Scenario.shows_in(exports) => {
            "it is a scenario: give it as a file to run, not as a plugin"
        }
        World::StepPlugin | World::SourcePlugin => {
            "a plugin exports `throng:plugin/step-kinds` or `throng:plugin/source-kinds`: target the world `step-plugin` or `source-plugin` of \
             `wit/plugin`"
        }
    }
}

fn unversioned(name: &str) -> &str {
    name.split_once('@').map_or(name, |(name, _)| name)
}
