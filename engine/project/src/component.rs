//! What languages without a component compiler of their own need: bindings of the contract, and a component around a core module.

use std::path::Path;

use wasi_preview1_component_adapter_provider::{WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER};
use wit_bindgen_core::wit_parser::{Resolve, WorldId};
use wit_bindgen_core::{Files, WorldGenerator};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

use crate::ProjectError;
use crate::contract::{FOLDER, WORLD};

/// Writes the bindings of a project's contract into its folder `into`, and only those files that are not there as they should be.
pub(crate) fn write_bindings(project: &Path, mut generator: Box<dyn WorldGenerator>, into: &Path) -> Result<(), ProjectError> {
    let mut files = Files::default();
    with_contract(project, |mut resolve, world| generator.generate(&mut resolve, world, &mut files))?;
    files.iter().try_for_each(|(name, content)| write_changed(&into.join(name), content))
}

/// Writes a file unless it is as it should be, so that compilers see no change where there is none.
pub(crate) fn write_changed(path: &Path, content: &[u8]) -> Result<(), ProjectError> {
    if std::fs::read(path).is_ok_and(|there| there == content) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(ProjectError::file(folder, "made"))?;
    }
    std::fs::write(path, content).map_err(ProjectError::file(path, "written"))
}

/// Makes a core module, which may be built for WASI's first preview, a component. Its bindings have put the contract's types into it.
pub(crate) fn encode(module: &Path, component: &Path) -> Result<(), ProjectError> {
    let bytes = std::fs::read(module).map_err(ProjectError::file(module, "read"))?;
    encode_bytes(&bytes, module, component)
}

/// The same of a module whose bindings could not put the types into it: those of the project's contract are put there first.
pub(crate) fn embed_and_encode(project: &Path, module: &Path, component: &Path) -> Result<(), ProjectError> {
    let mut bytes = std::fs::read(module).map_err(ProjectError::file(module, "read"))?;
    with_contract(project, |resolve, world| embed_component_metadata(&mut bytes, &resolve, world, StringEncoding::UTF8, false))?;
    encode_bytes(&bytes, module, component)
}

fn encode_bytes(bytes: &[u8], module: &Path, component: &Path) -> Result<(), ProjectError> {
    let encode = |mut encoder: ComponentEncoder| {
        encoder.module(bytes)?;
        encoder.adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER)?;
        encoder.validate(true).encode()
    };
    let encoded = encode(ComponentEncoder::default());
    let encoded = encoded.map_err(|error| ProjectError::Component { module: module.to_path_buf(), message: format!("{error:#}") })?;
    std::fs::write(component, encoded).map_err(ProjectError::file(component, "written"))
}

/// Does something with a project's contract.
fn with_contract(project: &Path, work: impl FnOnce(Resolve, WorldId) -> anyhow::Result<()>) -> Result<(), ProjectError> {
    let folder = project.join(FOLDER);
    let done = read_contract(&folder).and_then(|(resolve, world)| work(resolve, world));
    done.map_err(|error| ProjectError::Contract { folder, message: format!("{error:#}") })
}

fn read_contract(folder: &Path) -> anyhow::Result<(Resolve, WorldId)> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(folder)?;
    let world = resolve.select_world(&[package], Some(WORLD))?;
    Ok((resolve, world))
}
