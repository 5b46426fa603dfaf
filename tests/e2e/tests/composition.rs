//! A library, a component in any language, is composed into a scenario.

use anyhow::{Context as _, Result, ensure};
use throng_e2e::campaign::run;
use throng_e2e::errors::check_refused;
use throng_kit::{Throng, guest, tempdir};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, PackageId, plug};

/// What `wac plug scenario.wasm --plug library.wasm` makes.
fn composed(scenario: Vec<u8>, library: Vec<u8>) -> Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let mut register = |name: &str, bytes: Vec<u8>| -> Result<PackageId> {
        let package = Package::from_bytes(name, None, bytes, graph.types_mut())?;
        Ok(graph.register_package(package)?)
    };
    let (scenario, library) = (register("scenario", scenario)?, register("library", library)?);
    plug(&mut graph, vec![library], scenario)?;
    graph.encode(EncodeOptions::default()).context("they do not fit")
}

#[test]
fn a_library_is_composed_into_a_scenario() -> Result<()> {
    let (scenario, library) = (guest("composed")?, guest("library")?);
    let parts = ["composed.wasm", "imports `test:pricing/prices@1.0.0`", "compose the component with a library"];
    check_refused(Throng::new().arg("validate").arg(&scenario).run()?, &parts)?;
    let folder = tempdir()?;
    let file = folder.path().join("customer.wasm");
    std::fs::write(&file, composed(std::fs::read(scenario)?, std::fs::read(library)?)?)?;
    let ran = run(&[&file], &["--limit", "call-time=10s"])?.ended_with_any(&[0])?;
    ensure!(ran.outcomes("customer", "right", "success")? == 20, "{}", ran.counts("customer")?);
    Ok(())
}
