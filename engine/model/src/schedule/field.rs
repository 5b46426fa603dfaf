//! One field of a cron expression: lists of values, ranges and steps.

use super::cron::CronError;

/// What a field's values are.
pub(super) struct FieldKind {
    name: &'static str,
    first: u8,
    last: u8,
    /// Names of values, in their order from `first`.
    names: &'static [&'static str],
    /// What is said of it besides, when a word is none of its values.
    more: &'static str,
    /// Whether the last days of a month can be counted from its end.
    from_end: bool,
    /// Whether ranges may go over its end: weekdays do.
    is_round: bool,
}

pub(super) const MINUTES: FieldKind = FieldKind::plain("minute", 0, 59);
pub(super) const HOURS: FieldKind = FieldKind::plain("hour", 0, 23);
pub(super) const DAYS: FieldKind = FieldKind {
    from_end: true,
    more: ", or `L` for the last day of the month and `L-1` to `L-30` for those before it",
    ..FieldKind::plain("day of the month", 1, 31)
};
pub(super) const MONTHS: FieldKind = FieldKind {
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    more: ", or names: `JAN`",
    ..FieldKind::plain("month", 1, 12)
};
pub(super) const WEEKDAYS: FieldKind = FieldKind {
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    more: ", or names: `MON`; 0 and 7 are Sunday",
    is_round: true,
    ..FieldKind::plain("day of the week", 0, 7)
};

/// The values that a field of an expression has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Field {
    /// A bit for each value.
    values: u64,
    /// A bit for each distance from the end of the month.
    from_end: u64,
    /// Whether it begins with `*`.
    pub(super) is_starred: bool,
}

impl Field {
    pub(super) fn has(&self, value: i8) -> bool {
        has(self.values, value)
    }

    pub(super) fn has_from_end(&self, distance: i8) -> bool {
        has(self.from_end, distance)
    }
}

fn has(bits: u64, value: i8) -> bool {
    u32::try_from(value).is_ok_and(|value| value < u64::BITS && bits & (1 << value) != 0)
}

impl FieldKind {
    const fn plain(name: &'static str, first: u8, last: u8) -> Self {
        Self { name, first, last, names: &[], more: "", from_end: false, is_round: false }
    }

    /// Reads a list, such as `1,5-10,*/20`.
    pub(super) fn read(&self, text: &str) -> Result<Field, CronError> {
        let mut field = Field { values: 0, from_end: 0, is_starred: text.starts_with('*') };
        for word in text.split(',') {
            match self.distance(word)? {
                Some(distance) => field.from_end |= 1 << distance,
                None => self.read_word(word, &mut field.values)?,
            }
        }
        // Both are Sunday.
        if self.is_round && field.values & (1 << 7) != 0 {
            field.values |= 1;
        }
        Ok(field)
    }

    /// Reads `*`, `5`, `1-5`, and each with a step: `*/2`, `1-5/2`, `5/2`, which goes on to the end.
    fn read_word(&self, word: &str, values: &mut u64) -> Result<(), CronError> {
        let (range, step) = match word.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (word, None),
        };
        let last_of_all = if self.is_round { self.last - 1 } else { self.last };
        let (first, last) = match (range, range.split_once('-'), step) {
            ("*", _, _) => (self.first, last_of_all),
            (_, Some((first, last)), _) => (self.value(first, word)?, self.value(last, word)?),
            (_, None, Some(_)) => (self.value(range, word)?, last_of_all.max(self.value(range, word)?)),
            (_, None, None) => (self.value(range, word)?, self.value(range, word)?),
        };
        let step = match step {
            None => 1,
            Some(step) if is_number(step) => step.parse::<u8>().map_err(|_| self.wrong(word))?,
            Some(_) => return Err(self.wrong(word)),
        };
        if step == 0 {
            return Err(CronError::Step(word.to_owned()));
        }
        let last = match last.checked_sub(first) {
            Some(_) => last,
            // `SAT-SUN`, `FRI-MON`.
            None if self.is_round => last + self.last,
            None => return Err(CronError::Backwards(word.to_owned())),
        };
        for value in (first..=last).step_by(usize::from(step)) {
            *values |= 1 << if self.is_round && value > self.last { value - self.last } else { value };
        }
        Ok(())
    }

    fn value(&self, text: &str, word: &str) -> Result<u8, CronError> {
        let named = self.names.iter().position(|name| text.eq_ignore_ascii_case(name)).and_then(|place| u8::try_from(place).ok());
        let read = named.map(|place| place + self.first).or_else(|| text.parse().ok().filter(|_| is_number(text)));
        read.filter(|value| (self.first..=self.last).contains(value)).ok_or_else(|| self.wrong(word))
    }

    /// How far from the month's end, if it is said from there.
    fn distance(&self, word: &str) -> Result<Option<u8>, CronError> {
        if !self.from_end || !word.starts_with(['L', 'l']) {
            return Ok(None);
        }
        let distance = match word.get(1..).unwrap_or_default() {
            "" => Some(0),
            rest => rest.strip_prefix('-').filter(|number| is_number(number)).and_then(|number| number.parse().ok()),
        };
        distance.filter(|distance| *distance < self.last).map(Some).ok_or_else(|| self.wrong(word))
    }

    fn wrong(&self, word: &str) -> CronError {
        CronError::Word { word: word.to_owned(), field: self.name, range: format!("{} to {}", self.first, self.last), more: self.more }
    }
}

/// Digits alone: no sign.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
