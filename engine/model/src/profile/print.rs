//! From a profile to its written forms, by way of the same tree of calls that the parser makes.

use std::fmt;

use serde_json::{Map, Number, Value as Json};

use super::build::DEFAULT_RESOLUTION;
use super::syntax::{Argument, ArgumentValue, Call, STAGE, STAGES};
use super::{Completion, Profile, ProfilePlace, Stage, StageMinions};
use crate::duration::format_duration;

/// The tree; every argument has its key.
pub(super) fn call(profile: &Profile) -> Call {
    match profile {
        Profile::Immediate => Build::new("immediate"),
        Profile::Regular { period, minions } => Build::new("regular").word("period", format_duration(*period)).word("minions", minions),
        Profile::Faster { start_period, accelerator, min_period, minions, max_period } => Build::new("faster")
            .word("start-period", format_duration(*start_period))
            .word("accelerator", accelerator)
            .word("min-period", format_duration(*min_period))
            .word("minions", minions)
            .maybe("max-period", max_period.map(format_duration)),
        Profile::More { period, minions_at_start, multiplier, max } => Build::new("more")
            .word("period", format_duration(*period))
            .word("minions-at-start", minions_at_start)
            .word("multiplier", multiplier)
            .word("max", max),
        Profile::Timeframe { period, frame } => {
            Build::new("timeframe").word("period", format_duration(*period)).word("frame", format_duration(*frame))
        }
        Profile::Stages { stages, completion } => stages
            .iter()
            .fold(Build::new(STAGES), |build, each| build.part(stage(each)))
            .word("completion", if *completion == Completion::Hard { "hard" } else { "graceful" }),
        Profile::Rate { per_second, duration } => {
            Build::new("rate").word("per-second", per_second).word("duration", format_duration(*duration))
        }
        Profile::Ramp { from, to, duration } => {
            Build::new("ramp").word("from", from).word("to", to).word("duration", format_duration(*duration))
        }
        Profile::Poisson { per_second, duration } => {
            Build::new("poisson").word("per-second", per_second).word("duration", format_duration(*duration))
        }
        Profile::User { callback } => Build::new("user").word("callback", callback.0),
    }
    .0
}

fn stage(stage: &Stage) -> Call {
    let minions = match stage.minions {
        StageMinions::Percent(percent) => format!("{percent}%"),
        StageMinions::Number(minions) => minions.to_string(),
    };
    let resolution = (stage.resolution != DEFAULT_RESOLUTION).then(|| format_duration(stage.resolution));
    Build::new(STAGE)
        .word("minions", minions)
        .word("ramp-up", format_duration(stage.ramp_up))
        .word("total", format_duration(stage.total))
        .maybe("resolution", resolution)
        .0
}

struct Build(Call);

impl Build {
    fn new(name: &str) -> Self {
        Self(Call { name: name.to_owned(), arguments: Vec::new(), place: ProfilePlace::Column(1) })
    }

    fn word(self, key: &str, word: impl ToString) -> Self {
        self.argument(Some(key.to_owned()), ArgumentValue::Word(word.to_string()))
    }

    fn maybe(self, key: &str, word: Option<String>) -> Self {
        match word {
            Some(word) => self.word(key, word),
            None => self,
        }
    }

    fn part(self, part: Call) -> Self {
        self.argument(None, ArgumentValue::Call(part))
    }

    fn argument(mut self, key: Option<String>, value: ArgumentValue) -> Self {
        self.0.arguments.push(Argument { key, value, place: ProfilePlace::Column(1) });
        self
    }
}

/// What may be left out is written with its key, the rest by position.
const WRITTEN_BY_KEY: [&str; 3] = ["max-period", "completion", "resolution"];

impl fmt::Display for Profile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&text(&call(self)))
    }
}

fn text(call: &Call) -> String {
    if call.arguments.is_empty() {
        return call.name.clone();
    }
    let arguments: Vec<String> = call
        .arguments
        .iter()
        .map(|argument| {
            let value = match &argument.value {
                ArgumentValue::Word(word) => word.clone(),
                ArgumentValue::Call(part) => text(part),
            };
            match &argument.key {
                Some(key) if WRITTEN_BY_KEY.contains(&key.as_str()) => format!("{key}: {value}"),
                _ => value,
            }
        })
        .collect();
    format!("{}({})", call.name, arguments.join(", "))
}

/// The object form.
pub(super) fn json(call: &Call) -> Json {
    Json::Object(Map::from_iter([(call.name.clone(), Json::Object(json_arguments(call)))]))
}

fn json_arguments(call: &Call) -> Map<String, Json> {
    let mut arguments = Map::new();
    let parts: Vec<Json> = call
        .arguments
        .iter()
        .filter_map(|argument| match &argument.value {
            ArgumentValue::Call(part) => Some(Json::Object(json_arguments(part))),
            ArgumentValue::Word(_) => None,
        })
        .collect();
    if !parts.is_empty() {
        arguments.insert(STAGES.to_owned(), Json::Array(parts));
    }
    for argument in &call.arguments {
        if let (Some(key), ArgumentValue::Word(word)) = (&argument.key, &argument.value) {
            arguments.insert(key.clone(), number(word).map_or_else(|| Json::String(word.clone()), Json::Number));
        }
    }
    arguments
}

/// By way of the standard library, which reads floats exactly.
fn number(word: &str) -> Option<Number> {
    word.parse::<u64>().ok().map(Number::from).or_else(|| Number::from_f64(word.parse().ok()?))
}
