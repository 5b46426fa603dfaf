//! Where a value stands on an axis, and which values are written there.

use throng_measure::humane;

/// From values to shares of an axis, 0 to 1.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scale {
    /// In proportion.
    Linear { from: f64, to: f64 },
    /// By magnitude; both bounds are above 0.
    Logarithmic { from: f64, to: f64 },
}

impl Scale {
    /// From 0 to a round value above all.
    pub(super) fn from_zero(values: impl IntoIterator<Item = f64>) -> Self {
        let most = values.into_iter().filter(|value| value.is_finite()).fold(0.0, f64::max);
        let to = if most > 0.0 { (most / step(most)).ceil() * step(most) } else { 1.0 };
        Self::Linear { from: 0.0, to }
    }

    /// By magnitude if the values differ by more than a hundredfold, else from 0.
    pub(super) fn of_times(values: impl IntoIterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.into_iter().filter(|value| *value > 0.0).collect();
        let (least, most) = (values.iter().copied().fold(f64::INFINITY, f64::min), values.iter().copied().fold(0.0, f64::max));
        if most / least > 100.0 {
            return Self::Logarithmic { from: 10_f64.powf(least.log10().floor()), to: 10_f64.powf(most.log10().ceil()) };
        }
        Self::from_zero(values)
    }

    /// Where a value stands, 0 to 1.
    pub(super) fn at(self, value: f64) -> f64 {
        let share = match self {
            Self::Linear { from, to } => (value - from) / (to - from),
            Self::Logarithmic { from, to } => (value.max(from) / from).log10() / (to / from).log10(),
        };
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Some round values, the bounds among them.
    pub(super) fn ticks(self) -> Vec<f64> {
        match self {
            Self::Linear { from, to } => {
                let step = step(to - from);
                let count = ((to - from) / step + 1e-6).floor() as u32;
                (0..=count).map(|index| from + f64::from(index) * step).collect()
            }
            Self::Logarithmic { from, to } => {
                let decades = (to / from).log10().round().clamp(1.0, 20.0) as i32;
                (0..=decades).map(|decade| from * 10_f64.powi(decade)).collect()
            }
        }
    }
}

/// 1, 2 or 5 of a magnitude, so that there are four to eight steps or so.
fn step(range: f64) -> f64 {
    let rough = range / 4.0;
    let magnitude = 10_f64.powf(rough.log10().floor());
    let round = [1.0, 2.0, 2.5, 5.0].into_iter().rev().find(|factor| factor * magnitude <= rough * 1.000_001);
    round.unwrap_or(1.0) * magnitude
}

/// A duration for an axis: `20 ms`, `2.5 s`, `1m 30s`.
pub(super) fn duration(nanoseconds: f64) -> String {
    let text = humane::duration(nanoseconds.max(0.0).round() as u64);
    match text.split_once(' ') {
        _ if nanoseconds < 0.5 => "0".to_owned(),
        Some((number, unit)) if number.contains('.') => format!("{} {unit}", number.trim_end_matches('0').trim_end_matches('.')),
        _ => text,
    }
}

/// A number for an axis: `0`, `2.5`, `1 200`.
pub(super) fn number(number: f64) -> String {
    let text = humane::number(number);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(scale: Scale, text: fn(f64) -> String) -> String {
        scale.ticks().into_iter().map(|tick| format!("{} at {:.2}", text(tick), scale.at(tick))).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn ticks_are_round_and_end_with_the_axis() {
        insta::assert_snapshot!(told(Scale::from_zero([3.0, 187.0]), number), @"0 at 0.00, 50 at 0.25, 100 at 0.50, 150 at 0.75, 200 at 1.00");
        insta::assert_snapshot!(told(Scale::from_zero([0.0]), number), @"0 at 0.00, 0.25 at 0.25, 0.5 at 0.50, 0.75 at 0.75, 1 at 1.00");
        insta::assert_snapshot!(told(Scale::from_zero([1_234.5]), number), @"0 at 0.00, 250 at 0.20, 500 at 0.40, 750 at 0.60, 1 000 at 0.80, 1 250 at 1.00");
        insta::assert_snapshot!(told(Scale::of_times([20e6, 47e6]), duration), @"0 at 0.00, 10 ms at 0.20, 20 ms at 0.40, 30 ms at 0.60, 40 ms at 0.80, 50 ms at 1.00");
        insta::assert_snapshot!(told(Scale::of_times([20e6, 4.7e9]), duration), @"10 ms at 0.00, 100 ms at 0.33, 1 s at 0.67, 10 s at 1.00");
        insta::assert_snapshot!(told(Scale::of_times([]), duration), @"0 at 0.00, 0 at 0.25, 1 ns at 0.50, 1 ns at 0.75, 1 ns at 1.00");
    }

    #[test]
    fn what_is_out_of_bounds_stands_at_them() {
        let scale = Scale::Linear { from: 0.0, to: 10.0 };
        assert_eq!([-1.0, 5.0, 11.0, f64::NAN].map(|value| scale.at(value)), [0.0, 0.5, 1.0, 0.0]);
        assert_eq!(Scale::Linear { from: 1.0, to: 1.0 }.at(1.0), 0.0);
        assert_eq!(Scale::Logarithmic { from: 1.0, to: 100.0 }.at(0.0), 0.0);
    }
}
