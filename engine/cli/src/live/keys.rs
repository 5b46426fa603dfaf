//! Keys: `q` stops softly, `q` once more at once; space holds, and resumes.

use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use throng_campaign::Ending;

/// What the person at the terminal asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Action {
    /// No new starts; what runs comes to its end.
    StopSoftly,
    /// Everything is cancelled.
    StopAtOnce,
    /// Nothing new starts; or what was held goes on.
    HoldOrResume,
}

/// What was asked for so far.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Asked {
    #[default]
    Nothing,
    SoftStop,
    HardStop,
}

impl Asked {
    /// Others stop a campaign too: signals, rules, limits.
    pub(super) fn hear(&mut self, ending: Ending) {
        *self = (*self).max(match ending {
            Ending::NotYet => Self::Nothing,
            Ending::Softly => Self::SoftStop,
            Ending::AtOnce => Self::HardStop,
        });
    }

    /// Takes an event in; says what is to be done, if anything new.
    pub(super) fn take(&mut self, event: &Event) -> Option<Action> {
        let Event::Key(key) = event else { return None };
        if key.kind == KeyEventKind::Press && key.code == KeyCode::Char(' ') {
            // What comes to its end has nothing to hold.
            return (*self == Self::Nothing).then_some(Action::HoldOrResume);
        }
        if !is_stop(key) {
            return None;
        }
        let (next, action) = match self {
            Self::Nothing => (Self::SoftStop, Action::StopSoftly),
            Self::SoftStop => (Self::HardStop, Action::StopAtOnce),
            Self::HardStop => return None,
        };
        *self = next;
        Some(action)
    }
}

/// While the view has the terminal, control-C is a key like any other and sends no signal.
fn is_stop(key: &KeyEvent) -> bool {
    let control_c = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
    key.kind == KeyEventKind::Press && (matches!(key.code, KeyCode::Char('q' | 'Q')) || control_c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_is_soft_twice_is_hard_and_that_is_all() {
        let mut asked = Asked::default();
        let key = |code, modifiers| Event::Key(KeyEvent::new(code, modifiers));
        let (q, control_c) = (key(KeyCode::Char('q'), KeyModifiers::NONE), key(KeyCode::Char('c'), KeyModifiers::CONTROL));
        assert_eq!(asked.take(&key(KeyCode::Char('c'), KeyModifiers::NONE)), None);
        assert_eq!(asked.take(&Event::FocusGained), None);
        assert_eq!(asked.take(&q), Some(Action::StopSoftly));
        assert_eq!(asked.take(&control_c), Some(Action::StopAtOnce));
        assert_eq!(asked.take(&q), None);
    }

    #[test]
    fn who_was_stopped_by_others_is_stopped_at_once_by_the_first_key() {
        let mut asked = Asked::default();
        asked.hear(Ending::Softly);
        let q = Event::Key(KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE));
        assert_eq!(asked.take(&q), Some(Action::StopAtOnce));
        asked.hear(Ending::Softly);
        assert_eq!(asked, Asked::HardStop);
    }

    #[test]
    fn space_holds_until_it_is_stopped() {
        let mut asked = Asked::default();
        let key = |code| Event::Key(KeyEvent::new(code, KeyModifiers::NONE));
        assert_eq!(asked.take(&key(KeyCode::Char(' '))), Some(Action::HoldOrResume));
        assert_eq!(asked.take(&key(KeyCode::Char('q'))), Some(Action::StopSoftly));
        assert_eq!(asked.take(&key(KeyCode::Char(' '))), None);
    }

    #[test]
    fn letting_a_key_go_is_not_pressing_it() {
        let mut asked = Asked::default();
        let released = KeyEvent::new_with_kind(KeyCode::Char('q'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(asked.take(&Event::Key(released)), None);
    }
}
