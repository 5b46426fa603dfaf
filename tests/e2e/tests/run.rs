//! `throng run` with plain documents: they reach the declared targets, and nothing else.

use anyhow::{Result, ensure};
use serde_json::json;
use throng_e2e::documents::{document, get};
use throng_e2e::errors::check_refused;
use throng_kit::{Finished, TargetProcess, Throng, free_port, tempdir};

fn run(document: &serde_json::Value) -> Result<Finished> {
    let folder = tempdir()?;
    let file = folder.file("scenario.json", document.to_string())?;
    Throng::new().arg("run").arg(file).run()
}

#[test]
fn every_minion_visits_once() -> Result<()> {
    let target = TargetProcess::start::<&str>(&[])?;
    run(&get(target.url(), "/items", &[target.url()], 20))?.ended_with(0)?;
    let stats = target.stats()?;
    ensure!(stats["requests"] == 20, "the target has seen {stats}");
    Ok(())
}

#[test]
fn a_target_that_is_not_declared_is_refused() -> Result<()> {
    let target = TargetProcess::start::<&str>(&[])?;
    let authority = target.url().trim_start_matches("http://");
    for declared in [vec![], vec!["http://127.0.0.1:1"], vec!["https://shop.example"]] {
        check_refused(run(&get(target.url(), "/", &declared, 1))?, &["targets", authority])?;
    }
    let stats = target.stats()?;
    ensure!(stats["requests"] == 0, "something was sent: {stats}");
    Ok(())
}

#[test]
fn the_default_of_a_plugin_is_refused_as_well() -> Result<()> {
    let settings = json!({ "defaults": { "http": { "url": "http://127.0.0.1:1" } } });
    let steps = json!([{ "name": "get", "start": true, "http": { "request": { "path": "/" } } }]);
    check_refused(run(&document(&[], &settings, &steps))?, &["targets", "127.0.0.1:1"])
}

#[test]
fn nobody_there_is_a_failure() -> Result<()> {
    let url = format!("http://127.0.0.1:{}", free_port()?);
    run(&get(&url, "/", &[&url], 3))?.ended_with(1)?;
    Ok(())
}
