//! The keys of the configuration, as `throng.toml` writes them. Those that campaign documents have as well are written as there.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use throng_model::{
    CampaignDocument, CampaignHealth, CampaignScenario, DurationText, MaxInFlightDocument, Percentage, SettingText, SizeText,
};

use super::layer::{NOT_IN_PRESETS, PRESETS_ONLY};
use crate::arguments::{Color, Live, Switch};

/// What is set once for a project or a machine. What is left out is as without the file; the campaign document, the environment and the
/// command line win over it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table of options")]
pub(crate) struct ConfigDocument {
    /// Threads that run minions; one less than there are cores by default.
    #[schemars(range(min = 1, max = 1024))]
    pub(crate) workers: Option<u32>,
    /// The live view: `auto`, the default, is on where standard error is a terminal, else a plain line every 5 s.
    pub(crate) live: Option<Live>,
    /// The summary at the end; `on` by default.
    pub(crate) summary: Option<Switch>,
    /// Colour: `auto`, the default, is on where a terminal reads.
    pub(crate) color: Option<Color>,
    /// Report files, `FORMAT=FILE` each, with paths relative to this file; formats: junit, html, json, md, text.
    pub(crate) report: Option<Vec<String>>,
    /// Of all random draws; drawn from the clock by default.
    pub(crate) seed: Option<u64>,
    /// No new starts after it; running minions end. None by default.
    pub(crate) soft_timeout: Option<DurationText>,
    /// Everything is cancelled after it; 1 h by default. Above 0, and not shorter than the soft one.
    pub(crate) hard_timeout: Option<DurationText>,
    /// From everything ready to the first start; 1 s by default.
    pub(crate) start_offset: Option<DurationText>,
    /// Samples of this time from the start are kept apart; none by default.
    pub(crate) warm_up: Option<DurationText>,
    /// The label of where the engine runs.
    pub(crate) zone: Option<String>,
    /// What this engine is tagged with: a step that has one of these tags with another value belongs elsewhere, and is refused.
    pub(crate) engine_tags: BTreeMap<String, String>,
    /// Carried by the report.
    pub(crate) tags: BTreeMap<String, String>,
    /// What must hold at the end, beside what scenarios and campaign say.
    pub(crate) rules: Vec<String>,
    /// Memory that the histograms may take at most, such as `512MiB`; 256 MiB by default.
    pub(crate) histogram_memory: Option<SizeText>,
    /// From where on the generator's own health bears on the verdict.
    pub(crate) health: CampaignHealth,
    /// What a component may use, such as `call-time`.
    pub(crate) limits: BTreeMap<String, SettingText>,
    /// Settings for the scenarios that declare them; the others are left alone.
    pub(crate) settings: BTreeMap<String, SettingText>,
    /// What is changed of single scenarios, by name; those that are not run are left aside.
    pub(crate) scenarios: BTreeMap<String, ConfigScenario>,
    /// Minions of every scenario; refused where the profile fixes the number. Only in presets.
    #[schemars(range(min = 1, max = 4294967295u32))]
    pub(crate) minions: Option<u64>,
    /// Scales the minions, stages and rates of every scenario; above 0. Only in presets.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub(crate) minions_factor: Option<f64>,
    /// When the minions of every scenario start: `regular(1s, 50)`, or the same as an object. Only in presets.
    #[schemars(schema_with = "throng_model::profile_schema")]
    pub(crate) profile: Option<Json>,
    /// Minions of every scenario that are under way at a time, at most. Only in presets.
    pub(crate) max_in_flight: Option<MaxInFlightDocument>,
    /// The speed factor, above 0 and at most 999; 1 by default. Only in presets.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 999))]
    pub(crate) speed: Option<f64>,
    /// Only scenarios whose name matches one of these; `*` and `?` are wildcards. Only in presets.
    pub(crate) scenario: Option<Vec<String>>,
    /// Named sets of options, for `--preset NAME`: all of the above apart from `color`.
    pub(crate) presets: BTreeMap<String, ConfigDocument>,
}

/// What is changed of one scenario.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table like { settings = { users = 5 } }")]
pub(crate) struct ConfigScenario {
    /// Its settings.
    pub(crate) settings: BTreeMap<String, SettingText>,
    /// How many minions; refused where the profile fixes the number. Only in presets.
    #[schemars(range(min = 1, max = 4294967295u32))]
    pub(crate) minions: Option<u64>,
    /// When they start. Only in presets.
    #[schemars(schema_with = "throng_model::profile_schema")]
    pub(crate) profile: Option<Json>,
    /// Minions that are under way at a time, at most. Only in presets.
    pub(crate) max_in_flight: Option<MaxInFlightDocument>,
    /// Which share of the minions each zone gets: 100% together. Only in presets.
    pub(crate) zones: Option<BTreeMap<String, Percentage>>,
}

impl From<CampaignDocument> for ConfigDocument {
    fn from(campaign: CampaignDocument) -> Self {
        Self {
            seed: campaign.seed,
            soft_timeout: campaign.soft_timeout,
            hard_timeout: campaign.hard_timeout,
            start_offset: campaign.start_offset,
            warm_up: campaign.warm_up,
            zone: campaign.zone,
            tags: campaign.tags,
            rules: campaign.rules,
            histogram_memory: campaign.histogram_memory,
            health: campaign.health,
            settings: campaign.settings,
            minions_factor: campaign.minions_factor,
            speed: campaign.speed,
            scenarios: campaign.scenarios.into_iter().map(|(name, scenario)| (name, scenario.into())).collect(),
            ..Self::default()
        }
    }
}

impl From<CampaignScenario> for ConfigScenario {
    fn from(CampaignScenario { minions, profile, max_in_flight, zones, settings }: CampaignScenario) -> Self {
        Self { settings, minions, profile, max_in_flight, zones }
    }
}

impl From<&ConfigScenario> for CampaignScenario {
    fn from(scenario: &ConfigScenario) -> Self {
        let ConfigScenario { settings, minions, profile, max_in_flight, zones } = scenario.clone();
        Self { minions, profile, max_in_flight, zones, settings }
    }
}

/// Keys whose value is one, whatever it is made of.
const WHOLE: [&str; 3] = ["profile", "max-in-flight", "zones"];

impl ConfigDocument {
    /// All that it says: each value by the keys that lead to it, in the order of the struct. Rules are a value each.
    pub(crate) fn values(&self) -> Vec<(Vec<String>, Json)> {
        let mut values = Vec::new();
        if let Ok(Json::Object(keys)) = serde_json::to_value(self) {
            collect(&mut Vec::new(), keys, &mut values);
        }
        values
    }
}

fn collect(path: &mut Vec<String>, object: Map<String, Json>, values: &mut Vec<(Vec<String>, Json)>) {
    for (key, value) in object {
        path.push(key.clone());
        match value {
            Json::Null => {}
            Json::Object(inner) if !WHOLE.contains(&key.as_str()) => collect(path, inner, values),
            Json::Array(rules) if key == "rules" => {
                values.extend(
                    (0..).zip(rules).map(|(position, rule): (usize, _)| ([path.as_slice(), &[position.to_string()]].concat(), rule)),
                );
            }
            value => values.push((path.clone(), value)),
        }
        path.pop();
    }
}

/// The schema of `throng.toml`: draft 2020-12.
pub(crate) fn config_schema() -> Json {
    let mut root = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<ConfigDocument>().to_value();
    let mut in_presets = Json::Null;
    if let Some(Json::Object(properties)) = root.get_mut("properties") {
        let mut own = properties.clone();
        own.retain(|key, _| !NOT_IN_PRESETS.contains(&key.as_str()));
        in_presets = Json::Object(own);
        properties.retain(|key, _| !PRESETS_ONLY.contains(&key.as_str()));
        if let Some(Json::Object(presets)) = properties.get_mut("presets") {
            presets.insert("additionalProperties".to_owned(), json!({ "$ref": "#/$defs/Preset" }));
        }
    }
    if let Some(Json::Object(definitions)) = root.get_mut("$defs") {
        let preset = json!({ "type": "object", "additionalProperties": false, "properties": in_presets });
        definitions.insert("Preset".to_owned(), preset);
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_the_published_one() {
        insta::assert_snapshot!(format!("{:#}", config_schema()));
    }
}
