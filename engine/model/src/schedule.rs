//! When an engine that keeps running starts a campaign by itself: once, or again and again.

mod cron;
mod field;
mod next;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{self, TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Fault, nearest};

pub use cron::{Cron, CronError};

/// When an engine starts a campaign by itself: `at`, or `cron`.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "an object like {\"cron\": \"0 2 * * *\"}")]
pub struct ScheduleDocument {
    /// Once: `2026-12-01T08:00`, as clocks of the time zone show it, or with an offset: `2026-12-01T08:00+01:00`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Again and again: minute, hour, day of the month, month, day of the week. `L` and `L-n` are the last days of a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// A name of the tz database, such as `Europe/Vienna`; `UTC` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// A schedule that makes sense.
#[derive(Clone, Debug)]
pub enum Schedule {
    /// At this moment.
    Once(Timestamp),
    /// At all times of an expression, as clocks of the zone show them.
    Repeated(Cron, TimeZone),
}

impl Schedule {
    /// The first time after a moment.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Once(at) => Some(*at).filter(|at| *at > after),
            Self::Repeated(cron, zone) => next::next(cron, zone, after),
        }
    }
}

impl ScheduleDocument {
    /// Reads it; the faults' places begin with `place`.
    pub fn read(&self, place: &str, faults: &mut Vec<Fault>) -> Option<Schedule> {
        let mut fault = |key: &str, message: String, hint: Option<String>| faults.push(Fault::new(format!("{place}{key}"), message, hint));
        let zone = self.time_zone.as_deref().map_or(Ok(TimeZone::UTC), |name| TimeZone::get(name).map_err(|_| name));
        if let Err(name) = zone {
            fault("/time-zone", format!("there is no time zone `{name}`"), Some(zone_hint(name)));
        }
        match (&self.at, &self.cron) {
            (Some(text), None) => {
                let at = moment(text, zone.as_ref().unwrap_or(&TimeZone::UTC));
                if at.is_none() {
                    let hint = "write it like `2026-12-01T08:00`, or with an offset: `2026-12-01T08:00+01:00`";
                    fault("/at", format!("`{text}` is no time"), Some(hint.to_owned()));
                }
                Some(Schedule::Once(at?)).filter(|_| zone.is_ok())
            }
            (None, Some(text)) => match Cron::parse(text) {
                Ok(cron) => Some(Schedule::Repeated(cron, zone.ok()?)),
                Err(error) => {
                    fault("/cron", error.to_string(), None);
                    None
                }
            },
            (None, None) => {
                fault("", "it says no time".to_owned(), Some("write `at` or `cron`".to_owned()));
                None
            }
            (Some(_), Some(_)) => {
                fault("", "it says both `at` and `cron`".to_owned(), Some("keep one; another campaign may have the other".to_owned()));
                None
            }
        }
    }
}

/// A moment, or what clocks of the zone show at it.
fn moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    // Names of zones in brackets would be read over.
    let time: DateTime = Some(text).filter(|text| !text.contains('['))?.parse().ok()?;
    zone.to_ambiguous_timestamp(time).compatible().ok()
}

fn zone_hint(name: &str) -> String {
    let known: Vec<_> = tz::db().available().map(|known| known.as_str().to_owned()).collect();
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write a name of the tz database, like `Europe/Vienna`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<String, String> {
        let document: ScheduleDocument = serde_json::from_str(json).expect(json);
        let mut faults = Vec::new();
        let schedule = document.read("/schedule", &mut faults);
        assert_eq!(schedule.is_none(), !faults.is_empty(), "{json}: {faults:?}");
        let told = |fault: &Fault| fault.to_string();
        schedule
            .and_then(|schedule| schedule.next(Timestamp::UNIX_EPOCH))
            .map(|next| next.to_string())
            .ok_or_else(|| faults.iter().map(told).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn times_are_of_their_zone() {
        for (json, expected) in [
            (r#"{"at": "2026-12-01T08:00"}"#, "2026-12-01T08:00:00Z"),
            (r#"{"at": "2026-12-01T08:00", "time-zone": "Europe/Vienna"}"#, "2026-12-01T07:00:00Z"),
            (r#"{"at": "2026-12-01 08:00:30", "time-zone": "America/New_York"}"#, "2026-12-01T13:00:30Z"),
            (r#"{"at": "2026-12-01T08:00+02:00", "time-zone": "Europe/Vienna"}"#, "2026-12-01T06:00:00Z"),
            (r#"{"at": "2026-12-01T08:00:00Z"}"#, "2026-12-01T08:00:00Z"),
            (r#"{"cron": "0 2 L-1 * *", "time-zone": "Europe/Vienna"}"#, "1970-01-30T01:00:00Z"),
        ] {
            assert_eq!(read(json).as_deref(), Ok(expected), "{json}");
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        let wrong = |json: &str| read(json).expect_err(json);
        assert_eq!(wrong("{}"), "/schedule: it says no time; write `at` or `cron`");
        assert_eq!(
            wrong(r#"{"at": "tomorrow", "time-zone": "Europe/Viena"}"#),
            "/schedule/time-zone: there is no time zone `Europe/Viena`; did you mean `Europe/Vienna`?\n\
             /schedule/at: `tomorrow` is no time; write it like `2026-12-01T08:00`, or with an offset: `2026-12-01T08:00+01:00`"
        );
        assert!(wrong(r#"{"at": "2026-12-01T08:00[Europe/Vienna]"}"#).starts_with("/schedule/at: "));
        assert!(wrong(r#"{"cron": "0 2 * *"}"#).starts_with("/schedule/cron: a cron expression has 5 fields, and this has 4; "));
        assert!(wrong(r#"{"cron": "0 2 * * *", "at": "2026-12-01T08:00"}"#).starts_with("/schedule: it says both"));
    }
}
