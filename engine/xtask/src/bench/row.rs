//! A figure with its bars, and the table that figures make.

use std::fmt::Write as _;

/// What a figure has to reach.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bar {
    /// Higher is better.
    AtLeast(f64),
    /// Lower is better.
    AtMost(f64),
    /// Both are included.
    Between(f64, f64),
}

/// A measured figure.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Of the bar: `1`, `4a`.
    pub(crate) number: &'static str,
    /// What was measured, against what.
    pub(crate) what: String,
    pub(crate) figure: f64,
    pub(crate) unit: &'static str,
    /// What is promised.
    pub(crate) must: Option<Bar>,
    /// What is aimed at.
    pub(crate) goal: Option<Bar>,
    /// The figures that it was made of.
    pub(crate) detail: String,
}

impl Bar {
    fn holds(self, figure: f64) -> bool {
        match self {
            Self::AtLeast(bar) => figure >= bar,
            Self::AtMost(bar) => figure <= bar,
            Self::Between(low, high) => (low..=high).contains(&figure),
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtLeast(bar) => format!("≥ {}", number(bar)),
            Self::AtMost(bar) => format!("≤ {}", number(bar)),
            Self::Between(low, high) if low == high => number(low),
            Self::Between(low, high) => format!("{} … {}", number(low), number(high)),
        }
    }
}

impl Row {
    /// Whether what is promised holds.
    pub(crate) fn is_kept(&self) -> bool {
        self.must.is_none_or(|bar| bar.holds(self.figure))
    }

    fn standing(&self) -> &'static str {
        match (self.is_kept(), self.goal) {
            (false, _) => "**missed**",
            (true, Some(goal)) if goal.holds(self.figure) => "goal",
            (true, _) if self.must.is_some() => "kept",
            (true, _) => "",
        }
    }
}

/// The rows as a Markdown table.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = String::from("| # | what | figure | must | goal | | made of |\n|---|---|---|---|---|---|---|\n");
    let bar = |bar: Option<Bar>| bar.map(Bar::text).unwrap_or_default();
    for row in rows {
        let Row { number: at, what, figure, unit, detail, .. } = row;
        let figure = format!("{} {unit}", number(*figure));
        let (must, goal) = (bar(row.must), bar(row.goal));
        let _ = writeln!(text, "| {at} | {what} | {} | {must} | {goal} | {} | {detail} |", figure.trim_end(), row.standing());
    }
    text
}

/// Three digits that count, in groups of thousands.
pub(crate) fn number(value: f64) -> String {
    if value.abs() >= 1_000_000.0 {
        return format!("{:.2} million", value / 1e6);
    }
    let digits = match value.abs() {
        large if large >= 100.0 => 0,
        middle if middle >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{value:.digits$}");
    match text.len() {
        length if digits == 0 && length > 3 && !value.is_nan() => format!("{} {}", &text[..length - 3], &text[length - 3..]),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::{Bar, Row, number, table};

    fn row(figure: f64, must: Bar, goal: Bar) -> Row {
        Row { number: "1", what: "a ratio".into(), figure, unit: "", must: Some(must), goal: Some(goal), detail: "2 ÷ 1".into() }
    }

    #[test]
    fn bars_are_kept_or_missed() {
        let (must, goal) = (Bar::AtLeast(1.15), Bar::AtLeast(1.6));
        let standings = [1.0, 1.2, 1.7].map(|figure| row(figure, must, goal).standing());
        assert_eq!(standings, ["**missed**", "kept", "goal"]);
        assert!(!row(2.0, Bar::AtMost(1.0), Bar::AtMost(0.5)).is_kept());
        assert!(!row(f64::NAN, Bar::AtMost(1.0), Bar::AtMost(0.5)).is_kept());
    }

    #[test]
    fn figures_are_readable() {
        assert_eq!([0.123, 12.34, 123.4, 34_567.8, 2_345_678.0].map(number), ["0.12", "12.3", "123", "34 568", "2.35 million"]);
        let text = table(&[row(1.2, Bar::AtLeast(1.15), Bar::AtLeast(1.6))]);
        assert!(text.ends_with("| 1 | a ratio | 1.20 | ≥ 1.15 | ≥ 1.60 | kept | 2 ÷ 1 |\n"), "{text}");
    }
}
