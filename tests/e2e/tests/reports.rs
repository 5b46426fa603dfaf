//! `--report` in each form, `throng compare`, and the schema of the JSON report.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::documents::{document, idle};
use throng_e2e::errors::check_refused;
use throng_e2e::schema::check_fits;
use throng_kit::{Finished, TargetProcess, Throng, tempdir};

/// A text that no answer contains, and that no form may take for its own.
const HOSTILE: &str = "<script>alert(1)</script> ]]> & \u{7} 名前 🎉";

/// Ten minions get a path; what they check is told with its text when it does not hold.
fn checked(target: &TargetProcess, rules: &[&str]) -> Json {
    let steps = json!([
        { "name": "get", "start": true, "http": { "url": target.url(), "request": { "path": "/" } } },
        { "name": "right", "after": "get", "assert": { "rules": rules } }
    ]);
    document(&[target.url()], &json!({ "minions": 10 }), &steps)
}

fn run(folder: &Path, document: &Json, reports: &[&str]) -> Result<Finished> {
    let file = folder.join("scenario.json");
    std::fs::write(&file, document.to_string())?;
    let reports = reports.iter().flat_map(|report| ["--report", report]);
    Throng::new().arg("run").arg(file).args(["--start-offset", "10ms", "--key", "mine"]).args(reports).folder(folder).run()
}

fn read(folder: &Path, name: &str) -> Result<String> {
    std::fs::read_to_string(folder.join(name)).with_context(|| format!("no `{name}`"))
}

#[test]
fn every_form_is_written_and_foreign_text_stays_text() -> Result<()> {
    let target = TargetProcess::start::<&str>(&[])?;
    let folder = tempdir()?;
    let failing = checked(&target, &["status == 200", &format!("body contains {}", Json::from(HOSTILE))]);
    run(folder.path(), &failing, &["junit=r.xml,html=r.html", "md=r.md", "text=r.txt,json=r.json"])?.ended_with(1)?;
    let mut names: Vec<_> = std::fs::read_dir(folder.path())?.map(|file| file.map(|file| file.file_name())).collect::<Result<_, _>>()?;
    names.sort();
    ensure!(names == ["r.html", "r.json", "r.md", "r.txt", "r.xml", "scenario.json"], "{names:?}");
    let [xml, html, md, text, json] = ["r.xml", "r.html", "r.md", "r.txt", "r.json"].map(|name| read(folder.path(), name));
    let (xml, html, md, text, json) = (xml?, html?, md?, text?, json?);
    ensure!(
        xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
            && xml.contains("<testsuite name=\"visit\" tests=\"3\" failures=\"2\""),
        "{xml}"
    );
    ensure!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n") && html.matches("<svg").count() >= 3, "{html}");
    ensure!(md.starts_with("## ✗ failed: mine\n") && text.starts_with("✗ failed  mine\n"), "{md}{text}");
    for (name, form) in [("xml", &xml), ("html", &html), ("md", &md), ("text", &text), ("json", &json)] {
        ensure!(form.contains("名前 🎉") && !form.contains('\u{7}'), "{name}: {form}");
    }
    for form in [&xml, &html] {
        ensure!(!form.contains("<script") && !form.contains("]]>"), "{form}");
    }
    Ok(())
}

#[test]
fn a_success_is_one_in_every_form() -> Result<()> {
    let target = TargetProcess::start::<&str>(&[])?;
    let folder = tempdir()?;
    run(folder.path(), &checked(&target, &["status == 200"]), &["junit=r.xml,html=r.html,md=r.md"])?.ended_with(0)?;
    let (xml, html, md) = (read(folder.path(), "r.xml")?, read(folder.path(), "r.html")?, read(folder.path(), "r.md")?);
    ensure!(xml.contains("tests=\"3\" failures=\"0\" errors=\"0\" skipped=\"0\""), "{xml}");
    ensure!(html.contains("✓ successful") && md.starts_with("## ✓ successful: mine\n"), "{html}{md}");
    Ok(())
}

#[test]
fn an_aborted_run_is_an_error_and_no_failure() -> Result<()> {
    let folder = tempdir()?;
    let file = folder.file("endless.json", idle(1_000_000, "regular(50ms, 1)").to_string())?;
    let report = format!("junit={}", folder.path().join("r.xml").display());
    Throng::new().arg("run").arg(file).args(["--hard-timeout", "300ms", "--report", &report]).run()?.ended_with_any(&[3, 4])?;
    let xml = read(folder.path(), "r.xml")?;
    ensure!(xml.contains("failures=\"0\"") && xml.contains("<error type=\"aborted\" message=\"the hard timeout"), "{xml}");
    Ok(())
}

#[test]
fn reports_that_cannot_be_written_are_refused_before_anything_runs() -> Result<()> {
    let target = TargetProcess::start::<&str>(&[])?;
    let folder = tempdir()?;
    let document = checked(&target, &["status == 200"]);
    check_refused(run(folder.path(), &document, &["pdf=r.pdf"])?, &["`pdf`", "junit", "html", "json", "md", "text"])?;
    check_refused(run(folder.path(), &document, &["html="])?, &["FORMAT=FILE"])?;
    check_refused(run(folder.path(), &document, &["html=r.html,junit=r.html"])?, &["r.html", "twice"])?;
    check_refused(run(folder.path(), &document, &["html=r.html,junit=nowhere/r.xml"])?, &["nowhere/r.xml", "folder"])?;
    ensure!(target.stats()?["requests"] == 0, "something was sent: {}", target.stats()?);
    Ok(())
}

#[test]
fn the_schema_accepts_a_report() -> Result<()> {
    let target = TargetProcess::start::<&str>(&[])?;
    let folder = tempdir()?;
    run(folder.path(), &checked(&target, &["status == 201"]), &["json=r.json"])?.ended_with(1)?;
    let schema: Json = serde_json::from_str(&Throng::new().args(["schema", "report"]).run()?.ended_with(0)?.stdout)?;
    let mut report: Json = serde_json::from_str(&read(folder.path(), "r.json")?)?;
    check_fits(&schema, &report)?;
    report["surprise"] = 1.into();
    ensure!(check_fits(&schema, &report).is_err(), "the schema accepts an unknown key");
    Ok(())
}

/// Runs of the same scenario: one that went well, one in which every check failed.
fn two_reports(folder: &Path) -> Result<[PathBuf; 2]> {
    let target = TargetProcess::start::<&str>(&[])?;
    run(folder, &checked(&target, &["status == 200"]), &["json=good.json"])?.ended_with(0)?;
    run(folder, &checked(&target, &["status == 201"]), &["json=bad.json"])?.ended_with(1)?;
    Ok(["good.json", "bad.json"].map(|name| folder.join(name)))
}

fn compare<P: AsRef<Path>>(before: P, after: P, options: &[&str]) -> Result<Finished> {
    Throng::new().arg("compare").arg(before.as_ref()).arg(after.as_ref()).args(options).run()
}

#[test]
fn what_has_become_worse_fails_the_comparison() -> Result<()> {
    let folder = tempdir()?;
    let [good, bad] = two_reports(folder.path())?;
    let md = folder.path().join("comparison.md");
    let worse = compare(&good, &bad, &["--fail-above", "10%", "--md", &md.to_string_lossy()])?.ended_with(1)?;
    ensure!(worse.stdout.starts_with('✗') && worse.stdout.contains("from none"), "{}", worse.stdout);
    let written = read(folder.path(), "comparison.md")?;
    ensure!(written.starts_with("## ✗ ") && written.contains("| failures |"), "{written}");
    let same = compare(&bad, &bad, &[])?.ended_with(0)?;
    ensure!(same.stdout.starts_with("✓ not worse by more than 10 %\n"), "{}", same.stdout);
    Ok(())
}

#[test]
fn what_cannot_be_compared_is_refused() -> Result<()> {
    let folder = tempdir()?;
    let [good, bad] = two_reports(folder.path())?;
    let newer = folder.file("newer.json", read(folder.path(), "good.json")?.replacen("\"0.1\"", "\"7.0\"", 1))?;
    let other = folder.file("other.json", "{}")?;
    check_refused(compare(&good, &newer, &[])?, &["newer.json", "7.0", "0.1"])?;
    check_refused(compare(&other, &good, &[])?, &["other.json", "json=FILE"])?;
    check_refused(compare(&good, &folder.path().join("nothing.json"), &[])?, &["nothing.json"])?;
    check_refused(compare(&good, &bad, &["--fail-above", "lots"])?, &["percentage"])?;
    check_refused(compare(&good, &bad, &["--md", "nowhere/c.md"])?, &["nowhere/c.md", "folder"])
}
