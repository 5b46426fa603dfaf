//! Campaign documents, as they are sent to an engine and run. Rules, durations, profiles and percentages are read with them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use throng_model::{CampaignFormat, parse_campaign, validate_campaign};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let format = if text.trim_start().starts_with('{') { CampaignFormat::Json } else { CampaignFormat::Toml };
    if let Ok(document) = parse_campaign(text, format)
        && let Err(faults) = validate_campaign(document)
    {
        drop(faults.to_string());
    }
});
