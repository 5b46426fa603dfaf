//! Holding a campaign that goes on, and changing the speed of its plan.

use std::sync::atomic::Ordering;

use serde_json::{Map, Value as Json};
use throng_measure::Pace;
use throng_model::{Fault, Faults, name_hint};

use super::{Campaigns, Live};
use crate::problem::Problem;

/// What can be changed of a campaign that goes on.
const OPTIONS: [&str; 2] = ["held", "speed"];

impl Campaigns {
    /// Changes how the plan of a campaign goes by, if there is one of this key that runs, or waits for its turn; whether there is.
    pub(crate) fn pace(&self, key: &str, changes: &Json) -> Result<bool, Problem> {
        let Some(live) = self.find(key) else { return Ok(false) };
        let changes = changes.as_object().ok_or_else(|| Problem::bad_request("changes are a JSON object, such as `{\"held\": true}`"))?;
        live.pace(changes)?;
        Ok(true)
    }
}

impl Live {
    fn pace(&self, changes: &Map<String, Json>) -> Result<(), Problem> {
        if self.view.borrow().is_ending {
            return Err(
                Problem::conflict(format!("the campaign `{}` is coming to its end", self.key)).hint("nothing of it starts any more")
            );
        }
        let mut asked = *self.asked.borrow();
        let before = asked;
        read(changes, &mut asked)?;
        if asked != before {
            if !asked.may_follow(before, self.changes.fetch_add(1, Ordering::Relaxed)) {
                let detail =
                    format!("the pace of the campaign `{}` was changed {} times, which is all that may be", self.key, Pace::CHANGES);
                return Err(Problem::conflict(detail).hint("a hold can still be ended"));
            }
            self.asked.send_replace(asked);
        }
        Ok(())
    }
}

/// What the changes come to; an option that is null is as when nothing was ever said.
fn read(changes: &Map<String, Json>, pace: &mut Pace) -> Result<(), Problem> {
    let mut faults = Vec::new();
    let mut fault = |key: &str, message: String, hint: Option<String>| faults.push(Fault::new(format!("/{key}"), message, hint));
    let usual = Pace::default();
    for (key, value) in changes {
        match (key.as_str(), value) {
            ("held", Json::Null) => pace.held = usual.held,
            ("held", Json::Bool(held)) => pace.held = *held,
            ("held", other) => fault(key, format!("{other} is neither `true` nor `false`"), Some("`false` lets it go on".to_owned())),
            ("speed", Json::Null) => pace.speed = usual.speed,
            ("speed", value) => match value.as_f64().filter(|speed| Pace::is_speed(*speed)) {
                Some(speed) => pace.speed = speed,
                None => {
                    let hint = format!("it is from {} to {}; 1 is as planned", Pace::MIN_SPEED, Pace::MAX_SPEED);
                    fault(key, format!("{value} is no speed"), Some(hint));
                }
            },
            (other, _) => {
                let message = "a campaign that goes on can be held, and its speed be changed; for all else start another one".to_owned();
                fault(other, message, name_hint(other, OPTIONS));
            }
        }
    }
    Ok(Faults::unless(faults, ())?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(changes: &Json) -> String {
        let mut pace = Pace { held: true, speed: 2.0 };
        match read(changes.as_object().expect("an object"), &mut pace) {
            Ok(()) => format!("held {}, speed {}", pace.held, pace.speed),
            Err(problem) => format!("{} {}", problem.status, problem.told()),
        }
    }

    #[test]
    fn what_is_not_said_stays() {
        for (changes, pace) in [
            (json!({}), "held true, speed 2"),
            (json!({ "held": false }), "held false, speed 2"),
            (json!({ "speed": 0.5 }), "held true, speed 0.5"),
            (json!({ "held": null, "speed": null }), "held false, speed 1"),
        ] {
            assert_eq!(check(&changes), pace, "{changes}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_told() {
        for (changes, wrong) in [
            (
                json!({ "held": "yes", "speed": 0 }),
                "422 there are 2 faults; /held: \"yes\" is neither `true` nor `false`; /speed: 0 is no speed",
            ),
            (json!({ "speed": 1000 }), "422 there is a fault; /speed: 1000 is no speed"),
            (json!({ "speed": "2" }), "422 there is a fault; /speed: \"2\" is no speed"),
            (
                json!({ "hold": true }),
                "422 there is a fault; /hold: a campaign that goes on can be held, and its speed be changed; for all else start another one",
            ),
        ] {
            assert_eq!(check(&changes), wrong, "{changes}");
        }
    }
}
