//! How the values of several options are read.

use std::time::Duration;

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    throng_model::parse_duration(text).map_err(|error| error.to_string())
}

/// A duration, in days as well: `90d`.
pub(super) fn age(text: &str) -> Result<Duration, String> {
    match text.strip_suffix('d').map(str::parse::<u32>) {
        Some(Ok(days)) => Ok(Duration::from_secs(u64::from(days) * 24 * 60 * 60)),
        _ => duration(text).map_err(|error| format!("{error}; days are whole: `90d`")),
    }
}

pub(super) fn size(text: &str) -> Result<u64, String> {
    throng_plugin_api::parse_size(&text.into())
}

pub(super) fn factor(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if number.is_finite() && number > 0.0 { Ok(number) } else { Err("must be above 0".to_owned()) }
}

pub(super) fn speed(text: &str) -> Result<f64, String> {
    factor(text).and_then(|speed| if speed <= 999.0 { Ok(speed) } else { Err("must be 999 at most".to_owned()) })
}

pub(super) fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_durations_and_days() {
        assert_eq!(age("90d"), Ok(Duration::from_secs(90 * 86400)));
        assert_eq!(age("36h"), Ok(Duration::from_secs(36 * 3600)));
        for wrong in ["1.5d", "d", "-1d", "90", "99999999999d"] {
            assert!(age(wrong).is_err_and(|error| error.contains("`90d`")), "{wrong}");
        }
    }
}
