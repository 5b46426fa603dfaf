//! From text to a campaign document, TOML or JSON, or to what is wrong with its shape and where.

use std::path::Path;

use serde_json::Value as Json;

use super::CampaignDocument;
use crate::document::{DocumentError, read_json};
use crate::read_toml;

/// How a campaign document is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CampaignFormat {
    /// As scenario documents are.
    Json,
    /// A table for each scenario: `[scenarios.checkout]`.
    Toml,
}

impl CampaignFormat {
    /// How a file's text is written, if it is a campaign document: TOML by its name; JSON, which may as well be a scenario document,
    /// when it names files, or names scenarios that it does not describe.
    pub fn of(file: &Path, text: &str) -> Option<Self> {
        if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml")) {
            return Some(Self::Toml);
        }
        let json = serde_json::from_str::<Json>(text).ok()?;
        let names = json.get("files").is_some() || json.get("scenarios").is_some_and(Json::is_object);
        names.then_some(Self::Json)
    }
}

/// Reads a campaign document. What it says is checked by [`validate_campaign`](crate::validate_campaign).
///
/// # Errors
/// It is too large, not of the format, or not of a campaign document's shape: the first such place.
pub fn parse_campaign(text: &str, format: CampaignFormat) -> Result<CampaignDocument, DocumentError> {
    match format {
        CampaignFormat::Json => read_json(text),
        CampaignFormat::Toml => read_toml(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_campaign_is_told_from_a_scenario_document() {
        for (file, text, expected) in [
            ("campaign.json", r#"{"throng": "0.1", "files": ["a.wasm"]}"#, Some(CampaignFormat::Json)),
            ("campaign.json", r#"{"throng": "0.1", "scenarios": {"a": {}}}"#, Some(CampaignFormat::Json)),
            ("scenario.json", r#"{"throng": "0.1", "scenarios": []}"#, None),
            ("broken.json", "{", None),
            ("campaign.toml", "[[[", Some(CampaignFormat::Toml)),
            ("CAMPAIGN.TOML", "", Some(CampaignFormat::Toml)),
        ] {
            assert_eq!(CampaignFormat::of(Path::new(file), text), expected, "{file}: {text}");
        }
    }

    #[test]
    fn both_forms_say_the_same() {
        let json = r#"{"throng": "0.1", "files": ["a.wasm"], "soft-timeout": "5m", "speed": 2, "tags": {"team": "shop"},
            "settings": {"users": 5}, "health": {"start-lag-warns": "5ms", "achieved-starts": 99.5}, "scenarios": {
            "a": {"minions": 5, "profile": {"regular": {"period": "1s", "minions": 5}}, "max-in-flight": {"limit": 3, "policy": "drop"}},
            "b": {"zones": {"north": "60%", "south": 40}}}}"#;
        let toml = r#"
            throng = "0.1"
            files = ["a.wasm"]
            soft-timeout = "5m"
            speed = 2
            tags = { team = "shop" }
            settings.users = 5
            [health]
            start-lag-warns = "5ms"
            achieved-starts = 99.5
            [scenarios.a]
            minions = 5
            profile = { regular = { period = "1s", minions = 5 } }
            max-in-flight = { limit = 3, policy = "drop" }
            [scenarios.b]
            zones = { north = "60%", south = 40 }"#;
        let parsed = parse_campaign(toml, CampaignFormat::Toml).expect("valid");
        assert_eq!(parse_campaign(json, CampaignFormat::Json).expect("valid"), parsed);
        let written = serde_json::to_string(&parsed).expect("writable");
        assert_eq!(parse_campaign(&written, CampaignFormat::Json).expect("valid"), parsed);
    }

    #[test]
    fn errors_of_json_have_place_and_hint() {
        let error = parse_campaign(r#"{"throng": "0.1", "files": [], "minion-factor": 2}"#, CampaignFormat::Json).expect_err("unknown");
        assert_eq!(error.to_string(), "line 1, column 46: unknown field `minion-factor`; did you mean `minions-factor`?");
    }

    #[test]
    fn errors_of_toml_have_place_key_and_hint() {
        let wrong = |text: &str| parse_campaign(&format!("throng = \"0.1\"\n{text}"), CampaignFormat::Toml).expect_err(text).to_string();
        let wrong = [
            "files = []\nminion-factor = 2",
            "files = []\n[scenarios.checkout]\nminion = 5",
            "files = []\n[scenarios.checkout]\nminions = \"5\"",
            "files = []\nscenarios.checkout.max-in-flight = { limit = 5, policy = \"dropp\" }",
            "files = []\nscenarios.checkout.zones = { north = -5 }",
            "files = []\nsoft-timeout = 1000",
            "files = []\nsoft-timeout = \"5\"",
            "files = []\nä = \"ä\" ]",
            "files = ",
            "files = []\nfiles = []",
        ]
        .map(wrong);
        insta::assert_snapshot!(wrong.join("\n"), @r#"
        line 3, column 1: unknown field `minion-factor`; did you mean `minions-factor`?
        line 4, column 1: `scenarios.checkout`: unknown field `minion`; did you mean `minions`?
        line 4, column 11: `scenarios.checkout.minions`: invalid type: string "5", expected u64
        line 3, column 58: `scenarios.checkout.max-in-flight.policy`: unknown variant `dropp`; did you mean `drop`?
        line 3, column 38: `scenarios.checkout.zones.north`: `-5` is not a percentage; write a number from 0 to 100 with `%`, such as `60%`
        line 3, column 16: `soft-timeout`: 1000 has no unit; write `"1000ms"`
        line 3, column 16: `soft-timeout`: `5` is not a duration; write `5ms`, or another unit: ns, us, ms, s, m, h
        line 3, column 9: unexpected key or value, expected newline, `#`
        line 2, column 9: string values must be quoted, expected literal string
        line 3, column 1: duplicate key
        "#);
    }
}
