//! All layers over one another: the value in force of each key, and who says it.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde_json::{Map, Value as Json};
use throng_guest::Limits;
use throng_model::Zones;

use super::{ConfigDocument, Layer};
use crate::arguments::{Live, ReportFile, Switch};
use crate::exit::Failure;

/// What is in force.
pub(crate) struct InForce {
    /// The value of each key.
    pub(crate) document: ConfigDocument,
    /// Who says something; later ones win.
    pub(crate) layers: Vec<Layer>,
    /// By the keys of a value, which layer says it, and under which keys there.
    said_by: BTreeMap<Vec<String>, (usize, Vec<String>)>,
}

/// A value in force.
pub(crate) struct Value<'a> {
    /// The keys that lead to it.
    pub(crate) path: Vec<String>,
    pub(crate) value: Json,
    /// Who says it.
    pub(crate) layer: &'a Layer,
    /// Where, in a person's words.
    pub(crate) place: String,
}

impl InForce {
    /// Lays them over one another: a value replaces an earlier one of the same key, rules are all in force.
    pub(super) fn new(layers: Vec<Layer>) -> Result<Self, Failure> {
        let mut values = Map::new();
        let mut rules = Vec::new();
        let mut said_by = BTreeMap::new();
        for (rank, layer) in layers.iter().enumerate() {
            for (path, value) in layer.document.values() {
                if path.first().is_some_and(|key| key == "rules") {
                    said_by.insert(vec!["rules".to_owned(), rules.len().to_string()], (rank, path));
                    rules.push(value);
                } else {
                    insert(&mut values, &path, value);
                    said_by.insert(path.clone(), (rank, path));
                }
            }
        }
        values.insert("rules".to_owned(), Json::Array(rules));
        let document = serde_json::from_value(Json::Object(values)).map_err(Failure::engine)?;
        Ok(Self { document, layers, said_by })
    }

    /// All values, in the order of the schema.
    pub(crate) fn values(&self) -> Vec<Value<'_>> {
        let values = self.document.values().into_iter();
        let said = values.filter_map(|(path, value)| {
            let (rank, own) = self.said_by.get(&path)?;
            let layer = self.layers.get(*rank)?;
            Some(Value { path, value, layer, place: layer.origin.place(own) })
        });
        said.collect()
    }

    /// The rank of who says a value; none when nobody does. Later layers have a higher one.
    pub(crate) fn rank(&self, key: &str) -> Option<usize> {
        self.said_by.get([key.to_owned()].as_slice()).map(|(rank, _)| *rank)
    }

    /// What is wrong with a value in force, at the place of who says it.
    pub(crate) fn fault(&self, path: &[&str], error: &dyn Display) -> Failure {
        let path: Vec<_> = path.iter().map(|key| (*key).to_owned()).collect();
        let said = self.said_by.get(&path).and_then(|(rank, own)| Some((self.layers.get(*rank)?, own)));
        said.map_or_else(|| Failure::bad_input(error), |(layer, own)| layer.origin.fault(own, error))
    }

    pub(crate) fn workers(&self) -> u32 {
        self.document.workers.unwrap_or(1)
    }

    pub(crate) fn live(&self) -> Live {
        self.document.live.unwrap_or(Live::Auto)
    }

    pub(crate) fn summary(&self) -> Switch {
        self.document.summary.unwrap_or(Switch::On)
    }

    /// Which share of a scenario's minions each zone gets, if that is said.
    pub(crate) fn zones(&self, scenario: &str) -> Option<Zones> {
        self.layers.iter().rev().find_map(|layer| layer.each.get(scenario)?.zones.clone())
    }

    /// What components may use.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        for (name, value) in &self.document.limits {
            // Each has been checked with its layer.
            let _ = limits.set(name, &value.0);
        }
        limits
    }

    /// The files that are written at the end.
    pub(crate) fn reports(&self) -> Vec<ReportFile> {
        self.document.report.iter().flatten().filter_map(|report| ReportFile::parse(report).ok()).collect()
    }
}

fn insert(object: &mut Map<String, Json>, path: &[String], value: Json) {
    match path {
        [] => {}
        [key] => {
            object.insert(key.clone(), value);
        }
        [key, rest @ ..] => {
            let inner = object.entry(key.clone()).or_insert_with(|| Json::Object(Map::new()));
            if let Json::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}
