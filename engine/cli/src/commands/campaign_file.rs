//! A campaign document in place of files: read as if the command line had said it; what the command line does say wins.

use std::path::Path;

use throng_campaign::overrides::Named;
use throng_model::{CampaignDocument, DurationText, Profile, is_campaign, parse_campaign};

use crate::arguments::RunArguments;
use crate::engine::in_file;
use crate::exit::Failure;

/// The arguments with what a campaign document says, if that is what the one file is.
pub(crate) fn expanded(arguments: &RunArguments) -> Result<RunArguments, Failure> {
    for file in &arguments.files {
        // What cannot be read as text is no document; whoever loads it says so.
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        if is_campaign(&text) {
            if arguments.files.len() > 1 {
                return Err(in_file(file, &"a campaign document names its files itself; give it alone"));
            }
            let campaign = parse_campaign(&text).map_err(|error| in_file(file, &error))?;
            return merged(arguments, campaign, file.parent().unwrap_or(Path::new(""))).map_err(|error| in_file(file, &error));
        }
    }
    Ok(arguments.clone())
}

fn merged(arguments: &RunArguments, campaign: CampaignDocument, folder: &Path) -> Result<RunArguments, String> {
    let mut merged = arguments.clone();
    if campaign.files.is_empty() {
        return Err("/files: it is empty; name at least one component or scenario document".to_owned());
    }
    merged.files = campaign.files.iter().map(|file| folder.join(file)).collect();
    let overrides = &mut merged.overrides;
    if overrides.scenario.is_empty() {
        overrides.scenario = campaign.scenarios.keys().cloned().collect();
    }
    let (mut minions, mut profiles) = (Vec::new(), Vec::new());
    for (name, changes) in campaign.scenarios {
        let profile = changes.profile.map(|json| Profile::from_json(&json));
        let profile = profile.transpose().map_err(|error| format!("/scenarios/{name}/profile: {error}"))?;
        minions.extend(changes.minions.map(|value| Named { scenario: Some(name.clone()), value }));
        profiles.extend(profile.map(|value| Named { scenario: Some(name), value }));
    }
    overrides.minions = before(minions, &overrides.minions);
    overrides.profile = before(profiles, &overrides.profile);
    overrides.minions_factor = overrides.minions_factor.or(campaign.minions_factor);
    overrides.speed = overrides.speed.or(campaign.speed_factor);
    overrides.seed = overrides.seed.or(campaign.seed);
    // The last value of a key holds.
    merged.settings.settings = campaign.settings.into_iter().chain(merged.settings.settings).collect();
    let time = |text: Option<DurationText>| text.map(|text| text.0);
    merged.timeout = merged.timeout.or(time(campaign.soft_timeout));
    merged.hard_timeout = merged.hard_timeout.or(time(campaign.hard_timeout));
    merged.start_offset = merged.start_offset.or(time(campaign.start_offset));
    merged.warm_up = merged.warm_up.or(time(campaign.warm_up));
    merged.key = merged.key.or(campaign.key);
    merged.zone = merged.zone.or(campaign.zone);
    Ok(merged)
}

/// What the document says, then what the command line says. One that is said for all there leaves nothing of the document's.
fn before<T: Clone>(document: Vec<Named<T>>, command_line: &[Named<T>]) -> Vec<Named<T>> {
    let kept = if command_line.iter().any(|named| named.scenario.is_none()) { Vec::new() } else { document };
    kept.into_iter().chain(command_line.iter().cloned()).collect()
}
