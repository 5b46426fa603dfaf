//! Ways from a step back to itself.

use std::collections::BTreeMap;

/// A way from a step back to itself, if the step is the first of its cycle in the document: each cycle is told once.
pub(super) fn cycle_through(start: usize, previous: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut came_from: BTreeMap<usize, usize> = BTreeMap::new();
    let mut open = vec![start];
    while let Some(index) = open.pop() {
        for earlier in previous.get(index).into_iter().flatten().copied() {
            if earlier == start {
                let mut path = vec![start, index];
                let mut at = index;
                while at != start {
                    at = *came_from.get(&at)?;
                    path.push(at);
                }
                path.reverse();
                return (path.iter().min() == Some(&start)).then_some(path);
            }
            if earlier != index && !came_from.contains_key(&earlier) {
                came_from.insert(earlier, index);
                open.push(earlier);
            }
        }
    }
    None
}
