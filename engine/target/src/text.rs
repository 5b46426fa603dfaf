//! How durations and shares are written on the command line and in paths.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The longest wait that can be asked for.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A part of a whole, from 0% to 100%.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Share {
    percent: f64,
}

impl Share {
    /// Nothing of it.
    pub const NONE: Self = Self { percent: 0.0 };

    /// From 0 to 100.
    pub const fn percent(self) -> f64 {
        self.percent
    }

    /// Where this share of all 64-bit numbers ends.
    pub(crate) fn threshold(self) -> u128 {
        const WHOLE: f64 = 18_446_744_073_709_551_616.0;
        (self.percent / 100.0 * WHOLE) as u128
    }
}

impl fmt::Display for Share {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}%", self.percent)
    }
}

impl FromStr for Share {
    type Err = String;

    /// Reads `1%` or `0.5%`.
    fn from_str(text: &str) -> Result<Self, String> {
        let Some(number) = text.strip_suffix('%') else {
            return Err(match decimal(text) {
                Some(_) => format!("a share has a unit: write `{text}%`"),
                None => "a share is written like `1%` or `0.5%`".to_owned(),
            });
        };
        let percent = decimal(number).ok_or("a share is written like `1%` or `0.5%`")?;
        if percent > 100.0 {
            return Err("a share is at most `100%`".to_owned());
        }
        Ok(Self { percent })
    }
}

/// Reads `250ms`, `1.5s`, `2m`, `1h`, `10us` or `10ns`; at most 24 hours.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let unit_at = text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let seconds = match unit {
        "ns" => 1e-9,
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "" if decimal(number).is_some() => return Err(format!("a duration has a unit: write `{number}ms`")),
        _ => return Err("a duration is written like `250ms`, `1.5s` or `2m`".to_owned()),
    };
    let number = decimal(number).ok_or("a duration is written like `250ms`, `1.5s` or `2m`")?;
    Duration::try_from_secs_f64(number * seconds)
        .ok()
        .filter(|duration| *duration <= LONGEST)
        .ok_or_else(|| "a duration is at most `24h`".to_owned())
}

/// Digits with at most one point among them: no sign, no exponent, no words.
fn decimal(text: &str) -> Option<f64> {
    let plain = text.starts_with(|first: char| first.is_ascii_digit()) && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_to_the_nanosecond() {
        for (text, nanos) in
            [("250ms", 250_000_000), ("1.5s", 1_500_000_000), ("2m", 120_000_000_000), ("0ms", 0), ("10us", 10_000), ("7ns", 7)]
        {
            assert_eq!(duration(text), Ok(Duration::from_nanos(nanos)), "{text}");
        }
        assert_eq!(duration("24h"), Ok(LONGEST));
    }

    #[test]
    fn what_is_not_a_duration_is_told_how_to_be_one() {
        for (text, message) in [
            ("1000", "a duration has a unit: write `1000ms`"),
            ("25h", "a duration is at most `24h`"),
            ("99999999999999999999s", "a duration is at most `24h`"),
            ("", "a duration is written like `250ms`, `1.5s` or `2m`"),
            ("ms", "a duration is written like `250ms`, `1.5s` or `2m`"),
            ("-5ms", "a duration is written like `250ms`, `1.5s` or `2m`"),
            ("1.2.3s", "a duration is written like `250ms`, `1.5s` or `2m`"),
            ("5 ms", "a duration is written like `250ms`, `1.5s` or `2m`"),
        ] {
            assert_eq!(duration(text), Err(message.to_owned()), "{text}");
        }
    }

    #[test]
    fn shares_are_percentages() {
        assert_eq!("0.5%".parse(), Ok(Share { percent: 0.5 }));
        assert_eq!("0%".parse(), Ok(Share::NONE));
        for (text, message) in [
            ("1", "a share has a unit: write `1%`"),
            ("101%", "a share is at most `100%`"),
            ("-1%", "a share is written like `1%` or `0.5%`"),
            ("nan%", "a share is written like `1%` or `0.5%`"),
            ("one", "a share is written like `1%` or `0.5%`"),
        ] {
            assert_eq!(text.parse::<Share>(), Err(message.to_owned()), "{text}");
        }
    }

    #[test]
    fn the_ends_of_a_share_are_exact() {
        assert_eq!(Share::NONE.threshold(), 0);
        assert_eq!(Share { percent: 100.0 }.threshold(), 1 << 64);
        assert_eq!(Share { percent: 50.0 }.threshold(), 1 << 63);
    }
}
