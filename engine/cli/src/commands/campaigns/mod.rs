//! `throng campaigns`: the campaigns of an engine elsewhere.

mod change;
mod list;
mod pace;
mod start;
mod watch;

use tokio::runtime::Builder;

use crate::arguments::{
    AbortArguments, CampaignsCommand, HoldArguments, RemoveArguments, ReportArguments, ResumeArguments, SpeedArguments,
};
use crate::client::{Client, encoded};
use crate::commands::report_files;
use crate::engine::print;
use crate::exit::{Exit, Failure};
use crate::style::Style;
use http::HeaderMap;
use serde_json::json;
use throng_campaign::report::{ReportFormat, from_json, summary};

/// Talks to the engine.
pub(crate) fn campaigns(command: &CampaignsCommand, style: Style) -> Result<Exit, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(Failure::engine)?;
    runtime.block_on(async {
        match command {
            CampaignsCommand::Start(arguments) => start::start(arguments).await,
            CampaignsCommand::Watch(arguments) => watch::watch(&Client::new(&arguments.remote)?, &arguments.key).await,
            CampaignsCommand::List(arguments) => list::list(arguments).await,
            CampaignsCommand::Change(arguments) => change::change(arguments).await,
            CampaignsCommand::Hold(HoldArguments { key, remote }) => pace::change(remote, key, &json!({ "held": true })).await,
            CampaignsCommand::Resume(ResumeArguments { key, remote }) => pace::change(remote, key, &json!({ "held": false })).await,
            CampaignsCommand::Speed(SpeedArguments { key, factor, remote }) => {
                pace::change(remote, key, &json!({ "speed": pace::speed(*factor)? })).await
            }
            CampaignsCommand::Abort(arguments) => abort(arguments).await,
            CampaignsCommand::Report(arguments) => report(arguments, style).await,
            CampaignsCommand::Remove(arguments) => remove(arguments).await,
        }
    })
}

async fn abort(arguments: &AbortArguments) -> Result<Exit, Failure> {
    let client = Client::new(&arguments.remote)?;
    let path = format!("/campaigns/{}/abort?hard={}", encoded(&arguments.key), arguments.hard);
    client.post(&path, HeaderMap::new(), Vec::new()).await?;
    Ok(Exit::Good)
}

async fn remove(arguments: &RemoveArguments) -> Result<Exit, Failure> {
    let client = Client::new(&arguments.remote)?;
    for key in &arguments.keys {
        client.delete(&format!("/campaigns/{}", encoded(key))).await?;
    }
    Ok(Exit::Good)
}

/// The summary, made here of the report, or the files, each as the engine renders it.
async fn report(arguments: &ReportArguments, style: Style) -> Result<Exit, Failure> {
    let client = Client::new(&arguments.remote)?;
    let path = |extension: &str| format!("/campaigns/{}/report.{extension}", encoded(&arguments.key));
    report_files::check(&arguments.report)?;
    if arguments.report.is_empty() {
        let text = client.get(&path("json")).await?.text().await?;
        print(&summary(&from_json(&text).map_err(Failure::engine)?, style.of_report()));
    }
    for file in &arguments.report {
        let extension = match file.format {
            ReportFormat::Junit => "xml",
            ReportFormat::Html => "html",
            ReportFormat::Json => "json",
            ReportFormat::Markdown => "md",
            ReportFormat::Text => "txt",
        };
        let text = client.get(&path(extension)).await?.text().await?;
        report_files::write(&file.path, &text)?;
    }
    Ok(Exit::Good)
}
