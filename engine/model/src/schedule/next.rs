//! The next time of a cron expression, where clocks are put forward and back.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::cron::{Cron, SEARCHED};

/// The first time after a moment; none if there is none before the calendar ends.
///
/// A time that is missing from its day, because clocks are put forward, comes as much later: 02:30 at 03:30. One that a day has twice
/// comes the first time, and both times if the expression goes through the hours (`*`, `*/2`).
pub(super) fn next(cron: &Cron, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    let mut best: Option<Timestamp> = None;
    // What is missing before midnight may come after it.
    let mut date = zone.to_datetime(after).date().yesterday().ok()?;
    for _ in 0..SEARCHED {
        if best.is_some_and(|best| zone.to_datetime(best).date().tomorrow().is_ok_and(|last| date > last)) {
            break;
        }
        if cron.is_day(date) {
            let times = cron.times(date).flat_map(|time| moments(cron, zone, time)).filter(|at| *at > after);
            best = times.chain(best).min();
        }
        let Ok(tomorrow) = date.tomorrow() else { break };
        date = tomorrow;
    }
    best
}

/// The moments at which clocks show a time.
fn moments(cron: &Cron, zone: &TimeZone, time: DateTime) -> impl Iterator<Item = Timestamp> {
    let shown = zone.to_ambiguous_timestamp(time);
    let is_twice = cron.goes_through_hours() && matches!(shown.offset(), AmbiguousOffset::Fold { .. });
    let again = is_twice.then(|| shown.later().ok()).flatten();
    shown.compatible().ok().into_iter().chain(again)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect(name)
    }

    /// The times after a moment, as clocks there show them.
    fn times(cron: &str, name: &str, after: &str, count: usize) -> Vec<String> {
        let (cron, zone) = (Cron::parse(cron).expect(cron), zone(name));
        let mut at: Timestamp = after.parse().expect(after);
        let mut told = Vec::new();
        for _ in 0..count {
            at = next(&cron, &zone, at).expect("a next one");
            told.push(at.to_zoned(zone.clone()).strftime("%m-%d %H:%M%:z").to_string());
        }
        told
    }

    #[test]
    fn the_next_times() {
        assert_eq!(
            times("0 2 L-1 * *", "Europe/Vienna", "2026-11-22T12:00Z", 3),
            ["11-29 02:00+01:00", "12-30 02:00+01:00", "01-30 02:00+01:00"]
        );
        assert_eq!(times("30 22 * * 5", "America/New_York", "2026-11-22T12:00Z", 2), ["11-27 22:30-05:00", "12-04 22:30-05:00"]);
        assert_eq!(
            times("*/20 9-10 * * *", "UTC", "2026-11-22T09:20Z", 4),
            ["11-22 09:40+00:00", "11-22 10:00+00:00", "11-22 10:20+00:00", "11-22 10:40+00:00"]
        );
        assert_eq!(times("0 0 29 2 *", "UTC", "2026-11-22T00:00Z", 2), ["02-29 00:00+00:00", "02-29 00:00+00:00"]);
    }

    #[test]
    fn where_clocks_are_put_forward() {
        let night = "2026-03-28T12:00Z";
        assert_eq!(times("30 2 * * *", "Europe/Vienna", night, 2), ["03-29 03:30+02:00", "03-30 02:30+02:00"]);
        assert_eq!(times("30 2,3 * * *", "Europe/Vienna", night, 2), ["03-29 03:30+02:00", "03-30 02:30+02:00"], "they are one");
        assert_eq!(
            times("0 * * * *", "Europe/Vienna", "2026-03-28T23:30Z", 3),
            ["03-29 01:00+01:00", "03-29 03:00+02:00", "03-29 04:00+02:00"]
        );
        // The missing hour is the last of the day.
        assert_eq!(
            times("30 23,0 * * *", "America/Nuuk", "2026-03-28T12:00Z", 3),
            ["03-29 00:30-01:00", "03-29 23:30-01:00", "03-30 00:30-01:00"]
        );
    }

    #[test]
    fn where_clocks_are_put_back() {
        let night = "2026-10-24T23:30Z";
        assert_eq!(times("30 2 * * *", "Europe/Vienna", night, 2), ["10-25 02:30+02:00", "10-26 02:30+01:00"], "once");
        assert_eq!(
            times("30 * * * *", "Europe/Vienna", night, 4),
            ["10-25 02:30+02:00", "10-25 02:30+01:00", "10-25 03:30+01:00", "10-25 04:30+01:00"],
            "in each hour"
        );
    }

    proptest! {
        #[test]
        fn it_is_the_first_that_fits(
            minute in 0..60_u8, hours in prop_oneof![Just("*".to_owned()), (0..24_u8).prop_map(|hour| hour.to_string()), Just("*/5".to_owned())],
            day in prop_oneof![Just("*".to_owned()), (1..29_u8).prop_map(|day| day.to_string()), (0..28_u8).prop_map(|left| format!("L-{left}"))],
            weekday in prop_oneof![Just("*".to_owned()), (0..8_u8).prop_map(|day| day.to_string())],
            name in prop_oneof![Just("Europe/Vienna"), Just("America/Nuuk"), Just("Australia/Lord_Howe"), Just("UTC"), Just("Asia/Kathmandu")],
            after in 1_700_000_000_i64..1_900_000_000,
        ) {
            let text = format!("{minute} {hours} {day} * {weekday}");
            let (cron, zone) = (Cron::parse(&text).expect("valid"), zone(name));
            let after = Timestamp::from_second(after).expect("a moment");
            let found = next(&cron, &zone, after).expect("a next one");
            prop_assert!(found > after);
            // It fits, or stands for a time that is missing.
            let shown = zone.to_datetime(found);
            let fits = |time: DateTime| time.minute() == minute.cast_signed() && cron.is_day(time.date()) && cron.times(time.date()).any(|one| one == time);
            let missing = [30, 60].map(|minutes| shown.checked_sub(jiff::Span::new().minutes(minutes)).expect("a time"));
            let stands_for = |time: &DateTime| fits(*time) && matches!(zone.to_ambiguous_timestamp(*time).offset(), AmbiguousOffset::Gap { .. });
            prop_assert!(fits(shown) || missing.iter().any(stands_for), "{shown}");
            // None in between fits: whole minutes, for a day and a half before it.
            for minutes in 1..2160_i64 {
                let between = found - jiff::SignedDuration::from_mins(minutes);
                if between <= after {
                    break;
                }
                let shown = zone.to_datetime(between);
                let is_second = zone.to_ambiguous_timestamp(shown).compatible().expect("a moment") != between;
                prop_assert!(!fits(shown) || (is_second && !cron.goes_through_hours()), "{shown} comes before");
            }
        }
    }
}
