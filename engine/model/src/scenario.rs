//! A scenario as the engine runs it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::CallbackDeclaration;
use crate::{Graph, Profile, SettingDeclaration, Targets};

/// A validated scenario: nothing in it needs to be checked again.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Kebab-case, unique in its document.
    pub name: String,
    /// For people.
    pub description: String,
    /// Of the scenario itself.
    pub version: String,
    /// How many minions, at speed 1: the number that the profile fixes, or else the document's.
    pub minions: u64,
    /// When they start.
    pub profile: Profile,
    /// Minions that are under way at a time, at most.
    pub max_in_flight: Option<MaxInFlight>,
    /// What a campaign may set.
    pub settings: Vec<SettingDeclaration>,
    /// What must hold at the end, as written.
    pub rules: Vec<String>,
    /// The steps.
    pub graph: Graph,
    /// The hosts that may be reached.
    pub targets: Targets,
    /// The guest's callbacks; those that the graph names are declared with the use that their place needs.
    pub callbacks: Vec<CallbackDeclaration>,
}

/// The cap on minions that are under way at a time.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct MaxInFlight {
    /// How many; at least 1.
    pub limit: u64,
    /// What becomes of a start above it.
    pub policy: InFlightPolicy,
}

/// What becomes of a start for which there is no room.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InFlightPolicy {
    /// It waits for room.
    #[default]
    Queue,
    /// It is left out.
    Drop,
    /// It ends the campaign.
    Stop,
}
