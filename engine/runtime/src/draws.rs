//! Random draws that depend on nothing but the seed and the place: the same on any number of workers.

use throng_protocols::{Context, draw};

/// The key of a visit's draws: seed, scenario, minion, step, iteration and attempt, mixed.
pub fn draw_key(seed: u64, scenario: u32, step: u32, context: Context) -> u64 {
    let place = u64::from(scenario) << 32 | u64::from(step);
    let visit = u64::from(context.iteration) << 32 | u64::from(context.attempt);
    mix(mix(mix(seed ^ place).wrapping_add(u64::from(context.minion))).wrapping_add(visit))
}

/// A draw from 0 up to 1, without 1.
pub(crate) fn fraction(draw: u64) -> f64 {
    (draw >> 11) as f64 / (1_u64 << 53) as f64
}

fn mix(value: u64) -> u64 {
    draw(value, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_place_changes_the_key() {
        let context = Context { minion: 1, iteration: 2, attempt: 3 };
        let keys = [
            draw_key(7, 0, 0, context),
            draw_key(8, 0, 0, context),
            draw_key(7, 1, 0, context),
            draw_key(7, 0, 1, context),
            draw_key(7, 0, 0, Context { minion: 2, ..context }),
            draw_key(7, 0, 0, Context { iteration: 3, ..context }),
            draw_key(7, 0, 0, Context { attempt: 4, ..context }),
        ];
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
        assert_eq!(draw_key(7, 0, 0, context), keys[0]);
    }

    #[test]
    fn fractions_fill_their_range_evenly() {
        let mean = (0..10_000).map(|position| fraction(draw(42, position))).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
    }
}
