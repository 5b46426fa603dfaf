//! Files with mistakes in them, as hostile hands and broken networks make them: the same ones from the same seed.

/// Makes copies of a file, each with a mistake or a few.
#[derive(Clone, Debug)]
pub struct Mutations {
    state: u64,
}

impl Mutations {
    /// What a seed leads to.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A copy that differs.
    pub fn of(&mut self, whole: &[u8]) -> Vec<u8> {
        let mut copy = whole.to_vec();
        for _ in 0..=self.below(3) {
            self.spoil(&mut copy);
        }
        if copy == whole {
            copy.push(0);
        }
        copy
    }

    fn spoil(&mut self, copy: &mut Vec<u8>) {
        let at = self.below(copy.len());
        let end = copy.len().min(at + 1 + self.below(64));
        match self.below(7) {
            // One bit, which is what most of the layers above let through.
            0 | 1 => copy.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << self.below(8)),
            // The largest number that five bytes can say: as a length, an index or a count.
            2 => copy.iter_mut().skip(at).zip([0xff, 0xff, 0xff, 0xff, 0x0f]).for_each(|(byte, most)| *byte = most),
            3 => copy.truncate(at),
            4 => drop(copy.drain(at..end)),
            5 => copy.extend_from_within(at..end),
            _ => {
                let noise: Vec<u8> = (at..end).map(|_| self.below(256) as u8).collect();
                drop(copy.splice(at..end, noise));
            }
        }
    }

    /// A number from 0 to below this, or 0: splitmix64, after Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
    fn below(&mut self, end: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) as usize).checked_rem(end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_differ_and_repeat() {
        let whole: Vec<u8> = (0..=255).collect();
        let copies = || {
            let mut mutations = Mutations::new(7);
            (0..100).map(|_| mutations.of(&whole)).collect::<Vec<_>>()
        };
        assert_eq!(copies(), copies());
        assert!(copies().iter().all(|copy| *copy != whole));
    }
}
