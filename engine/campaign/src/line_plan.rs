//! The starting lines of a scenario, planned before it starts and dealt out in pieces.

use serde::Deserialize;
use throng_model::{Profile, Scenario, UserProfileAnswer, UserProfileInput};
use throng_protocols::{Call, Callbacks, CallbacksError, Context, Effects, Output, Place, Session, Value};
use throng_runtime::LineChunk;

/// All starting lines of one scenario.
#[derive(Clone, Debug, Default)]
pub struct LinePlan {
    /// Pairs of count and offset from t₀ in nanoseconds, in order.
    lines: Vec<(u64, u64)>,
    /// How far the clock has come in them.
    due: Cursor,
}

/// Lines in one piece.
const PIECE: usize = 1024;

/// Where a worker is in the plan.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cursor {
    line: usize,
    minion: u64,
}

impl LinePlan {
    /// The lines: pairs of count and offset from t₀ in nanoseconds.
    pub fn lines(&self) -> &[(u64, u64)] {
        &self.lines
    }

    /// Minions in all.
    pub fn total(&self) -> u64 {
        self.lines.iter().map(|(count, _)| count).sum()
    }

    /// The offset of the last start, in nanoseconds.
    pub fn last_offset(&self) -> u64 {
        self.lines.last().map_or(0, |(_, offset)| *offset)
    }

    /// Starts at times that have come; time goes forward only.
    pub(crate) fn due(&mut self, has_come: impl Fn(u64) -> bool) -> u64 {
        while let Some((count, offset)) = self.lines.get(self.due.line)
            && has_come(*offset)
        {
            self.due.line += 1;
            self.due.minion += count;
        }
        self.due.minion
    }

    /// The same, at any time.
    pub(crate) fn planned_until(&self, has_come: impl Fn(u64) -> bool) -> u64 {
        self.lines.iter().take_while(|(_, offset)| has_come(*offset)).map(|(count, _)| count).sum()
    }

    /// The next piece for a worker.
    pub(crate) fn deal(&self, scenario: u32, cursor: &mut Cursor) -> LineChunk {
        let end = self.lines.len().min(cursor.line.saturating_add(PIECE));
        let lines = self.lines.get(cursor.line..end).unwrap_or_default().to_vec();
        let first_minion = cursor.minion;
        cursor.line = end;
        cursor.minion += lines.iter().map(|(count, _)| count).sum::<u64>();
        LineChunk { scenario, first_minion, lines, last: end == self.lines.len() }
    }
}

/// Plans a scenario's lines. A profile written by the guest is asked through `callbacks`.
///
/// # Errors
/// The profile leaves minions over, or the guest answers with nonsense, in words for people.
pub fn plan_lines(scenario: &Scenario, speed: f64, seed: u64, callbacks: Option<&dyn Callbacks>) -> Result<LinePlan, String> {
    let mut ask = |input: UserProfileInput| match (&scenario.profile, callbacks) {
        (Profile::User { callback }, Some(callbacks)) => ask_guest(scenario, callbacks, seed, callback.0, input),
        _ => Err("there is no component to ask for the profile".to_owned()),
    };
    let lines = scenario.profile.lines(scenario.minions, speed, seed, &mut ask).map_err(|error| error.to_string())?;
    let lines: Result<Vec<_>, _> = lines.map(|line| line.map(|line| (line.count, line.offset))).collect();
    Ok(LinePlan { lines: lines.map_err(|error| error.to_string())?, due: Cursor::default() })
}

fn ask_guest(
    scenario: &Scenario,
    callbacks: &dyn Callbacks,
    seed: u64,
    callback: u32,
    input: UserProfileInput,
) -> Result<UserProfileAnswer, String> {
    let place = Place { scenario: scenario.name.as_str().into(), step: "_profile".into(), step_number: u32::MAX, zone: None };
    let call =
        Call { callback, context: Context::default(), place: place.into(), previous: None, errors: None, exhausted: false, draw: seed };
    let question =
        Value::Json(serde_json::json!({ "past": input.past_period, "total": input.total, "speed": input.speed }).to_string().into());
    match callbacks.call(call, &question, &mut Session::default(), &mut Effects::default()) {
        Ok(Output::One(Value::Json(answer) | Value::Text(answer))) => {
            let read: Result<Answer, _> = serde_json::from_str(&answer);
            let read = read.map_err(|error| format!("the profile's callback answered `{answer}`: {error}"))?;
            Ok(UserProfileAnswer { count: read.count, delay: read.delay })
        }
        Ok(_) => Err("the profile's callback must answer with one json `{\"count\": n, \"delay\": ns}`".to_owned()),
        Err(CallbacksError::Failed(failure) | CallbacksError::Unavailable(failure)) => Err(failure.message),
        Err(CallbacksError::Trapped { message, .. }) => Err(message),
    }
}

/// What the guest writes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    count: u64,
    delay: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_add_up_to_the_plan() {
        let plan = LinePlan { lines: (0..2500).map(|line| (line % 3, line)).collect(), due: Cursor::default() };
        let mut cursor = Cursor::default();
        let pieces: Vec<_> = std::iter::from_fn(|| Some(plan.deal(0, &mut cursor))).take(3).collect();
        assert_eq!(pieces.iter().map(|piece| piece.last).collect::<Vec<_>>(), [false, false, true]);
        assert_eq!(pieces.iter().flat_map(|piece| piece.lines.clone()).collect::<Vec<_>>(), plan.lines);
        assert_eq!(pieces[1].first_minion, pieces[0].lines.iter().map(|(count, _)| count).sum::<u64>());
    }

    #[test]
    fn what_is_due_follows_the_clock() {
        let mut plan = LinePlan { lines: vec![(5, 0), (3, 100), (2, 100), (1, 200)], due: Cursor::default() };
        assert_eq!([0, 99, 100, 150, 1000].map(|elapsed| plan.planned_until(|offset| offset <= elapsed)), [5, 5, 10, 10, 11]);
        assert_eq!([0, 99, 100, 150, 1000].map(|elapsed| plan.due(|offset| offset <= elapsed)), [5, 5, 10, 10, 11]);
    }

    #[test]
    fn an_empty_plan_has_one_last_piece() {
        assert!(LinePlan::default().deal(0, &mut Cursor::default()).last);
    }
}
