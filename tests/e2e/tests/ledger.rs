//! The ledger check: what was acknowledged under load against what is stored behind it.
#![allow(clippy::indexing_slicing, reason = "a JSON value that is indexed with what it has not is null")]

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::campaign::{Ran, run};
use throng_kit::tempdir;

const PAGE: &str = include_str!("../../../docs/ledger.md");

/// The page's example.
fn example() -> Result<Json> {
    let block = PAGE.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).context("an example")?;
    Ok(serde_json::from_str(block)?)
}

/// Runs it with a statement that spoils what is stored, between the load and the check.
fn spoiled_by(statement: Option<&str>) -> Result<Ran> {
    let folder = tempdir()?;
    folder.file("shop.db", "")?;
    let mut document = example()?;
    if let Some(statement) = statement {
        let steps = document.pointer_mut("/scenarios/0/steps").and_then(Json::as_array_mut).context("steps")?;
        for step in steps.iter_mut().filter(|step| step["name"] == "stored") {
            *step = json!({ "name": "stored", "after": "spoiled", "sql-search": step["sql-search"] });
        }
        steps.push(json!({ "name": "spoiled", "run": "after-load", "sql-save": { "statement": statement } }));
    }
    run(&[folder.file("scenario.json", document.to_string())?], &["--workers", "2"])
}

/// What a counter of the check has counted; those that counted nothing are left out of the report.
fn counts(ran: &Ran, class: &str) -> Result<u64> {
    let steps = ran.scenario("orders")?["steps"].as_array().context("steps")?;
    let check = steps.iter().find(|step| step["name"] == "check").context("the check")?;
    let mut meters = check["plugin_meters"].as_array().context("meters")?.iter();
    let meter = meters.find(|meter| meter["name"] == format!("ledger-{class}"));
    Ok(meter.and_then(|meter| meter["value"]["counter"].as_u64()).unwrap_or_default())
}

#[test]
fn the_pages_example_loses_nothing() -> Result<()> {
    let ran = spoiled_by(None)?.ended_with_any(&[0, 4])?;
    ensure!(counts(&ran, "matched")? == 100 && counts(&ran, "lost")? == 0, "{}", ran.report);
    Ok(())
}

#[test]
fn each_class_is_counted_with_an_example() -> Result<()> {
    let ran = spoiled_by(Some("delete from orders where id in ('o-3', 'o-4')"))?.ended_with_any(&[1, 4])?;
    ensure!(counts(&ran, "lost")? == 2 && counts(&ran, "matched")? == 98, "{}", ran.report);
    ensure!(ran.finished.stdout.contains("of 100 acknowledged keys 2 lost, such as `o-3`"), "{}", ran.finished.stdout);
    let ran = spoiled_by(Some("insert into orders select id, price from orders where id = 'o-7' union all values ('stray', 1.0)"))?;
    let ran = ran.ended_with_any(&[1, 4])?;
    ensure!(counts(&ran, "doubled")? == 1 && counts(&ran, "unacknowledged")? == 1, "{}", ran.report);
    ensure!(ran.finished.stdout.contains("1 doubled, such as `o-7`; 1 stored without acknowledgement"), "{}", ran.finished.stdout);
    let ran = spoiled_by(Some("update orders set price = 99 where id = 'o-9'"))?.ended_with_any(&[1, 4])?;
    ensure!(counts(&ran, "overwritten")? == 1, "{}", ran.report);
    let words = "1 overwritten, such as `o-9: acknowledged 12.5, stored 99.0`";
    ensure!(ran.finished.stdout.contains(words), "{}", ran.finished.stdout);
    Ok(())
}
