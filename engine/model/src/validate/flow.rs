//! What depends on what, through edges, stages and joins: nothing may wait for itself.

use super::assemble::Numbering;
use super::findings::Findings;
use crate::nearest::name_hint;
use crate::{Graph, Operator, StepKind, StepNumber};

/// Dependencies of a graph. Each step is two nodes, its input and its output, because what is inside of a stage is between the two.
pub(super) struct Flow {
    /// For each node, the nodes that depend on it by edges and stages.
    edges: Vec<Vec<usize>>,
    /// The same by joins, zips and singleton pipes.
    taps: Vec<Vec<usize>>,
}

/// Which dependencies count.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Along {
    Edges,
    EdgesAndTaps,
}

fn input(step: StepNumber) -> usize {
    step.index() * 2
}

fn output(step: StepNumber) -> usize {
    step.index() * 2 + 1
}

impl Flow {
    pub(super) fn of(graph: &Graph) -> Self {
        let nodes = graph.steps.len() * 2;
        let mut flow = Self { edges: vec![Vec::new(); nodes], taps: vec![Vec::new(); nodes] };
        for (number, step) in graph.steps.iter().enumerate() {
            let number = StepNumber(number as u32);
            let begins = match &step.kind {
                StepKind::Operator(Operator::Stage { first, .. }) => input(*first),
                StepKind::Operator(_) | StepKind::Plugin { .. } => output(number),
            };
            let mut after = |from: usize, to: usize| flow.edges.get_mut(from).into_iter().for_each(|next| next.push(to));
            after(input(number), begins);
            step.next.iter().for_each(|next| after(output(number), input(*next)));
            step.stage.iter().for_each(|stage| after(output(number), output(*stage)));
            let taps = step.taps.iter().map(|tap| input(*tap));
            flow.taps.get_mut(output(number)).into_iter().for_each(|all| all.extend(taps.clone()));
        }
        flow
    }

    /// A join's right side must not wait for the join.
    pub(super) fn check_joins(&self, graph: &Graph, numbering: &Numbering, findings: &mut Findings<'_>) {
        for (number, right) in graph.steps.iter().enumerate() {
            for join in &right.taps {
                let kind = graph.step(*join).kind.name();
                let is_pipe = kind == "singleton-pipe";
                let pointer = format!("/{kind}/{}", if is_pipe { "from" } else { "right" });
                let position = numbering.position(*join);
                if join.index() == number {
                    let hint = "name another step".to_owned();
                    findings.of_step(position, pointer, "the step cannot take its own values", hint);
                } else if self.leads(output(*join), output(StepNumber(number as u32)), Along::EdgesAndTaps) {
                    let hint = "name a step that comes before it, or is beside it, or in a side tree".to_owned();
                    findings.of_step(position, pointer, format!("the step `{}` comes after this one", right.name), hint);
                }
            }
        }
    }

    /// What a plugin's step leans on must come before it.
    pub(super) fn check_leaning(&self, graph: &Graph, leaning: &[Vec<String>], numbering: &Numbering, findings: &mut Findings<'_>) {
        for (position, wanted) in
            leaning.iter().enumerate().flat_map(|(position, wanted)| wanted.iter().map(move |wanted| (position, wanted)))
        {
            let number = numbering.number(position);
            let pointer = format!("/{}", graph.step(number).kind.name());
            match graph.find(wanted) {
                Some(earlier) if self.leads(output(earlier), input(number), Along::Edges) => {}
                Some(_) => {
                    let hint = "name one that comes before it".to_owned();
                    findings.of_step(position, pointer, format!("the step `{wanted}` does not come before this one"), hint);
                }
                None => {
                    let hint = name_hint(wanted, findings.names().iter().map(String::as_str));
                    findings.of_step(position, pointer, format!("there is no step `{wanted}`"), hint);
                }
            }
        }
    }

    fn leads(&self, from: usize, to: usize, along: Along) -> bool {
        let mut seen = vec![false; self.edges.len()];
        let mut open = vec![from];
        while let Some(node) = open.pop() {
            let taps = self.taps.get(node).filter(|_| along == Along::EdgesAndTaps);
            for next in self.edges.get(node).into_iter().chain(taps).flatten().copied() {
                if next == to {
                    return true;
                }
                if let Some(seen) = seen.get_mut(next).filter(|seen| !**seen) {
                    *seen = true;
                    open.push(next);
                }
            }
        }
        false
    }
}
