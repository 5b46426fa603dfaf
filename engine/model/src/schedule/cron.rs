//! Cron expressions: which days and which times of a day are meant.

use jiff::civil::{Date, DateTime};

use super::field::{DAYS, Field, HOURS, MINUTES, MONTHS, WEEKDAYS};

/// Days that are looked through for one that fits: between two leap days there may be eight years.
pub(super) const SEARCHED: usize = 9 * 366;

/// What cannot be read as a cron expression.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CronError {
    /// Too few, or too many.
    #[error(
        "a cron expression has 5 fields, and this has {0}; write minute, hour, day of the month, month and day of the week: `30 2 * * 1-5`"
    )]
    Fields(usize),
    /// A word that is no value of its field.
    #[error("`{word}` is no {field}; write {range}, `*`, lists, ranges and steps: `1,5`, `1-5`, `*/2`{more}")]
    Word {
        /// As it is written.
        word: String,
        /// What it should be.
        field: &'static str,
        /// Its values.
        range: String,
        /// What this field knows besides.
        more: &'static str,
    },
    /// A range whose end is before its beginning.
    #[error("the range `{0}` goes down; write the lower one first")]
    Backwards(String),
    /// A step that leads nowhere.
    #[error("`{0}` has a step of 0; write at least 1")]
    Step(String),
    /// Such as 30 February.
    #[error("no day fits; such a month has no such day")]
    Never,
}

/// A cron expression: minute, hour, day of the month, month, day of the week.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cron {
    minutes: Field,
    hours: Field,
    days: Field,
    months: Field,
    weekdays: Field,
}

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// It is none, or no day ever fits.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let words: Vec<_> = text.split_ascii_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = words.as_slice() else { return Err(CronError::Fields(words.len())) };
        let cron = Self {
            minutes: MINUTES.read(minutes)?,
            hours: HOURS.read(hours)?,
            days: DAYS.read(days)?,
            months: MONTHS.read(months)?,
            weekdays: WEEKDAYS.read(weekdays)?,
        };
        // Any such stretch has a leap day and every weekday.
        let mut dates = std::iter::successors(Some(Date::constant(2000, 1, 1)), |date| date.tomorrow().ok()).take(SEARCHED);
        if dates.any(|date| cron.is_day(date)) { Ok(cron) } else { Err(CronError::Never) }
    }

    /// Whether it comes at some time of this day. Where both days are said, of the month and of the week, one of them is enough, unless
    /// one begins with `*`: as cron has always done it.
    pub(super) fn is_day(&self, date: Date) -> bool {
        let left = date.days_in_month() - date.day();
        let in_month = self.days.has(date.day()) || self.days.has_from_end(left);
        let in_week = self.weekdays.has(date.weekday().to_sunday_zero_offset());
        let is_any = self.days.is_starred || self.weekdays.is_starred;
        self.months.has(date.month()) && if is_any { in_month && in_week } else { in_month || in_week }
    }

    /// Its times of a day that fits.
    pub(super) fn times(&self, date: Date) -> impl Iterator<Item = DateTime> {
        let hours = (0..24).filter(|hour| self.hours.has(*hour));
        hours.flat_map(move |hour| (0..60).filter(|minute| self.minutes.has(*minute)).map(move |minute| date.at(hour, minute, 0, 0)))
    }

    /// Whether it comes in every hour, or in every second, third …: then also in one that clocks put back bring twice.
    pub(super) fn goes_through_hours(&self) -> bool {
        self.hours.is_starred
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(text: &str, year: i16, month: i8) -> Vec<i8> {
        let cron = Cron::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let first = jiff::civil::date(year, month, 1);
        (1..=first.days_in_month()).filter(|day| cron.is_day(jiff::civil::date(year, month, *day))).collect()
    }

    #[test]
    fn days_of_the_month_and_of_the_week() {
        assert_eq!(days("0 2 L * *", 2026, 2), [28]);
        assert_eq!(days("0 2 L * *", 2028, 2), [29]);
        assert_eq!(days("0 2 L-1 * *", 2026, 12), [30]);
        assert_eq!(days("0 2 1,15,L-2,L * *", 2026, 11), [1, 15, 28, 30]);
        assert_eq!(days("0 2 L-30 * *", 2026, 11), [0; 0]);
        assert_eq!(days("0 2 L-30 * *", 2026, 12), [1]);
        assert_eq!(days("0 2 */10 * *", 2026, 11), [1, 11, 21]);
        assert_eq!(days("0 2 20/5 * *", 2026, 11), [20, 25, 30]);
        assert_eq!(days("0 2 * * MON", 2026, 11), [2, 9, 16, 23, 30]);
        assert_eq!(days("0 2 * * 1-5", 2026, 11), days("0 2 * * mon-fri", 2026, 11));
        assert_eq!(days("0 2 * * sat-sun", 2026, 11), [1, 7, 8, 14, 15, 21, 22, 28, 29]);
        assert_eq!(days("0 2 * * 0", 2026, 11), days("0 2 * * 7", 2026, 11));
        assert_eq!(days("0 2 13 * FRI", 2026, 11), [6, 13, 20, 27], "either is enough");
        assert_eq!(days("0 2 */2 * SUN", 2026, 11), [1, 15, 29], "a field with a star only leaves days out");
        assert_eq!(days("0 2 * jan,mar-may *", 2026, 2), [0; 0]);
        assert_eq!(days("0 2 29 2 *", 2027, 2), [0; 0]);
    }

    #[test]
    fn what_is_no_expression_is_told() {
        let wrong = |text: &str| Cron::parse(text).expect_err(text).to_string();
        let texts = ["", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "5-1 * * * *", "*/0 * * * *"];
        let more = [
            "* * L-31 * *",
            "* * * * L",
            "* L * * *",
            "0 0 30 2 *",
            "1,,2 * * * *",
            "- * * * *",
            "1/2/3 * * * *",
            "99999999999999999999 * * * *",
        ];
        let told: Vec<_> = texts.into_iter().chain(more).map(|text| format!("{text}: {}", wrong(text))).collect();
        insta::assert_snapshot!(told.join("\n"), @"
        : a cron expression has 5 fields, and this has 0; write minute, hour, day of the month, month and day of the week: `30 2 * * 1-5`
        * * * *: a cron expression has 5 fields, and this has 4; write minute, hour, day of the month, month and day of the week: `30 2 * * 1-5`
        60 * * * *: `60` is no minute; write 0 to 59, `*`, lists, ranges and steps: `1,5`, `1-5`, `*/2`
        * 24 * * *: `24` is no hour; write 0 to 23, `*`, lists, ranges and steps: `1,5`, `1-5`, `*/2`
        * * 0 * *: `0` is no day of the month; write 1 to 31, `*`, lists, ranges and steps: `1,5`, `1-5`, `*/2`, or `L` for the last day of the month and `L-1` to `L-30` for those before it
        * * * 13 *: `13` is no month; write 1 to 12, `*`, lists, ranges and steps: `1,5`, `1-5`, `*/2`, or names: `JAN`
        * * * * 8: `8` is no day of the week; write 0 to 7, `*`, lists, ranges and steps: `1,5`, `1-5`, `*/2`, or names: `MON`; 0 and 7 are Sunday
        5-1 * * * *: the range `5-1` goes down; write the lower one first
        */0 * * * *: `*/0` has a step of 0; write at least 1
        * * L-31 * *: `L-31` is no day of the month; write 1 to 31, `*`, lists, ranges and steps: `1,5`, `1-5`, `*/2`, or `L` for the last day of the month and `L-1` to `L-30` for those before it
        * * * * L: `L` is no day of the week; write 0 to 7, `*`, lists, ranges and steps: `1,5`, `1-5`, `*/2`, or names: `MON`; 0 and 7 are Sunday
        * L * * *: `L` is no hour; write 0 to 23, `*`, lists, ranges and steps: `1,5`, `1-5`, `*/2`
        0 0 30 2 *: no day fits; such a month has no such day
        1,,2 * * * *: `` is no minute; write 0 to 59, `*`, lists, ranges and steps: `1,5`, `1-5`, `*/2`
        - * * * *: `-` is no minute; write 0 to 59, `*`, lists, ranges and steps: `1,5`, `1-5`, `*/2`
        1/2/3 * * * *: `1/2/3` is no minute; write 0 to 59, `*`, lists, ranges and steps: `1,5`, `1-5`, `*/2`
        99999999999999999999 * * * *: `99999999999999999999` is no minute; write 0 to 59, `*`, lists, ranges and steps: `1,5`, `1-5`, `*/2`
        ");
    }
}
