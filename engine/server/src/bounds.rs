//! What an operator lets campaigns and uploads come to.

use std::time::Duration;

use throng_campaign::Plan;
use throng_model::{Fault, format_duration};

/// What an operator lets campaigns and uploads come to; as much as they like, unless it is said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bounds {
    /// Minions of a campaign, in all.
    pub minions: Option<u64>,
    /// Scenarios of a campaign.
    pub scenarios: Option<u32>,
    /// How long a campaign may take: the hard timeout that it may have.
    pub duration: Option<Duration>,
    /// Components that are kept.
    pub components: Option<u32>,
}

impl Bounds {
    /// Everything that a campaign has too much of.
    pub(crate) fn faults(&self, plan: &Plan) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut fault = |place: &str, message: String, hint: String| faults.push(Fault::new(place, message, Some(hint)));
        let minions: u64 = plan.scenarios.iter().map(|planned| planned.scenario.minions).sum();
        if let Some(most) = self.minions.filter(|most| minions > *most) {
            let hint = format!("run {most} at most: lower `minions-factor`, or a scenario's `minions`");
            fault("/scenarios", format!("they have {minions} minions, and this engine allows {most} in a campaign"), hint);
        }
        let scenarios = plan.scenarios.len();
        if let Some(most) = self.scenarios.filter(|most| scenarios > *most as usize) {
            let message = format!("there are {scenarios}, and this engine allows {most} in a campaign");
            fault("/scenarios", message, "name fewer, and run the others in another campaign".to_owned());
        }
        if let Some(most) = self.duration.filter(|most| plan.hard_timeout > *most) {
            let (asked, most) = (format_duration(plan.hard_timeout), format_duration(most));
            fault("/hard-timeout", format!("it is {asked}, and this engine allows {most}"), format!("write `{most}` or less"));
        }
        faults
    }
}
