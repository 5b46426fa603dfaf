//! The campaign document: which files are run together, and what is changed against their documents.

mod check;
mod exporter;
mod parse;
mod setting;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::document::{KindSchema, MaxInFlightDocument, add_kinds};
use crate::{DurationText, Percentage, ScheduleDocument, SizeText};

pub use check::{Campaign, ScenarioChanges, check_changes, validate_campaign};
pub use exporter::{ExporterDocument, RecordKinds};
pub use parse::{CampaignFormat, parse_campaign};
pub use setting::SettingText;

/// One run of the scenarios of one or more files. What is left out is as the documents say.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a campaign")]
pub struct CampaignDocument {
    /// The version of the format: `0.1`.
    pub throng: String,
    /// Components and scenario documents; paths are relative to this document.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub files: Vec<String>,
    /// Step plugins, components whose kinds the scenarios use; paths are relative to this document.
    #[serde(default)]
    pub plugins: Vec<String>,
    /// The campaign's key; made from scenario and time by default.
    #[serde(default)]
    pub key: Option<String>,
    /// The scenarios that are run, by name, each with its changes; all of them, unchanged, by default.
    #[serde(default)]
    pub scenarios: BTreeMap<String, CampaignScenario>,
    /// Settings that the scenarios declare.
    #[serde(default)]
    pub settings: BTreeMap<String, SettingText>,
    /// Scales the minions, stages and rates of every scenario that says no `minions` here; above 0.
    #[serde(default)]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub minions_factor: Option<f64>,
    /// The speed factor, above 0 and at most 999; 1 by default.
    #[serde(default)]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 999))]
    pub speed: Option<f64>,
    /// From everything ready to the first start; 1 s by default.
    #[serde(default)]
    pub start_offset: Option<DurationText>,
    /// Samples of this time from the start are kept apart; none by default.
    #[serde(default)]
    pub warm_up: Option<DurationText>,
    /// No new starts after it; running minions end. None by default.
    #[serde(default)]
    pub soft_timeout: Option<DurationText>,
    /// Everything is cancelled after it; 1 h by default. Above 0, and not shorter than the soft one.
    #[serde(default)]
    pub hard_timeout: Option<DurationText>,
    /// Of all random draws.
    #[serde(default)]
    pub seed: Option<u64>,
    /// The label of where the engine runs.
    #[serde(default)]
    pub zone: Option<String>,
    /// Carried by the report.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// What must hold at the end, beside what the scenarios say.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Memory that the histograms may take at most, such as `512MiB`; 256 MiB by default.
    #[serde(default)]
    pub histogram_memory: Option<SizeText>,
    /// From where on the generator's own health bears on the verdict.
    #[serde(default)]
    pub health: CampaignHealth,
    /// Where meters and events go; nowhere by default.
    #[serde(default)]
    pub exporters: Vec<ExporterDocument>,
    /// When an engine that keeps running starts it; as soon as it is asked for by default. `throng run` runs it at once.
    #[serde(default)]
    pub schedule: Option<ScheduleDocument>,
}

/// What a campaign changes of a scenario.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "an object like {\"minions\": 500}")]
pub struct CampaignScenario {
    /// How many; refused where the profile fixes the number.
    #[schemars(range(min = 1, max = 4294967295u32))]
    pub minions: Option<u64>,
    /// When they start: `regular(1s, 50)`, or the same as an object.
    #[schemars(schema_with = "crate::document::profile_schema")]
    pub profile: Option<Json>,
    /// Minions that are under way at a time, at most.
    pub max_in_flight: Option<MaxInFlightDocument>,
    /// Which share of the minions each zone gets: 100% together.
    pub zones: Option<BTreeMap<String, Percentage>>,
    /// Settings that it declares; they win over those of the whole campaign.
    pub settings: BTreeMap<String, SettingText>,
}

/// From where on the generator's own health bears on the verdict.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "an object like {\"start-lag-warns\": \"2ms\"}")]
pub struct CampaignHealth {
    /// A start lag whose 99th percentile is above this warns; 1 ms by default.
    pub start_lag_warns: Option<DurationText>,
    /// A start lag whose 99th percentile is above this, and above the share of the response time, voids; 10 ms by default.
    pub start_lag_voids: Option<DurationText>,
    /// The share of the first step's median response that a start lag must exceed to void; 20% by default.
    pub share_of_response: Option<Percentage>,
    /// The share of planned starts below which a campaign warns; 99.9% by default.
    pub achieved_starts: Option<Percentage>,
    /// The share of planned starts below which a campaign is void, if the generator is the cause; 99% by default.
    pub achieved_starts_voids: Option<Percentage>,
    /// A worker's loop that stands still longer than this, where there is a schedule to miss, warns; 5 ms by default.
    pub stall_warns: Option<DurationText>,
    /// Stalls longer than this void, if they take more than their share of the run; 50 ms by default.
    pub stall_voids: Option<DurationText>,
    /// The share of the run that a worker may spend in stalls that void, never less than a second; 1% by default.
    pub stall_share: Option<Percentage>,
    /// A worker that uses more than this share of its processor, for `processor-for`, warns; 80% by default.
    pub processor_warns: Option<Percentage>,
    /// A worker that uses more than this share of its processor, for as long, voids if starts are late as well; 95% by default.
    pub processor_voids: Option<Percentage>,
    /// How long a worker must use its processor so much; 5 s by default.
    pub processor_for: Option<DurationText>,
    /// A share of the machine's processor time, taken away by its host, that warns; 10% by default.
    pub stolen_warns: Option<Percentage>,
    /// A share of the run in which the container's processor quota held the generator back that warns; 1% by default.
    pub throttled_warns: Option<Percentage>,
    /// A share of the memory that there is to use that warns; 80% by default.
    pub memory_warns: Option<Percentage>,
    /// A share of the file descriptors that the generator may open that warns; 80% by default.
    pub descriptors_warns: Option<Percentage>,
    /// A share of the local ports for connections to one address that warns; 80% by default.
    pub ports_warns: Option<Percentage>,
}

/// The schema of the campaign document: draft 2020-12, with these kinds of exporters.
pub fn campaign_schema(exporters: &[KindSchema]) -> Json {
    let mut root = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<CampaignDocument>().to_value();
    add_kinds(&mut root, "ExporterDocument", exporters.iter().cloned());
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_knows_the_fields() {
        let schema = campaign_schema(&[]);
        for pointer in [
            "/properties/files",
            "/properties/soft-timeout",
            "/properties/tags",
            "/$defs/CampaignScenario/properties/profile",
            "/$defs/CampaignScenario/properties/zones",
            "/$defs/CampaignHealth/properties/start-lag-warns",
        ] {
            assert!(schema.pointer(pointer).is_some(), "{pointer}: {schema:#}");
        }
        assert_eq!(schema.pointer("/properties/speed/maximum"), Some(&999.into()));
    }
}
