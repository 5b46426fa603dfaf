//! `throng campaigns start`: uploads what a campaign needs, and starts it.

use std::path::{Path, PathBuf};

use http::header;
use serde_json::{Map, Value as Json, json};
use throng_campaign::PluginLock;
use throng_guest::Limits;
use throng_measure::PluginFacts;
use throng_model::{CampaignFormat, parse_campaign};

use super::watch::watch;
use crate::arguments::{ScheduleArguments, StartArguments};
use crate::client::{Client, fetch, one_header};
use crate::commands::campaign_file::{keep_lock, read_lock};
use crate::commands::push::{upload, upload_bytes};
use crate::engine::{in_file, print};
use crate::exit::{Exit, Failure};
use crate::plugin_store::as_url;

/// Starts a campaign, or checks it.
pub(super) async fn start(arguments: &StartArguments) -> Result<Exit, Failure> {
    let client = Client::new(&arguments.remote)?;
    let (mut campaign, folder) = document(arguments)?;
    // Before the files, which may use them.
    upload_plugins(&client, &mut campaign, &folder, arguments).await?;
    upload_files(&client, &mut campaign, &folder).await?;
    add(&mut campaign, "settings", &arguments.settings);
    add(&mut campaign, "tags", &arguments.tags);
    add_schedule(&mut campaign, &arguments.schedule);
    if let Some(key) = &arguments.key {
        campaign.insert("key".to_owned(), key.as_str().into());
    }
    let path = if arguments.dry_run { "/campaigns?dry-run" } else { "/campaigns" };
    let headers = one_header(header::CONTENT_TYPE, "application/json");
    let answer = client.post(path, headers, Json::Object(campaign).to_string()).await?.json().await?;
    if arguments.dry_run {
        print(&format!("{answer:#}\n"));
        return Ok(Exit::Good);
    }
    let key = answer.get("key").and_then(Json::as_str).ok_or_else(|| Failure::engine("the engine's answer has no key"))?;
    print(&format!("{key}\n"));
    told(&answer);
    if arguments.watch { watch(&client, key).await } else { Ok(Exit::Good) }
}

/// The campaign document that is given, or one that names the files; and where its paths begin.
fn document(arguments: &StartArguments) -> Result<(Map<String, Json>, PathBuf), Failure> {
    for name in &arguments.files {
        let file = Path::new(name);
        // What cannot be read as text is a component, or a name.
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        let Some(format) = CampaignFormat::of(file, &text) else { continue };
        if arguments.files.len() > 1 {
            return Err(in_file(file, &"a campaign document names its files itself; give it alone"));
        }
        let document = parse_campaign(&text, format).map_err(|error| in_file(file, &error))?;
        let Ok(Json::Object(mut document)) = serde_json::to_value(document) else { return Err(Failure::engine("a campaign is no object")) };
        document.retain(|_, value| !value.is_null());
        return Ok((document, file.parent().map(Path::to_path_buf).unwrap_or_default()));
    }
    let document = json!({ "throng": throng_model::DOCUMENT_VERSION, "files": arguments.files });
    Ok((document.as_object().cloned().unwrap_or_default(), PathBuf::new()))
}

/// Step plugins that are here, or at a URL, are uploaded, and named by their digests; those that the document names are locked beside it.
async fn upload_plugins(
    client: &Client,
    campaign: &mut Map<String, Json>,
    folder: &Path,
    arguments: &StartArguments,
) -> Result<(), Failure> {
    let named: Vec<String> = campaign.get("plugins").and_then(|plugins| serde_json::from_value(plugins.clone()).ok()).unwrap_or_default();
    let mode = arguments.lock.mode();
    let lock = if named.is_empty() { PluginLock::default() } else { read_lock(folder)? };
    let (mut plugins, mut found) = (Vec::new(), Vec::new());
    for name in &named {
        let record = upload_plugin(client, &folder.join(name), name).await?;
        let text = |key: &str| record.as_ref().and_then(|record| record.get(key)).and_then(Json::as_str).map(str::to_owned);
        if let (Some(own), Some(version), Some(digest)) = (text("name"), text("version"), text("digest")) {
            found.push((name.clone(), PluginFacts { name: own, version, digest }));
        }
        plugins.push(text("digest").unwrap_or_else(|| name.clone()));
    }
    keep_lock(&lock, folder, &found, mode)?;
    for name in &arguments.plugins {
        let record = upload_plugin(client, Path::new(name), name).await?;
        let digest = record.as_ref().and_then(|record| record.get("digest")).and_then(Json::as_str);
        plugins.push(digest.unwrap_or(name).to_owned());
    }
    if !plugins.is_empty() {
        campaign.insert("plugins".to_owned(), plugins.into());
    }
    Ok(())
}

/// The record of a plugin that was uploaded; none for a name that the engine knows.
async fn upload_plugin(client: &Client, file: &Path, name: &str) -> Result<Option<Json>, Failure> {
    if as_url(Path::new(name)).is_some() {
        let bytes = fetch(name, Limits::default().component_bytes).await?;
        return upload_bytes(client, Path::new(name), bytes, "").await.map(Some);
    }
    if file.is_file() {
        return upload(client, file, "").await.map(Some);
    }
    if file.extension().is_some_and(|extension| extension == "wasm") {
        return Err(Failure::bad_input(format!("`{}`: there is no such file", file.display())));
    }
    Ok(None)
}

/// Files that are here are uploaded, and named by their digests; what is not here is a name that the engine knows.
async fn upload_files(client: &Client, campaign: &mut Map<String, Json>, folder: &Path) -> Result<(), Failure> {
    let Some(files) = campaign.get_mut("files").and_then(Json::as_array_mut) else { return Ok(()) };
    for name in files.iter_mut() {
        let file = folder.join(name.as_str().unwrap_or_default());
        if file.is_file() {
            let record = upload(client, &file, "").await?;
            *name = record.get("digest").cloned().ok_or_else(|| Failure::engine("the engine's answer has no digest"))?;
        } else if file.extension().is_some_and(|extension| extension == "wasm" || extension == "json") {
            return Err(Failure::bad_input(format!("`{}`: there is no such file", file.display())));
        }
    }
    Ok(())
}

/// Tells when a campaign starts that waits for its time.
pub(super) fn told(record: &Json) {
    if let Some(next) = record.get("next").and_then(Json::as_str) {
        eprintln!("it starts at {next}");
    }
}

/// What is said here takes the place of the document's schedule; a time zone alone is that of its times.
pub(super) fn add_schedule(campaign: &mut Map<String, Json>, said: &ScheduleArguments) {
    let times = [("at", &said.at), ("cron", &said.cron), ("time-zone", &said.time_zone)];
    let times = times.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.clone()?.into())));
    let times: Map<String, Json> = times.collect();
    if times.is_empty() {
        return;
    }
    if said.at.is_some() || said.cron.is_some() {
        campaign.remove("schedule");
    }
    let schedule = campaign.entry("schedule").or_insert_with(|| Json::Object(Map::new()));
    if let Some(schedule) = schedule.as_object_mut() {
        schedule.extend(times);
    }
}

pub(super) fn add(campaign: &mut Map<String, Json>, key: &str, pairs: &[(String, String)]) {
    if pairs.is_empty() {
        return;
    }
    let object = campaign.entry(key).or_insert_with(|| Json::Object(Map::new()));
    if let Some(object) = object.as_object_mut() {
        object.extend(pairs.iter().map(|(key, value)| (key.clone(), value.as_str().into())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_here_wins_over_the_document() {
        let mut campaign = json!({ "settings": { "a": "1", "b": "2" } }).as_object().cloned().expect("an object");
        add(&mut campaign, "settings", &[("b".to_owned(), "3".to_owned())]);
        add(&mut campaign, "tags", &[]);
        assert_eq!(Json::Object(campaign), json!({ "settings": { "a": "1", "b": "3" } }));
    }

    #[test]
    fn a_schedule_takes_the_place_of_the_documents() {
        let with = |document: Json, said: [Option<&str>; 3]| {
            let [at, cron, time_zone] = said.map(|text| text.map(str::to_owned));
            let mut campaign = document.as_object().cloned().expect("an object");
            add_schedule(&mut campaign, &ScheduleArguments { at, cron, time_zone });
            Json::Object(campaign)
        };
        let document = || json!({ "schedule": { "at": "2026-12-01T08:00", "time-zone": "Europe/Vienna" } });
        assert_eq!(with(document(), [None; 3]), document());
        assert_eq!(with(document(), [None, Some("0 2 * * *"), None]), json!({ "schedule": { "cron": "0 2 * * *" } }));
        assert_eq!(
            with(document(), [None, None, Some("Asia/Tokyo")]),
            json!({ "schedule": { "at": "2026-12-01T08:00", "time-zone": "Asia/Tokyo" } })
        );
    }
}
