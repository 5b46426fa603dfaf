//! `throng campaigns change`: another time, or other settings, for a campaign that waits for its time.

use serde_json::{Map, Value as Json};

use super::start::{add, add_schedule, told};
use crate::arguments::ChangeArguments;
use crate::client::{Client, encoded};
use crate::exit::{Exit, Failure};

/// Sends what changes, and tells when the campaign starts now.
pub(super) async fn change(arguments: &ChangeArguments) -> Result<Exit, Failure> {
    let mut changes = Map::new();
    add(&mut changes, "settings", &arguments.settings);
    add(&mut changes, "tags", &arguments.tags);
    add_schedule(&mut changes, &arguments.schedule);
    if changes.is_empty() {
        return Err(Failure::bad_input("nothing is to be changed; say `--at`, `--cron`, `--time-zone`, `-c` or `--tag`"));
    }
    let path = format!("/campaigns/{}", encoded(&arguments.key));
    let record = Client::new(&arguments.remote)?.patch(&path, Json::Object(changes).to_string()).await?.json().await?;
    told(&record);
    Ok(Exit::Good)
}
