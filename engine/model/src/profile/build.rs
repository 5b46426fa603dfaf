//! From a tree of calls to a profile: which arguments there are, what they are, and which values make sense.

use std::time::Duration;

use super::syntax::{Argument, ArgumentValue, Call, STAGE, STAGES, fault};
use super::{Completion, Profile, ProfileError, ProfilePlace, Stage, StageMinions};
use crate::CallbackNumber;
use crate::duration::parse_duration;
use crate::nearest::name_hint;

/// The profiles, each with its parameters in their order.
pub(super) const PROFILES: [(&str, &[&str]); 10] = [
    ("immediate", &[]),
    ("regular", &["period", "minions"]),
    ("faster", &["start-period", "accelerator", "min-period", "minions", "max-period"]),
    ("more", &["period", "minions-at-start", "multiplier", "max"]),
    ("timeframe", &["period", "frame"]),
    (STAGES, &["completion"]),
    ("rate", &["per-second", "duration"]),
    ("ramp", &["from", "to", "duration"]),
    ("poisson", &["per-second", "duration"]),
    ("user", &["callback"]),
];
pub(super) const STAGE_PARAMETERS: &[&str] = &["minions", "ramp-up", "total", "resolution"];
pub(super) const DEFAULT_RESOLUTION: Duration = Duration::from_millis(500);

/// So far may percentages be from adding up to 100.
pub(super) const PERCENT_TOLERANCE: f64 = 1e-6;

/// More starting lines than this are no plan but a mistake in a unit.
const MAX_LINES: u128 = 10_000_000;

pub(super) fn profile(call: &Call) -> Result<Profile, ProfileError> {
    let Some((_, parameters)) = PROFILES.iter().find(|(name, _)| *name == call.name) else {
        let hint = name_hint(&call.name, PROFILES.iter().map(|(name, _)| *name));
        return Err(fault(&call.place, format!("there is no profile `{}`", call.name), hint));
    };
    if call.name == STAGES {
        return stages(call);
    }
    let arguments = Arguments::bind(call, parameters)?;
    let profile = match call.name.as_str() {
        "regular" => Profile::Regular { period: arguments.period("period")?, minions: arguments.count("minions")? },
        "faster" => faster(&arguments)?,
        "more" => Profile::More {
            period: arguments.period("period")?,
            minions_at_start: arguments.count("minions-at-start")?,
            multiplier: arguments.factor("multiplier")?,
            max: arguments.count("max")?,
        },
        "timeframe" => timeframe(&arguments)?,
        "rate" => Profile::Rate { per_second: arguments.factor("per-second")?, duration: arguments.period("duration")? },
        "poisson" => Profile::Poisson { per_second: arguments.factor("per-second")?, duration: arguments.period("duration")? },
        "ramp" => ramp(&arguments)?,
        "user" => Profile::User { callback: CallbackNumber(arguments.parse("callback", "a callback's number, from 0")?) },
        _ => Profile::Immediate,
    };
    Ok(profile)
}

fn faster(arguments: &Arguments<'_>) -> Result<Profile, ProfileError> {
    let accelerator = arguments.factor("accelerator")?;
    let min_period = arguments.period("min-period")?;
    let max_period = arguments.has("max-period").then(|| arguments.period("max-period")).transpose()?;
    if accelerator < 1.0 && max_period.is_none() {
        return Err(arguments.fault("accelerator", "an accelerator below 1 slows down without end", "give a `max-period`"));
    }
    if max_period.is_some_and(|max_period| max_period < min_period) {
        return Err(arguments.fault("max-period", "`max-period` is shorter than `min-period`", "make it longer"));
    }
    let start_period = arguments.period("start-period")?;
    Ok(Profile::Faster { start_period, accelerator, min_period, minions: arguments.count("minions")?, max_period })
}

fn timeframe(arguments: &Arguments<'_>) -> Result<Profile, ProfileError> {
    let (period, frame) = (arguments.period("period")?, arguments.period("frame")?);
    if frame < period {
        return Err(arguments.fault("frame", "the frame is shorter than one period", "the period comes first: `timeframe(100ms, 10s)`"));
    }
    arguments.check_lines("period", frame, period)?;
    Ok(Profile::Timeframe { period, frame })
}

fn ramp(arguments: &Arguments<'_>) -> Result<Profile, ProfileError> {
    let (from, to) = (arguments.amount("from")?, arguments.amount("to")?);
    if from <= 0.0 && to <= 0.0 {
        return Err(arguments.fault("to", "a ramp from 0 to 0 starts nobody", "make one of them higher"));
    }
    Ok(Profile::Ramp { from, to, duration: arguments.period("duration")? })
}

fn stages(call: &Call) -> Result<Profile, ProfileError> {
    let (parts, rest): (Vec<_>, Vec<_>) = call.arguments.iter().partition(|argument| matches!(argument.value, ArgumentValue::Call(_)));
    let rest = Call { arguments: rest.into_iter().cloned().collect(), ..call.clone() };
    let completion = Arguments::bind(&rest, &["completion"])?.completion()?;
    let stages = parts.into_iter().map(stage).collect::<Result<Vec<_>, _>>()?;
    if stages.is_empty() {
        let hint = Some("write `stages(stage(100%, 10s, 30s))`".to_owned());
        return Err(fault(&call.place, "there is no stage", hint));
    }
    check_shares(&stages, &call.place)?;
    Ok(Profile::Stages { stages, completion })
}

fn stage(argument: &Argument) -> Result<Stage, ProfileError> {
    let ArgumentValue::Call(call) = &argument.value else {
        return Err(fault(&argument.place, "a stage is expected", None));
    };
    if call.name != STAGE || argument.key.is_some() {
        return Err(fault(&argument.place, "a stage is expected", Some("write `stage(40%, 12s, 30s)`".to_owned())));
    }
    let arguments = Arguments::bind(call, STAGE_PARAMETERS)?;
    let (minions, ramp_up, total) = (arguments.stage_minions()?, arguments.duration("ramp-up")?, arguments.period("total")?);
    let resolution = if arguments.has("resolution") { arguments.period("resolution")? } else { DEFAULT_RESOLUTION };
    if total < ramp_up {
        return Err(arguments.fault("total", "`total` is shorter than `ramp-up`", "`total` counts from the start of the stage"));
    }
    arguments.check_lines("ramp-up", ramp_up, resolution)?;
    Ok(Stage { minions, ramp_up, total, resolution })
}

fn check_shares(stages: &[Stage], place: &ProfilePlace) -> Result<(), ProfileError> {
    let percents: Vec<f64> = stages
        .iter()
        .filter_map(|stage| match stage.minions {
            StageMinions::Percent(percent) => Some(percent),
            StageMinions::Number(_) => None,
        })
        .collect();
    if percents.is_empty() {
        let numbers = stages.iter().map(|stage| match stage.minions {
            StageMinions::Number(minions) => u128::from(minions),
            StageMinions::Percent(_) => 0,
        });
        return match numbers.sum::<u128>() {
            0 => Err(fault(place, "the stages start nobody", None)),
            sum if sum > u128::from(u32::MAX) => Err(fault(place, format!("the stages start {sum} minions, which is too many"), None)),
            _ => Ok(()),
        };
    }
    if percents.len() != stages.len() {
        return Err(fault(place, "some stages are in percent and some are not", Some("write all in the same way".to_owned())));
    }
    let sum: f64 = percents.iter().sum();
    if (sum - 100.0).abs() > PERCENT_TOLERANCE {
        let sum = (sum * 1e6).round() / 1e6;
        return Err(fault(place, format!("the stages' percentages add up to {sum}%"), Some("make them add up to 100%".to_owned())));
    }
    Ok(())
}

/// A call's arguments, each bound to its parameter.
struct Arguments<'a> {
    call: &'a Call,
    parameters: &'a [&'static str],
    bound: Vec<(&'static str, &'a Argument)>,
}

impl<'a> Arguments<'a> {
    fn bind(call: &'a Call, parameters: &'a [&'static str]) -> Result<Self, ProfileError> {
        let mut bound: Vec<(&'static str, &'a Argument)> = Vec::new();
        let mut positions = parameters.iter();
        for argument in &call.arguments {
            let parameter = match &argument.key {
                None if bound.iter().any(|(_, earlier)| earlier.key.is_some()) => {
                    let hint = Some("write its key too, like `key: value`".to_owned());
                    return Err(fault(&argument.place, "an argument by position cannot follow one by key", hint));
                }
                None => positions.next().copied().ok_or_else(|| {
                    fault(&argument.place, format!("`{}` has an argument too many", call.name), Some(usage(&call.name, parameters)))
                })?,
                Some(key) => parameters.iter().copied().find(|parameter| parameter == key).ok_or_else(|| {
                    let hint = name_hint(key, parameters.iter().copied());
                    fault(&argument.place, format!("`{}` has no argument `{key}`", call.name), hint)
                })?,
            };
            if bound.iter().any(|(earlier, _)| *earlier == parameter) {
                return Err(fault(&argument.place, format!("`{parameter}` is given twice"), None));
            }
            bound.push((parameter, argument));
        }
        Ok(Self { call, parameters, bound })
    }

    fn has(&self, parameter: &str) -> bool {
        self.bound.iter().any(|(name, _)| *name == parameter)
    }

    fn word(&self, parameter: &'static str) -> Result<(&'a str, &'a ProfilePlace), ProfileError> {
        let found = self.bound.iter().find(|(name, _)| *name == parameter);
        match found.map(|(_, argument)| (&argument.value, &argument.place)) {
            Some((ArgumentValue::Word(word), place)) => Ok((word, place)),
            Some((ArgumentValue::Call(call), place)) => {
                Err(fault(place, format!("`{parameter}` must be a plain value, not `{}(…)`", call.name), None))
            }
            None => Err(fault(
                &self.call.place,
                format!("`{}` needs `{parameter}`", self.call.name),
                Some(usage(&self.call.name, self.parameters)),
            )),
        }
    }

    fn fault(&self, parameter: &'static str, message: &str, hint: &str) -> ProfileError {
        let place = self.word(parameter).map_or(&self.call.place, |(_, place)| place);
        fault(place, message, Some(hint.to_owned()))
    }

    fn parse<T: std::str::FromStr>(&self, parameter: &'static str, wanted: &str) -> Result<T, ProfileError> {
        let (word, place) = self.word(parameter)?;
        word.parse().map_err(|_| fault(place, format!("`{parameter}` must be {wanted}, found `{word}`"), None))
    }

    fn duration(&self, parameter: &'static str) -> Result<Duration, ProfileError> {
        let (word, place) = self.word(parameter)?;
        parse_duration(word).map_err(|error| fault(place, format!("`{parameter}`: `{word}` is not a duration"), Some(error.hint)))
    }

    fn period(&self, parameter: &'static str) -> Result<Duration, ProfileError> {
        let duration = self.duration(parameter)?;
        if duration.is_zero() {
            return Err(self.fault(parameter, &format!("`{parameter}` must be longer than 0"), "for all at once there is `immediate`"));
        }
        Ok(duration)
    }

    fn count(&self, parameter: &'static str) -> Result<u64, ProfileError> {
        match self.parse::<u32>(parameter, "a whole number of minions")? {
            0 => Err(self.fault(parameter, &format!("`{parameter}` is 0"), "write at least 1")),
            count => Ok(count.into()),
        }
    }

    fn amount(&self, parameter: &'static str) -> Result<f64, ProfileError> {
        let amount = self.parse::<f64>(parameter, "a number")?;
        if !(0.0..=1e9).contains(&amount) {
            return Err(self.fault(parameter, &format!("`{parameter}` is {amount}"), "write a number from 0 to 1000000000"));
        }
        Ok(amount)
    }

    fn factor(&self, parameter: &'static str) -> Result<f64, ProfileError> {
        match self.amount(parameter)? {
            amount if amount <= 0.0 => Err(self.fault(parameter, &format!("`{parameter}` is 0"), "write a number above 0")),
            amount => Ok(amount),
        }
    }

    fn stage_minions(&self) -> Result<StageMinions, ProfileError> {
        let (word, place) = self.word("minions")?;
        let wanted = || fault(place, format!("`minions` must be a percentage like `40%` or a whole number, found `{word}`"), None);
        match word.strip_suffix('%') {
            Some(percent) => match percent.parse() {
                Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(StageMinions::Percent(percent)),
                _ => Err(wanted()),
            },
            None => word.parse::<u32>().map(|minions| StageMinions::Number(minions.into())).map_err(|_| wanted()),
        }
    }

    fn completion(&self) -> Result<Completion, ProfileError> {
        if !self.has("completion") {
            return Ok(Completion::default());
        }
        match self.word("completion")? {
            ("graceful", _) => Ok(Completion::Graceful),
            ("hard", _) => Ok(Completion::Hard),
            (other, place) => {
                let hint = Some("it is `graceful` or `hard`, and a stage is written `stage(40%, 12s, 30s)`".to_owned());
                Err(fault(place, format!("there is no completion `{other}`"), hint))
            }
        }
    }

    fn check_lines(&self, parameter: &'static str, whole: Duration, period: Duration) -> Result<(), ProfileError> {
        let lines = whole.as_nanos() / period.as_nanos().max(1);
        if lines <= MAX_LINES {
            return Ok(());
        }
        Err(self.fault(parameter, &format!("this makes {lines} starting lines, more than {MAX_LINES}"), "make the period longer"))
    }
}

fn usage(name: &str, parameters: &[&str]) -> String {
    format!("write `{name}({})`", parameters.join(", "))
}
