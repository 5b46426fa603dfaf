//! Edges: who follows whom, in an order in which nobody comes before what it follows.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::StepDocument;
use crate::nearest::name_hint;

/// The shape of a valid graph, by positions in the document.
pub(super) struct Edges {
    /// The positions, each after those that it follows; otherwise in the document's order.
    pub(super) order: Vec<usize>,
    /// For each position, what it follows.
    pub(super) previous: Vec<Vec<usize>>,
    /// The position of the load-injected root.
    pub(super) root: usize,
}

/// Position of the step (none for the scenario), pointer inside it, message, hint.
pub(super) type EdgeFault = (Option<usize>, &'static str, String, Option<String>);

/// Resolves edges; faults are appended, and none is returned if there are any.
pub(super) fn resolve(steps: &[StepDocument], names: &[String], faults: &mut Vec<EdgeFault>) -> Option<Edges> {
    let before = faults.len();
    let positions = positions(names, faults);
    let root = root(steps, names, faults);
    let previous: Vec<Vec<usize>> =
        steps.iter().enumerate().map(|(index, step)| previous(index, step, names, &positions, faults)).collect();
    let order = order(&previous);
    let ordered: BTreeSet<usize> = order.iter().copied().collect();
    for index in (0..steps.len()).filter(|index| !ordered.contains(index)) {
        if let Some(cycle) = cycle_through(index, &previous) {
            let path: Vec<_> = cycle.iter().filter_map(|index| names.get(*index)).map(|name| format!("`{name}`")).collect();
            let message = format!("the step follows itself: {}", path.join(" after "));
            faults.push((Some(index), "/after", message, Some("a scenario has no loops; `iterate` repeats a step".to_owned())));
        }
    }
    (faults.len() == before).then(|| Some(Edges { order, previous, root: root? }))?
}

impl Edges {
    /// Whether a step comes after another, directly or not.
    pub(super) fn is_ancestor(&self, ancestor: usize, step: usize) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![step];
        while let Some(index) = open.pop() {
            let previous = self.previous.get(index).into_iter().flatten().copied();
            open.extend(previous.filter(|index| seen.insert(*index)));
        }
        seen.contains(&ancestor)
    }
}

fn positions<'a>(names: &'a [String], faults: &mut Vec<EdgeFault>) -> BTreeMap<&'a str, usize> {
    let mut positions = BTreeMap::new();
    for (index, name) in names.iter().enumerate() {
        if positions.contains_key(name.as_str()) {
            let hint = Some("give each a name of its own".to_owned());
            faults.push((Some(index), "/name", format!("there are two steps `{name}`"), hint));
        } else {
            positions.insert(name.as_str(), index);
        }
    }
    positions
}

/// The one step with `start`. Steps with neither `start` nor `after` are roots of side trees.
fn root(steps: &[StepDocument], names: &[String], faults: &mut Vec<EdgeFault>) -> Option<usize> {
    let positions =
        |wanted: fn(&StepDocument) -> bool| steps.iter().enumerate().filter(move |(_, step)| wanted(step)).map(|(index, _)| index);
    let mut starts = positions(|step| step.start);
    let roots: Vec<usize> = positions(|step| !step.start && step.after.is_none()).collect();
    let Some(root) = starts.next() else {
        let candidate = roots.first().and_then(|index| names.get(*index));
        let hint = candidate.map(|name| format!("write `\"start\": true` in the step `{name}`"));
        faults.push((None, "/steps", "no step is the start".to_owned(), hint));
        return None;
    };
    for second in starts {
        let first = names.get(root).map_or("", String::as_str);
        let hint = Some(format!("let it come `after` another step; branches begin at a `split` after `{first}`"));
        faults.push((Some(second), "/start", format!("there are two starts, `{first}` is one already"), hint));
    }
    for index in roots {
        let message = "side trees are not supported yet, and this step has neither `start` nor `after`".to_owned();
        faults.push((Some(index), "", message, Some("say which step it comes `after`".to_owned())));
    }
    for index in positions(|step| step.run.is_some() && (step.start || step.after.is_some())) {
        faults.push((Some(index), "/run", "`run` is only for the root of a side tree".to_owned(), Some("remove it".to_owned())));
    }
    if steps.get(root).is_some_and(|step| step.after.is_some()) {
        faults.push((
            Some(root),
            "/after",
            "the start cannot come after another step".to_owned(),
            Some("remove one of the two".to_owned()),
        ));
    }
    Some(root)
}

fn previous(
    index: usize,
    step: &StepDocument,
    names: &[String],
    positions: &BTreeMap<&str, usize>,
    faults: &mut Vec<EdgeFault>,
) -> Vec<usize> {
    let Some(after) = &step.after else { return Vec::new() };
    if after.0.is_empty() {
        faults.push((Some(index), "/after", "the list is empty".to_owned(), Some("name at least one step".to_owned())));
    }
    let mut previous = Vec::new();
    for name in &after.0 {
        match positions.get(name.as_str()) {
            Some(position) if previous.contains(position) => {
                faults.push((Some(index), "/after", format!("`{name}` is there twice"), Some("each value is given once".to_owned())));
            }
            Some(position) => previous.push(*position),
            None => {
                let hint = name_hint(name, names.iter().map(String::as_str));
                faults.push((Some(index), "/after", format!("there is no step `{name}`"), hint));
            }
        }
    }
    previous
}

/// As many positions as can be put in order; what is on a cycle or behind one is missing.
fn order(previous: &[Vec<usize>]) -> Vec<usize> {
    let mut waiting: Vec<usize> = previous.iter().map(Vec::len).collect();
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); previous.len()];
    for (index, earlier) in previous.iter().enumerate() {
        earlier.iter().for_each(|earlier| next.get_mut(*earlier).into_iter().for_each(|next| next.push(index)));
    }
    let mut ready: BTreeSet<usize> = (0..previous.len()).filter(|index| waiting.get(*index) == Some(&0)).collect();
    let mut order = Vec::new();
    while let Some(index) = ready.pop_first() {
        order.push(index);
        for later in next.get(index).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(*later) {
                *count -= 1;
                if *count == 0 {
                    ready.insert(*later);
                }
            }
        }
    }
    order
}

/// A way from a step back to itself, if the step is the first of its cycle in the document: each cycle is told once.
fn cycle_through(start: usize, previous: &[Vec<usize>]) -> Option<Vec<usize>> {
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
