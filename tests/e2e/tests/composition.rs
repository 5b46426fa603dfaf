//! A library, a component in any language, is composed into a scenario, as docs/any-language.md says it.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use throng_e2e::campaign::run;
use throng_e2e::errors::check_refused;
use throng_kit::{Throng, guest, languages_folder, tempdir};

#[test]
fn a_library_is_composed_into_a_scenario() -> Result<()> {
    let (scenario, library) = (guest("composed")?, guest("library")?);
    let parts = ["composed.wasm", "imports `test:pricing/prices@1.0.0`", "compose the component with a library"];
    check_refused(Throng::new().arg("validate").arg(&scenario).run()?, &parts)?;
    let folder = tempdir()?;
    let shop = folder.path().join("my-shop.wasm");
    let mut compose = Command::new(languages_folder()?.join("wac/bin/wac"));
    compose.arg("plug").arg(&scenario).arg("--plug").arg(&library).arg("-o").arg(&shop);
    let output = compose.output().context("`wac` does not start")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let ran = run(&[&shop], &["--limit", "call-time=10s"])?.ended_with_any(&[0])?;
    ensure!(ran.outcomes("customer", "right", "success")? == 20, "{}", ran.counts("customer")?);
    Ok(())
}
