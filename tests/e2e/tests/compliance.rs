//! What every plugin promises, whichever it is: the list of them is the program's own.
//!
//! A plugin that is added is checked here without a change: its options are refused when they are unknown, they are in the published
//! schema, described with their default, and in the plugin's page of the documentation.

#![allow(clippy::indexing_slicing, reason = "a JSON value that is indexed with what it has not is null")]

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value as Json, json};
use throng_e2e::documents::document;
use throng_kit::{Throng, tempdir};

/// All plugins, as `throng inspect --plugins --json` shows them.
fn plugins() -> Result<Vec<Json>> {
    let shown: Json = serde_json::from_str(&Throng::new().args(["inspect", "--plugins", "--json"]).run()?.ended_with(0)?.stdout)?;
    let plugins = shown["plugins"].as_array().context("no plugins")?.clone();
    ensure!(plugins.len() >= 2, "not even HTTP and files are there: {shown}");
    Ok(plugins)
}

fn list<'a>(json: &'a Json, key: &str) -> &'a [Json] {
    json[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(json: &'a Json, key: &str) -> &'a str {
    json[key].as_str().unwrap_or_default()
}

/// Calls with each kind, its plugin's name before it, and tells all that is wrong at once.
fn for_each_kind(key: &str, check: impl Fn(&str, &Json) -> Result<Vec<String>>) -> Result<()> {
    let mut wrong = Vec::new();
    for plugin in plugins()? {
        for kind in list(&plugin, key) {
            let found = check(text(&plugin, "name"), kind)?;
            wrong.extend(found.iter().map(|what| format!("{} of {}: {what}", text(kind, "name"), text(&plugin, "name"))));
        }
    }
    ensure!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

#[test]
fn kinds_and_options_are_described() -> Result<()> {
    let check = |_: &str, kind: &Json| {
        let nothing = if text(kind, "summary").is_empty() { vec!["it has no summary".to_owned()] } else { Vec::new() };
        let silent = list(kind, "options").iter().filter(|option| text(option, "description").is_empty());
        Ok(nothing.into_iter().chain(silent.map(|option| format!("`{}` is not described", text(option, "name")))).collect())
    };
    for_each_kind("kinds", check)?;
    for_each_kind("exporters", check)
}

#[test]
fn unknown_options_are_refused_with_the_nearest() -> Result<()> {
    let folder = tempdir()?;
    for_each_kind("kinds", |_, kind| {
        let names = list(kind, "options").iter().map(|option| text(option, "name")).filter(|name| !name.contains(['.', '[']));
        // The longest, so that what is wrong by one letter is nearest to it.
        let Some(name) = names.max_by_key(|name| name.len()) else { return Ok(Vec::new()) };
        let unknown = format!("{name}x");
        let mut step = json!({ "name": "step", "start": true });
        step[text(kind, "name")] = Json::Object(Map::from_iter([(unknown.clone(), json!(1))]));
        let file = folder.file("scenario.json", document(&[], &json!({ "minions": 1 }), &json!([step])).to_string())?;
        let finished = Throng::new().arg("validate").arg(file).run()?.ended_with(2)?;
        let wanted =
            [format!("there is no option `{unknown}`"), format!("did you mean `{name}`?"), format!("/{}/{unknown}", text(kind, "name"))];
        let missing = wanted.iter().filter(|part| !finished.stderr.contains(part.as_str()));
        Ok(missing.map(|part| format!("no `{part}` in:\n{}", finished.stderr)).collect())
    })
}

#[test]
fn schemas_are_published() -> Result<()> {
    let schema: Json = serde_json::from_str(&Throng::new().args(["schema", "scenario"]).run()?.ended_with(0)?.stdout)?;
    for_each_kind("kinds", |_, kind| {
        let published = schema.pointer("/$defs/StepDocument/properties").and_then(|kinds| kinds.get(text(kind, "name")));
        Ok(if published.is_none() { vec!["`throng schema scenario` does not have it".to_owned()] } else { Vec::new() })
    })?;
    let schema: Json = serde_json::from_str(&Throng::new().args(["schema", "campaign"]).run()?.ended_with(0)?.stdout)?;
    for_each_kind("exporters", |_, exporter| {
        let published = schema.pointer("/$defs/ExporterDocument/properties").and_then(|kinds| kinds.get(text(exporter, "name")));
        Ok(if published.is_none() { vec!["`throng schema campaign` does not have it".to_owned()] } else { Vec::new() })
    })
}

/// A page of the documentation.
fn page(name: &str) -> Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(format!("{name}.md"));
    std::fs::read_to_string(&path).with_context(|| format!("no documentation: {}", path.display()))
}

/// What the pages say nothing of: the kind, an option, or what holds when an option is not said.
fn undocumented(pages: &str, kind: &Json) -> Vec<String> {
    let name = text(kind, "name");
    let mut wrong = Vec::new();
    if !pages.lines().any(|line| line.starts_with('#') && line.contains(&format!("`{name}`"))) {
        wrong.push(format!("no heading of the page names `{name}`"));
    }
    // The first two cells of each row of a table: what it is about, and the default.
    let rows: Vec<_> = pages.lines().filter_map(|line| line.strip_prefix('|')?.split_once('|')).collect();
    let options = list(kind, "options");
    for option in options {
        let path = text(option, "name").replace("[]", "");
        let leaf = path.rsplit('.').next().unwrap_or(&path);
        let is_inside = path.contains('.');
        let row_of = |written: &str| rows.iter().find(|(about, _)| about.contains(&format!("`{written}`")));
        let row = row_of(&path).or_else(|| row_of(leaf).filter(|_| is_inside));
        // What is inside of an option may be told beside it, or in an example.
        let is_told = is_inside && [format!("`{leaf}`"), format!("\"{leaf}\"")].iter().any(|written| pages.contains(written.as_str()));
        let is_group = options.iter().any(|other| text(other, "name").starts_with(&format!("{}.", text(option, "name"))));
        let has_rows_inside = rows.iter().any(|(about, _)| about.contains(&format!("`{path}.")));
        match row {
            None if is_told || has_rows_inside => {}
            None => wrong.push(format!("no table of the page has a row for `{path}`")),
            Some((_, rest)) => {
                let told = rest.split('|').next().is_some_and(|default| !default.trim().is_empty());
                if !told && option["required"] != true && option["default"].is_null() && !is_group {
                    wrong.push(format!("neither its description nor the page says what holds without `{path}`"));
                }
            }
        }
    }
    wrong
}

#[test]
fn kinds_and_options_are_documented() -> Result<()> {
    for_each_kind("kinds", |plugin, kind| Ok(undocumented(&page(plugin)?, kind)))?;
    for_each_kind("exporters", |plugin, exporter| {
        let own = page(plugin).unwrap_or_default();
        Ok(undocumented(&format!("{}\n{own}", page("exporters")?), exporter))
    })
}

#[test]
fn the_list_can_be_read_by_people() -> Result<()> {
    let shown = Throng::new().args(["inspect", "--plugins"]).run()?.ended_with(0)?.stdout;
    for part in ["plugin http\n", "\nhttp-poll\n", "timeouts.connect", "Default: `5s`.", "plugin files\n", "\nexporter file\n"] {
        ensure!(shown.contains(part), "no `{part}` in:\n{shown}");
    }
    let finished = Throng::new().args(["inspect", "--plugins", "--format", "mermaid"]).run()?;
    throng_e2e::errors::check_refused(finished, &["--format json"])?;
    throng_e2e::errors::check_refused(Throng::new().arg("inspect").run()?, &["<FILE>"])
}
