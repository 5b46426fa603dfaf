//! How the lines of a terminal are shared out among the parts of the live view.

/// Lines for each part, from the top.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Parts {
    pub(super) head: u16,
    pub(super) progress: u16,
    pub(super) rules: u16,
    pub(super) steps: u16,
    pub(super) joins: u16,
    pub(super) meters: u16,
    pub(super) health: u16,
    pub(super) charts: u16,
}

/// A part that gives up lines, and how many it keeps.
type Cut = (fn(&mut Parts) -> &mut u16, u16);

/// What gives way, in this order. A table of one line is a header without rows, and a chart of few lines shows nothing: both go whole.
const CUTS: [Cut; 19] = [
    (|parts| &mut parts.steps, 25),
    (|parts| &mut parts.meters, 4),
    (|parts| &mut parts.charts, 7),
    (|parts| &mut parts.progress, 5),
    (|parts| &mut parts.steps, 9),
    (|parts| &mut parts.rules, 5),
    (|parts| &mut parts.meters, 0),
    (|parts| &mut parts.charts, 6),
    (|parts| &mut parts.steps, 6),
    (|parts| &mut parts.charts, 0),
    (|parts| &mut parts.joins, 2),
    (|parts| &mut parts.progress, 2),
    (|parts| &mut parts.rules, 3),
    (|parts| &mut parts.health, 1),
    (|parts| &mut parts.joins, 0),
    (|parts| &mut parts.steps, 2),
    (|parts| &mut parts.rules, 0),
    (|parts| &mut parts.steps, 0),
    (|parts| &mut parts.progress, 0),
];

impl Parts {
    pub(super) fn total(self) -> u16 {
        let Self { head, progress, rules, steps, joins, meters, health, charts } = self;
        [head, progress, rules, steps, joins, meters, health, charts].into_iter().fold(0, u16::saturating_add)
    }

    /// The same parts in at most so many lines.
    pub(super) fn within(mut self, lines: u16) -> Self {
        let wanted = self;
        for (part, kept) in CUTS {
            let excess = self.total().saturating_sub(lines);
            if excess == 0 {
                break;
            }
            let part = part(&mut self);
            // What is to go, goes whole.
            *part = if kept == 0 { 0 } else { (*part).saturating_sub(excess).max(kept.min(*part)) };
        }
        // What went whole may have left more than was needed.
        let mut free = lines.saturating_sub(self.total());
        let back = [(&mut self.rules, wanted.rules), (&mut self.steps, wanted.steps), (&mut self.progress, wanted.progress)];
        for (part, wanted) in back.into_iter().filter(|(part, _)| **part > 0) {
            let more = free.min(wanted - *part);
            *part += more;
            free -= more;
        }
        self.health = self.health.min(lines.saturating_sub(self.head));
        self.head = self.head.min(lines);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: Parts = Parts { head: 1, progress: 12, rules: 20, steps: 81, joins: 4, meters: 9, health: 2, charts: 9 };

    #[test]
    fn parts_give_way_in_turn() {
        let told = |lines: u16| {
            let Parts { head, progress, rules, steps, joins, meters, health, charts } = MANY.within(lines);
            format!("{lines}: {head} {progress} {rules} {steps} {joins} {meters} {health} {charts}")
        };
        insta::assert_snapshot!([200, 100, 60, 40, 24, 16, 10, 5, 2, 1, 0].map(told).join("\n"), @"
        200: 1 12 20 81 4 9 2 9
        100: 1 12 20 43 4 9 2 9
        60: 1 5 20 17 4 4 2 7
        40: 1 5 8 9 4 4 2 7
        24: 1 5 6 6 4 0 2 0
        16: 1 2 3 6 2 0 2 0
        10: 1 2 3 3 0 0 1 0
        5: 1 3 0 0 0 0 1 0
        2: 1 0 0 0 0 0 1 0
        1: 1 0 0 0 0 0 0 0
        0: 0 0 0 0 0 0 0 0
        ");
    }

    #[test]
    fn no_more_lines_than_there_are_and_none_given_away() {
        for lines in 0..200 {
            let shared = MANY.within(lines).total();
            assert!(shared <= lines, "{shared} of {lines}");
            assert!(shared == MANY.total().min(lines) || lines - shared < 10, "{shared} of {lines}");
        }
    }
}
