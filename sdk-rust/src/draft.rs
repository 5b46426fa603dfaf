//! A scenario while it is being built: steps that know each other, whatever they are called in the end.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::profile::Profile;
use crate::program::Callback;
use crate::read::Emits;
use crate::settings::Declaration;

/// A step that others can point at.
pub(crate) type Node = Rc<RefCell<StepDraft>>;

/// Checks and completes what could only be known once all steps are there; gives the fault.
pub(crate) type Link = Box<dyn FnOnce(&Draft) -> Result<(), String>>;

/// What a [`Flow`](crate::Flow) adds to.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) root: Root,
    pub(crate) options: Map<String, Json>,
    pub(crate) profile: Option<Profile>,
    pub(crate) settings: Vec<Declaration>,
    pub(crate) targets: Vec<String>,
    pub(crate) rules: Vec<String>,
    pub(crate) steps: Vec<Node>,
    /// Names under which values are shelved, and their types.
    pub(crate) shelves: Vec<(String, Emits)>,
    pub(crate) links: Vec<Link>,
    pub(crate) faults: Vec<String>,
}

/// What a chain begins with.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Root {
    /// What every minion walks.
    #[default]
    Start,
    /// What runs beside it.
    Tree,
}

pub(crate) struct StepDraft {
    /// None for one that is made up from the kind.
    pub(crate) name: Option<String>,
    pub(crate) kind: &'static str,
    pub(crate) config: Config,
    pub(crate) position: Position,
    /// The stage that it is inside of.
    pub(crate) stage: Option<Weak<RefCell<StepDraft>>>,
    /// The URL of the server that it talks to; written down where it is not the scenario's default.
    pub(crate) server: Option<String>,
    pub(crate) options: Map<String, Json>,
    pub(crate) emits: Emits,
}

/// Where a step stands.
pub(crate) enum Position {
    Root(Root),
    /// The first of a stage.
    Inside,
    After(Vec<Node>),
}

/// What stands under the key of a step's kind.
pub(crate) enum Config {
    Constant(Json),
    /// A closure, with the use that its place needs.
    Callback(&'static str, Callback),
    /// The name of a step.
    Name(Node),
    /// The steps inside of this stage.
    Inside,
    Object(Vec<(String, Config)>),
}

/// Steps that make records by themselves.
pub(crate) const SOURCES: [&str; 14] = [
    "datasource",
    "csv",
    "json",
    "xml",
    "lines",
    "http-poll",
    "kafka-consume",
    "kafka-lag",
    "mqtt-subscribe",
    "rabbitmq-consume",
    "rabbitmq-depth",
    "redis-poll",
    "redis-stream-consume",
    "sql-poll",
];

impl Config {
    /// Sets a field.
    pub(crate) fn set(&mut self, name: &str, value: Json) {
        match self {
            Self::Object(fields) => match fields.iter_mut().find(|(known, _)| known == name) {
                Some((_, config)) => *config = Self::Constant(value),
                None => fields.push((name.to_owned(), Self::Constant(value))),
            },
            Self::Constant(Json::Object(fields)) => drop(fields.insert(name.to_owned(), value)),
            other => *other = Self::Object(vec![(name.to_owned(), Self::Constant(value))]),
        }
    }

    /// Adds to a field that is a list.
    pub(crate) fn push(&mut self, name: &str, value: Json) {
        let Self::Object(fields) = self else { return };
        match fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, Self::Constant(Json::Array(items)))) => items.push(value),
            _ => fields.push((name.to_owned(), Self::Constant(Json::Array(vec![value])))),
        }
    }

    /// How many closures there are inside.
    pub(crate) fn callbacks(&self) -> usize {
        match self {
            Self::Callback(..) => 1,
            Self::Object(fields) => fields.iter().map(|(_, config)| config.callbacks()).sum(),
            Self::Constant(_) | Self::Name(_) | Self::Inside => 0,
        }
    }
}

impl Draft {
    pub(crate) fn add_target(&mut self, target: &str) {
        if !self.targets.iter().any(|known| known == target) {
            self.targets.push(target.to_owned());
        }
    }

    /// Takes over all that a chain of its own has.
    pub(crate) fn absorb(&mut self, other: Self) {
        other.targets.iter().for_each(|target| self.add_target(target));
        self.rules.extend(other.rules);
        self.steps.extend(other.steps);
        self.shelves.extend(other.shelves);
        self.links.extend(other.links);
        self.faults.extend(other.faults);
    }

    /// A step by the name that it was given.
    pub(crate) fn find(&self, name: &str) -> Option<&Node> {
        self.steps.iter().find(|step| step.borrow().name.as_deref() == Some(name))
    }

    /// A constant for the document; what cannot be one is a fault.
    pub(crate) fn constant<T: Serialize>(&mut self, operator: &str, value: &T) -> Json {
        let json = serde_json::to_value(value).unwrap_or_else(|error| {
            self.faults.push(format!("the value of `{operator}` cannot be written as JSON: {error}"));
            Json::Null
        });
        if json.get("callback").is_some() {
            self.faults.push(format!(
                "the value of `{operator}` has a field `callback`, which the document takes for a closure's number; use `{operator}_with`"
            ));
        }
        json
    }
}

impl StepDraft {
    /// For messages.
    pub(crate) fn called(&self) -> &str {
        self.name.as_deref().unwrap_or(self.kind)
    }

    pub(crate) fn is_inside(&self, stage: &Node) -> bool {
        self.stage.as_ref().is_some_and(|own| own.as_ptr() == Rc::as_ptr(stage))
    }
}
