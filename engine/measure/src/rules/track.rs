//! How a rule has fared so far.

use throng_model::{Rule, RuleAction};

use super::figure;

/// What one rule keeps.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    /// The last number, if there was one.
    pub last: Option<f64>,
    /// When it was first broken, and by what: broken for good, unless it may recover.
    pub breach: Option<(u64, f64)>,
    /// How long it was broken in all, in nanoseconds.
    pub broken_for: u64,
    /// Since when it has not held without pause, and what it was then. What breaks a rule came since the look before.
    stretch: Option<(u64, f64)>,
    /// When it was last looked at.
    looked_at: u64,
}

/// Whether a rule that was broken is broken for good. Others are judged by how they end.
pub(super) fn is_final(rule: &Rule) -> bool {
    rule.window.over.is_some() || rule.window.lasting.is_some() || rule.action == RuleAction::Stop
}

impl Track {
    /// Time has passed without a look.
    pub(super) fn skip(&mut self, at: u64) {
        self.looked_at = at;
    }

    /// Takes a look, at nanoseconds since the campaign's start. No number neither breaks nor mends.
    pub(super) fn look(&mut self, rule: &Rule, number: Option<f64>, at: u64) {
        let last_look = std::mem::replace(&mut self.looked_at, at);
        let Some(number) = number else { return };
        self.last = Some(number);
        if figure::holds(&rule.condition, number) {
            self.stretch = None;
            if !is_final(rule) {
                (self.breach, self.broken_for) = (None, 0);
            }
            return;
        }
        let (since, first) = *self.stretch.get_or_insert((last_look, number));
        self.broken_for = self.broken_for.saturating_add(at.saturating_sub(last_look));
        let lasting = rule.window.lasting.map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
        if at.saturating_sub(since) >= lasting {
            self.breach.get_or_insert((since, first));
        }
    }
}
