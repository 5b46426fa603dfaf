//! The values of secret settings are in nothing that a run leaves behind.

use anyhow::{Result, ensure};
use serde_json::json;
use throng_e2e::documents::document;
use throng_e2e::errors::check_refused;
use throng_kit::{TargetProcess, Throng, tempdir};

const SECRET: &str = "open-sesame-4711";

#[test]
fn they_are_in_no_report_export_or_summary() -> Result<()> {
    let (folder, target) = (tempdir()?, TargetProcess::start::<&str>(&[])?);
    let request = json!({ "url": target.url(), "request": { "path": "/", "headers": { "authorization": "{setting:password}" } } });
    let steps = json!([
        { "name": "login", "start": true, "http": request },
        // A failure's message that has it.
        { "name": "denied", "after": "login", "assert": { "rules": [format!("body contains \"{SECRET}\"")] } },
    ]);
    let settings = json!({ "minions": 3, "profile": "immediate", "settings": [{ "name": "password", "secret": true, "required": true }] });
    folder.file("login.json", document(&[target.url()], &settings, &steps).to_string())?;
    let reports = "json=r.json,junit=r.xml,html=r.html,md=r.md,text=r.txt";
    let call = Throng::new().args(["run", "login.json", "--report", reports, "--export", "events=e.jsonl", "--live", "off", "-v"]);
    let finished = call.arg("-c").arg(format!("password={SECRET}")).folder(folder.path()).run()?.ended_with(1)?;
    let shows = |text: &str| text.contains(SECRET);
    ensure!(!shows(&finished.stdout) && !shows(&finished.stderr), "{}{}", finished.stdout, finished.stderr);
    for name in ["r.json", "r.xml", "r.html", "r.md", "r.txt", "e.jsonl"] {
        let text = std::fs::read_to_string(folder.path().join(name))?;
        ensure!(text.contains("***") && !shows(&text), "{name}: {text}");
    }
    let short = Throng::new().args(["run", "login.json", "-c", "password=abc"]).folder(folder.path()).run()?;
    check_refused(short, &["`password` is secret", "fewer than 4 characters"])
}
