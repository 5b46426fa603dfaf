//! Numbers and durations as people read them: three digits, a unit, groups of thousands.

const UNITS: [(f64, &str); 4] = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];

/// Nanoseconds with three digits and a fitting unit: `850 ns`, `12.3 µs`, `1.05 s`, `2m 05s`, `1h 02m`.
pub fn duration(nanoseconds: u64) -> String {
    let seconds = nanoseconds / 1_000_000_000;
    if seconds >= 3_600 {
        return format!("{}h {:02}m", seconds / 3_600, seconds / 60 % 60);
    }
    if seconds >= 60 {
        return format!("{}m {:02}s", seconds / 60, seconds % 60);
    }
    if nanoseconds < 1_000 {
        return format!("{nanoseconds} ns");
    }
    let nanoseconds = nanoseconds as f64;
    // What rounds up to 1 000 of a unit is 1 of the next.
    let (size, unit) = UNITS.into_iter().find(|(size, _)| nanoseconds >= size * 0.9995).unwrap_or((1.0, "ns"));
    format!("{} {unit}", three_digits(nanoseconds / size))
}

/// A whole number in groups of thousands: `12 345`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number with three digits, or all of them if it has more: `0.05`, `1.25`, `16.7`, `1 234`.
pub fn number(number: f64) -> String {
    if number.abs() < 999.5 {
        return three_digits(number);
    }
    let sign = if number < 0.0 { "-" } else { "" };
    format!("{sign}{}", count(number.abs().round() as u64))
}

/// A share as a percentage: `0.12 %`. Only all is `100 %`, and only nothing is `0 %`.
pub fn percentage(part: u64, whole: u64) -> String {
    if part == 0 || whole == 0 {
        return "0 %".to_owned();
    }
    let percentage = part as f64 * 100.0 / whole as f64;
    if part < whole && percentage > 99.99 {
        return "> 99.99 %".to_owned();
    }
    if percentage < 0.01 { "< 0.01 %".to_owned() } else { format!("{} %", trimmed(percentage)) }
}

/// A number of things: `1 error`, `2 errors`.
pub fn plural(number: u64, thing: &str) -> String {
    format!("{} {thing}{}", count(number), if number == 1 { "" } else { "s" })
}

fn three_digits(number: f64) -> String {
    match number.abs() {
        size if size < 9.995 => format!("{number:.2}"),
        size if size < 99.95 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    }
}

fn trimmed(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Whose a failure is: `minion 17`, or that of a step that works for itself, such as a side tree or a list behind a collect. Those have
/// numbers from the top, one for each step.
pub fn minion(number: u32) -> String {
    if number > u32::MAX - 1_001 { "beside the minions".to_owned() } else { format!("minion {number}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits() {
        let shown =
            [0, 999, 1_000, 12_345, 999_400, 999_600, 1_050_000_000, 59_999_000_000, 125_000_000_000, 3_720_000_000_000].map(duration);
        insta::assert_snapshot!(shown.join(" | "), @"0 ns | 999 ns | 1.00 µs | 12.3 µs | 999 µs | 1.00 ms | 1.05 s | 60.0 s | 2m 05s | 1h 02m");
    }

    #[test]
    fn counts_are_grouped() {
        insta::assert_snapshot!([0, 999, 1_000, 12_345_678].map(count).join(" | "), @"0 | 999 | 1 000 | 12 345 678");
        insta::assert_snapshot!([0.0, 0.051, 16.66, 1_234.4, -5.0, -1_234.0].map(number).join(" | "), @"0.00 | 0.05 | 16.7 | 1 234 | -5.00 | -1 234");
    }

    #[test]
    fn only_all_is_all() {
        let shown =
            [(0, 5), (1, 3), (1, 1_000_000), (999_999, 1_000_000), (5, 5), (0, 0), (1, 2)].map(|(part, whole)| percentage(part, whole));
        insta::assert_snapshot!(shown.join(" | "), @"0 % | 33.33 % | < 0.01 % | > 99.99 % | 100 % | 0 % | 50 %");
    }
}
