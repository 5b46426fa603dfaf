//! `throng run --watch`: runs again when a file has changed.

use anyhow::{Result, ensure};
use serde_json::json;
use throng_e2e::campaign::GOOD_OR_VOID;
use throng_kit::{Throng, tempdir};

fn document(name: &str) -> String {
    json!({ "throng": "0.1", "scenarios": [{ "name": name, "steps": [{ "name": "once", "start": true, "returns": 7 }] }] }).to_string()
}

#[test]
fn a_changed_document_runs_again() -> Result<()> {
    let folder = tempdir()?;
    let file = folder.file("scenario.json", document("first"))?;
    let mut started = Throng::new().arg("run").arg(&file).args(["--watch", "--start-offset", "10ms"]).start()?;
    started.error_text("first: 1 minion")?;
    started.error_text("run 1 ended")?;
    std::fs::write(&file, document("second"))?;
    started.error_text("changed: `")?;
    started.error_text("second: 1 minion")?;
    started.error_text("run 2 ended")?;
    // What is wrong is told, and the watch goes on.
    std::fs::write(&file, "{")?;
    started.error_text("error: `")?;
    started.error_text("run 3 ended")?;
    std::fs::write(&file, document("third"))?;
    started.error_text("run 4 ended")?;
    started.interrupt()?;
    let finished = started.finish()?.ended_with_any(&GOOD_OR_VOID)?;
    ensure!(["first", "second", "third"].iter().all(|name| finished.stdout.contains(name)), "{}", finished.stdout);
    Ok(())
}

#[test]
fn a_configuration_is_read_again() -> Result<()> {
    let folder = tempdir()?;
    let file = folder.file("scenario.json", document("visit"))?;
    let configuration = folder.file("throng.toml", "seed = 4711\n")?;
    let call = Throng::new().folder(folder.path()).args(["run", "--watch", "--start-offset", "10ms"]).arg(&file);
    let mut started = call.start()?;
    started.error_text("seed 4711;")?;
    started.error_text("run 1 ended")?;
    std::fs::write(&configuration, "seed = 4712\n")?;
    std::fs::write(&file, document("visit"))?;
    started.error_text("seed 4712;")?;
    started.error_text("run 2 ended")?;
    started.interrupt()?;
    started.finish()?.ended_with_any(&GOOD_OR_VOID)?;
    Ok(())
}
