//! What languages without a component compiler of their own need: bindings of the contract, and a component around a core module.

use std::path::Path;

use wasi_preview1_component_adapter_provider::{WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER};
use wit_bindgen_core::wit_parser::{Resolve, WorldId};
use wit_bindgen_core::{Files, WorldGenerator};
use wit_component::ComponentEncoder;

use crate::ProjectError;
use crate::contract::{FOLDER, WORLD};

/// Writes the bindings of a project's contract into its folder `into`, and only those files that are not there as they should be.
pub(crate) fn write_bindings(project: &Path, mut generator: Box<dyn WorldGenerator>, into: &Path) -> Result<(), ProjectError> {
    let contract = project.join(FOLDER);
    let mut files = Files::default();
    let generated = read_contract(&contract).and_then(|(mut resolve, world)| generator.generate(&mut resolve, world, &mut files));
    generated.map_err(|error| ProjectError::Contract { folder: contract, message: format!("{error:#}") })?;
    for (name, content) in files.iter() {
        let path = into.join(name);
        if std::fs::read(&path).is_ok_and(|there| there == content) {
            continue;
        }
        let folder = path.parent().unwrap_or(into);
        std::fs::create_dir_all(folder).map_err(ProjectError::file(folder, "made"))?;
        std::fs::write(&path, content).map_err(ProjectError::file(&path, "written"))?;
    }
    Ok(())
}

/// Makes a core module, which may be built for WASI's first preview, a component. Its bindings have put the contract's types into it.
pub(crate) fn encode(module: &Path, component: &Path) -> Result<(), ProjectError> {
    let bytes = std::fs::read(module).map_err(ProjectError::file(module, "read"))?;
    let encode = |mut encoder: ComponentEncoder| {
        encoder.module(&bytes)?;
        encoder.adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER)?;
        encoder.validate(true).encode()
    };
    let encoded = encode(ComponentEncoder::default());
    let encoded = encoded.map_err(|error| ProjectError::Component { module: module.to_path_buf(), message: format!("{error:#}") })?;
    std::fs::write(component, encoded).map_err(ProjectError::file(component, "written"))
}

fn read_contract(folder: &Path) -> anyhow::Result<(Resolve, WorldId)> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(folder)?;
    let world = resolve.select_world(&[package], Some(WORLD))?;
    Ok((resolve, world))
}
