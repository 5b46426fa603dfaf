//! The campaign document: which files are run together, and what is changed against their documents.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::DurationText;
use crate::document::{DocumentError, read_json};

/// One run of the scenarios of one or more files. What is left out is as the documents say.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CampaignDocument {
    /// The version of the format: `0.1`.
    pub throng: String,
    /// Components and scenario documents; paths are relative to this document.
    #[schemars(length(min = 1))]
    pub files: Vec<String>,
    /// The campaign's key; made from scenario and time by default.
    #[serde(default)]
    pub key: Option<String>,
    /// The scenarios that are run, by name, each with its changes; all of them, unchanged, by default.
    #[serde(default)]
    pub scenarios: BTreeMap<String, CampaignScenario>,
    /// Settings that the scenarios declare.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Scales the minions, stages and rates of every scenario.
    #[serde(default)]
    pub minions_factor: Option<f64>,
    /// Above 0 and at most 999; 1 by default.
    #[serde(default)]
    pub speed_factor: Option<f64>,
    /// From everything ready to the first start; 1 s by default.
    #[serde(default)]
    pub start_offset: Option<DurationText>,
    /// Samples of this time from the start are kept apart; none by default.
    #[serde(default)]
    pub warm_up: Option<DurationText>,
    /// No new starts after it; running minions end.
    #[serde(default)]
    pub soft_timeout: Option<DurationText>,
    /// Everything is cancelled after it; 1 h by default.
    #[serde(default)]
    pub hard_timeout: Option<DurationText>,
    /// Of all random draws.
    #[serde(default)]
    pub seed: Option<u64>,
    /// The label of where the engine runs.
    #[serde(default)]
    pub zone: Option<String>,
}

/// What a campaign changes of a scenario.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct CampaignScenario {
    /// How many; refused where the profile fixes the number.
    #[schemars(range(min = 1, max = 4294967295u32))]
    pub minions: Option<u64>,
    /// When they start: `regular(1s, 50)`, or the same as an object.
    #[schemars(schema_with = "crate::document::profile_schema")]
    pub profile: Option<Json>,
}

/// Whether JSON text looks like a campaign document rather than a scenario document: it names files.
pub fn is_campaign(json: &str) -> bool {
    serde_json::from_str::<Json>(json).is_ok_and(|json| json.get("files").is_some())
}

/// Reads a campaign document.
///
/// # Errors
/// It is too large, no JSON, or not of a campaign document's shape: the first such place.
pub fn parse_campaign(json: &str) -> Result<CampaignDocument, DocumentError> {
    read_json(json)
}

/// The schema of the campaign document: draft 2020-12.
pub fn campaign_schema() -> Json {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<CampaignDocument>().to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_campaign_is_told_from_a_scenario_document() {
        let json = r#"{"throng": "0.1", "files": ["a.wasm"], "scenarios": {"a": {"minions": 5}}, "soft-timeout": "5m"}"#;
        assert!(is_campaign(json) && !is_campaign(r#"{"throng": "0.1", "scenarios": []}"#) && !is_campaign("{"));
        let campaign = parse_campaign(json).expect("valid");
        assert_eq!((campaign.scenarios["a"].minions, campaign.soft_timeout.map(|limit| limit.0.as_secs())), (Some(5), Some(300)));
    }

    #[test]
    fn unknown_fields_are_refused_with_the_nearest() {
        let error = parse_campaign(r#"{"throng": "0.1", "files": [], "minion-factor": 2}"#).expect_err("unknown");
        assert_eq!(error.to_string(), "line 1, column 46: unknown field `minion-factor`; did you mean `minions-factor`?");
    }

    #[test]
    fn the_schema_knows_the_fields() {
        let schema = campaign_schema();
        for pointer in ["/properties/files", "/properties/soft-timeout", "/$defs/CampaignScenario/properties/profile"] {
            assert!(schema.pointer(pointer).is_some(), "{pointer}: {schema:#}");
        }
    }
}
