//! What is shown while a campaign runs, where nobody looks at a terminal.

use anyhow::{Result, ensure};
use serde_json::json;
use throng_kit::{Throng, tempdir};

/// Six seconds of minions that wait longer than a rule allows.
#[test]
fn a_log_has_plain_lines_and_tells_a_broken_rule_once() -> Result<()> {
    let folder = tempdir()?;
    let document = json!({ "throng": "0.1", "scenarios": [{
        "name": "long", "minions": 60, "profile": "regular(100ms, 1)",
        "rules": ["p50(response, step:wait) < 1ms", "errors(step:wait) == 0"],
        "steps": [{ "name": "wait", "start": true, "delay": "5ms" }]
    }] });
    let file = folder.file("scenario.json", document.to_string())?;
    let finished =
        Throng::new().arg("run").arg(file).args(["--start-offset", "10ms", "--summary", "off"]).run()?.ended_with_any(&[1, 4])?;
    let stderr = &finished.stderr;
    let broken: Vec<_> = stderr.lines().filter(|line| line.contains("is broken")).collect();
    ensure!(matches!(broken[..], [line] if line.contains("rule `p50(response, step:wait) < 1ms` is broken: was ")), "{stderr}");
    let progress: Vec<_> = stderr.lines().filter(|line| line.contains(": started ")).collect();
    ensure!(
        !progress.is_empty() && progress.iter().all(|line| line.contains("/60, running ") && line.contains("1 of 2 rules broken")),
        "{stderr}"
    );
    ensure!(!stderr.contains('\u{1b}') && !finished.stdout.contains('\u{1b}'), "escape codes in a log: {stderr:?}");
    Ok(())
}

/// Asked for without a terminal, the live view gives way to plain lines.
#[test]
fn a_view_without_a_terminal_is_plain_lines() -> Result<()> {
    let folder = tempdir()?;
    let document = json!({ "throng": "0.1", "scenarios": [{
        "name": "short", "minions": 3, "steps": [{ "name": "once", "start": true, "returns": 7 }]
    }] });
    let file = folder.file("scenario.json", document.to_string())?;
    let finished = Throng::new().arg("run").arg(file).args(["--start-offset", "10ms", "--live", "on"]).run()?.ended_with(0)?;
    ensure!(!finished.stderr.contains('\u{1b}') && !finished.stdout.contains('\u{1b}'), "{:?}", finished.stderr);
    ensure!(finished.stdout.starts_with("✓ successful"), "{}", finished.stdout);
    Ok(())
}
