//! `throng push`: uploads files to an engine.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value as Json;
use throng_plugin_api::Clock;
use tokio::runtime::Builder;

use crate::arguments::PushArguments;
use crate::client::{Client, encoded};
use crate::engine::{is_step_plugin, print};
use crate::exit::{Exit, Failure};

/// How often a compilation is asked after.
const ASK: Duration = Duration::from_millis(500);

/// Uploads every file and says what the engine makes of it.
pub(crate) fn push(arguments: &PushArguments) -> Result<Exit, Failure> {
    if arguments.files.len() > 1 && (arguments.name.is_some() || arguments.version.is_some()) {
        return Err(Failure::bad_input("--name and --version are for one file; push the others by themselves"));
    }
    let client = Client::new(&arguments.remote)?;
    let runtime = Builder::new_current_thread().enable_all().build().map_err(Failure::engine)?;
    runtime.block_on(async {
        // A scenario may use what a plugin beside it brings.
        let (plugins, others): (Vec<_>, Vec<_>) = arguments.files.iter().partition(|file| is_step_plugin(file));
        for file in plugins.into_iter().chain(others) {
            let record = upload(&client, file, &query(arguments)).await?;
            print(&told(&record));
        }
        Ok(Exit::Good)
    })
}

fn query(arguments: &PushArguments) -> String {
    let tags: Vec<_> = arguments.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let parts = [("name", arguments.name.clone()), ("version", arguments.version.clone()), ("tags", Some(tags.join(",")))];
    let parts = parts
        .into_iter()
        .filter_map(|(name, value)| value.filter(|value| !value.is_empty()).map(|value| format!("&{name}={}", encoded(&value))));
    parts.collect()
}

/// Uploads a file and waits until the engine has compiled it: the component's record.
pub(super) async fn upload(client: &Client, file: &Path, query: &str) -> Result<Json, Failure> {
    let bytes = std::fs::read(file).map_err(|error| Failure::bad_input(format!("`{}`: {error}", file.display())))?;
    upload_bytes(client, file, bytes, query).await
}

/// The same for what has been read already.
pub(super) async fn upload_bytes(client: &Client, file: &Path, bytes: impl Into<Bytes>, query: &str) -> Result<Json, Failure> {
    let in_file = |failure: Failure| Failure { message: format!("`{}`: {}", file.display(), failure.message), ..failure };
    let answer = client.post_file(&format!("/components?wait=2s{query}"), bytes).await.map_err(in_file)?;
    if answer.status != StatusCode::ACCEPTED {
        return answer.json().await;
    }
    let mut compilation = answer.json().await?;
    let clock = Clock::system();
    let begun = clock.now();
    eprintln!("`{}` is being compiled, once for all", file.display());
    loop {
        let word = |key: &str| compilation.get(key).and_then(Json::as_str).unwrap_or_default();
        match word("stage") {
            "done" => return compilation.get("component").cloned().ok_or_else(|| Failure::engine("the engine's answer has no component")),
            "refused" => {
                let detail = compilation.pointer("/problem/detail").and_then(Json::as_str).unwrap_or("the engine does not say why");
                return Err(in_file(Failure::bad_input(detail)));
            }
            stage => {
                let seconds = clock.now().since(begun) / 1_000_000_000;
                tracing::info!("{}: {stage} for {seconds} s", file.display());
            }
        }
        let path = format!("/compilations/{}", encoded(word("digest")));
        clock.sleep_until(clock.now() + ASK).await;
        compilation = client.get(&path).await?.json().await?;
    }
}

/// `checkout@1.4.0 3f2a… scenarios: checkout`, or the step kinds of a plugin.
fn told(record: &Json) -> String {
    let text = |key: &str| record.get(key).and_then(Json::as_str).unwrap_or_default();
    let version = record.get("version").and_then(Json::as_str).map(|version| format!("@{version}")).unwrap_or_default();
    let list = |key: &str| {
        let items = record.get(key).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        items.collect::<Vec<_>>().join(", ")
    };
    let targets = Some(list("targets")).filter(|targets| !targets.is_empty()).map(|targets| format!("; talks to {targets}"));
    let (what, names) =
        if text("kind").ends_with("-plugin") { ("step kinds", list("step-kinds")) } else { ("scenarios", list("scenarios")) };
    format!("{}{version}  {}\n  {what}: {names}{}\n", text("name"), text("digest"), targets.unwrap_or_default())
}
