//! A scenario as a Mermaid flowchart.

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use super::describe_run;
use crate::{Operator, Scenario, StepKind, StepNumber};

/// The graph of a scenario, for documentation and code hosts that draw Mermaid. Side trees and stages are framed; dotted arrows lead to the
/// joins, zips and singleton pipes that take a step's values as well.
pub fn to_mermaid(scenario: &Scenario) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_chart(scenario, &mut text);
    text
}

fn write_chart(scenario: &Scenario, text: &mut String) -> fmt::Result {
    let graph = &scenario.graph;
    writeln!(text, "flowchart TD")?;
    let trees: Vec<_> = graph.trees.iter().map(|tree| (tree, members(scenario, tree.root))).collect();
    let mut beside: BTreeSet<StepNumber> = BTreeSet::new();
    trees.iter().for_each(|(_, members)| beside.extend(members));
    for number in numbers(scenario).filter(|number| graph.step(*number).stage.is_none() && !beside.contains(number)) {
        write_node(scenario, number, "    ", text)?;
    }
    for (index, (tree, members)) in trees.iter().enumerate() {
        writeln!(text, "    subgraph t{index}[\"{}\"]", describe_run(tree.run))?;
        for number in members {
            write_node(scenario, *number, "        ", text)?;
        }
        writeln!(text, "    end")?;
    }
    for number in numbers(scenario) {
        for next in &graph.step(number).next {
            writeln!(text, "    s{} --> s{}", number.0, next.0)?;
        }
        for tap in &graph.step(number).taps {
            writeln!(text, "    s{} -.-> s{}", number.0, tap.0)?;
        }
    }
    Ok(())
}

/// A step; a stage as a frame around its own steps.
fn write_node(scenario: &Scenario, number: StepNumber, indent: &str, text: &mut String) -> fmt::Result {
    let step = scenario.graph.step(number);
    // Names and kinds are kebab-case, or addresses of such words: between quotes there is nothing to escape.
    let label = format!("[\"{}<br/>{}\"]", step.name, step.kind.name());
    if !matches!(step.kind, StepKind::Operator(Operator::Stage { .. })) {
        return writeln!(text, "{indent}s{}{label}", number.0);
    }
    writeln!(text, "{indent}subgraph s{}{label}", number.0)?;
    for inner in numbers(scenario).filter(|inner| scenario.graph.step(*inner).stage == Some(number)) {
        write_node(scenario, inner, &format!("{indent}    "), text)?;
    }
    writeln!(text, "{indent}end")
}

fn numbers(scenario: &Scenario) -> impl Iterator<Item = StepNumber> {
    (0..scenario.graph.steps.len()).map(|number| StepNumber(number as u32))
}

/// A tree's steps, without those inside of stages.
fn members(scenario: &Scenario, root: StepNumber) -> BTreeSet<StepNumber> {
    let mut members = BTreeSet::from([root]);
    let mut open = vec![root];
    while let Some(number) = open.pop() {
        open.extend(scenario.graph.step(number).next.iter().copied().filter(|next| members.insert(*next)));
    }
    members
}
