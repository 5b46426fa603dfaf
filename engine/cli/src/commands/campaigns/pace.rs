//! `throng campaigns hold`, `resume` and `speed`: how the plan of a campaign that goes on goes by.

use serde_json::Value as Json;
use throng_measure::Pace;

use crate::arguments::RemoteArguments;
use crate::client::{Client, encoded};
use crate::exit::{Exit, Failure};

/// Sends what changes.
pub(super) async fn change(remote: &RemoteArguments, key: &str, changes: &Json) -> Result<Exit, Failure> {
    Client::new(remote)?.patch(&format!("/campaigns/{}", encoded(key)), changes.to_string()).await?;
    Ok(Exit::Good)
}

/// The same factor, if a plan can go by at it.
pub(super) fn speed(factor: f64) -> Result<f64, Failure> {
    let unusable =
        || Failure::bad_input(format!("{factor} is no speed; it is from {} to {}, 1 is as planned", Pace::MIN_SPEED, Pace::MAX_SPEED));
    Some(factor).filter(|factor| Pace::is_speed(*factor)).ok_or_else(unusable)
}
