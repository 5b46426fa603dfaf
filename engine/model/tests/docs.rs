//! The examples of the documentation are true.

use throng_model::{
    CampaignFormat, Catalog, Check, ConfigFault, PluginUse, Profile, StepSetup, campaign_schema, parse_campaign, parse_document,
    scenario_schema, validate, validate_campaign,
};

/// Operators alone.
struct NoPlugins;

impl Catalog for NoPlugins {
    fn kinds(&self) -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }

    fn check(&self, _: &StepSetup<'_>) -> Result<PluginUse, Vec<ConfigFault>> {
        Err(Vec::new())
    }
}

const CAMPAIGNS: &str = include_str!("../../../docs/campaigns.md");
const EXPORTERS: &str = include_str!("../../../docs/exporters.md");
const DOCUMENT: &str = include_str!("../../../docs/scenario-document.md");
const OPERATORS: &str = include_str!("../../../docs/operators.md");
const PROFILES: &str = include_str!("../../../docs/profiles.md");

/// The blocks of a page that are in this language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let blocks: Vec<_> = page.split(&fence).skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!blocks.is_empty(), "no block of {language}");
    blocks
}

#[test]
fn documents_are_valid() {
    for block in blocks(DOCUMENT, "json") {
        let document = parse_document(block).unwrap_or_else(|error| panic!("{error}"));
        validate(&document, &NoPlugins).unwrap_or_else(|faults| panic!("{faults}"));
    }
}

#[test]
fn checks_are_read() {
    for line in blocks(DOCUMENT, "check").into_iter().flat_map(str::lines) {
        line.parse::<Check>().unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn profiles_are_read() {
    for line in blocks(PROFILES, "profile").into_iter().flat_map(str::lines) {
        line.parse::<Profile>().unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    for block in blocks(PROFILES, "json") {
        Profile::from_json(&serde_json::from_str(block).expect("JSON")).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn operators_are_described() {
    let schema = scenario_schema(&[]);
    let kinds = schema.pointer("/$defs/StepDocument/oneOf").and_then(|kinds| kinds.as_array()).expect("kinds");
    assert!(kinds.len() > 30, "{kinds:?}");
    for kind in kinds {
        let name = kind.pointer("/required/0").and_then(|name| name.as_str()).expect("a name");
        assert!(OPERATORS.lines().any(|line| line.starts_with('|') && line.contains(&format!("`{name}`"))), "{name}");
    }
}

#[test]
fn campaigns_are_valid_and_the_same_in_both_forms() {
    let [toml] = blocks(CAMPAIGNS, "toml")[..] else { panic!("one campaign in TOML is expected") };
    let json = blocks(CAMPAIGNS, "json").into_iter().find(|block| block.contains("\"files\"")).expect("a campaign in JSON");
    let read = |text, format| parse_campaign(text, format).unwrap_or_else(|error| panic!("{error}"));
    let campaign = read(toml, CampaignFormat::Toml);
    assert_eq!(campaign, read(json, CampaignFormat::Json));
    validate_campaign(campaign).unwrap_or_else(|faults| panic!("{faults}"));
}

#[test]
fn campaign_keys_are_described() {
    let schema = campaign_schema(&[]);
    for place in
        ["/properties", "/$defs/CampaignScenario/properties", "/$defs/CampaignHealth/properties", "/$defs/ScheduleDocument/properties"]
    {
        for key in schema.pointer(place).and_then(|keys| keys.as_object()).expect(place).keys() {
            assert!(CAMPAIGNS.contains(&format!("`{key}`")), "{key}");
        }
    }
}

#[test]
fn exporters_are_valid_and_their_options_described() {
    let [toml] = blocks(EXPORTERS, "toml")[..] else { panic!("one campaign in TOML is expected") };
    let campaign = parse_campaign(toml, CampaignFormat::Toml).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(campaign.exporters.len(), 2);
    validate_campaign(campaign).unwrap_or_else(|faults| panic!("{faults}"));
    let schema = campaign_schema(&[]);
    let options = schema.pointer("/$defs/ExporterDocument/properties").and_then(|options| options.as_object()).expect("options");
    for option in options.keys() {
        assert!(EXPORTERS.contains(&format!("| `{option}` |")), "{option}");
    }
}
