//! Any document: the validator never panics, always has faults or a graph, and every graph keeps its promises.

use proptest::prelude::*;

use super::*;
use crate::validate::assemble::right_of;

/// Few names, so that edges often lead somewhere, and sometimes to the wrong place.
fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "d", "e", "f", "g", "h"]).prop_map(str::to_owned)
}

fn simple_kind() -> impl Strategy<Value = (&'static str, Json)> {
    prop_oneof![
        4 => Just(("pipe", json!({}))),
        1 => Just(("split", json!({}))),
        1 => Just(("map", json!({"callback": 1}))),
        1 => Just(("feed", json!({}))),
        1 => Just(("feed", json!({"end": 1}))),
        1 => Just(("collect", json!({"batch": 2}))),
        1 => Just(("recover", json!(5))),
        1 => Just(("shelve", json!({"values": {"x": {}}}))),
        1 => Just(("counter", json!({}))),
        1 => Just(("nothing", json!({}))),
        1 => name().prop_map(|connection| ("http-with", json!({"request": {"callback": 0}, "connection": connection}))),
        1 => name().prop_map(|from| ("singleton-pipe", json!({"from": from}))),
        1 => name().prop_map(|right| ("zip-last", json!({"right": right}))),
        1 => (name(), 0..3u64).prop_map(|(right, buffer)| ("zip", json!({"right": right, "buffer": buffer}))),
        1 => name().prop_map(|right| ("inner-join", json!({"right": right, "left-key": {"json": ""}, "right-key": "x"}))),
    ]
}

fn options() -> impl Strategy<Value = Json> {
    let rarely = |key: &'static str, value: Json| prop::option::weighted(0.1, Just((key, value)));
    let names =
        prop_oneof![3 => name().prop_map(|name| json!(name)), 1 => prop::collection::vec(name(), 0..3).prop_map(|names| json!(names))];
    let common = (
        prop::option::weighted(0.8, name().prop_map(|name| ("name", json!(name)))),
        prop::option::weighted(0.6, names.prop_map(|names| ("after", names))),
        rarely("start", json!(true)),
        rarely("run", json!("after-stage")),
        rarely("topic", json!({"mode": "broadcast"})),
        prop::option::weighted(0.2, (0..3u32).prop_map(|concurrency| ("concurrency", json!(concurrency)))),
        rarely("iterate", json!({"iterations": 2})),
    );
    common.prop_map(|(name, after, start, run, topic, concurrency, iterate)| {
        Json::from_iter(
            [name, after, start, run, topic, concurrency, iterate].into_iter().flatten().map(|(key, value)| (key.to_owned(), value)),
        )
    })
}

fn with_kind(options: Json, (kind, config): (&str, Json)) -> Json {
    let mut step = options;
    step[kind] = config;
    step
}

fn step() -> impl Strategy<Value = Json> {
    let simple = (options(), simple_kind()).prop_map(|(options, kind)| with_kind(options, kind));
    simple.prop_recursive(3, 24, 4, |step| {
        let stage = (options(), prop::collection::vec(step.clone(), 0..4), prop::option::weighted(0.3, name())).prop_map(
            |(options, steps, output)| {
                let config = output.map_or(json!({"steps": steps}), |output| json!({"steps": steps, "output": output}));
                with_kind(options, ("stage", config))
            },
        );
        let zip = (options(), prop::collection::vec(step.clone(), 0..3))
            .prop_map(|(options, steps)| with_kind(options, ("zip", json!({"right": steps}))));
        prop_oneof![3 => step, 2 => stage, 1 => zip]
    })
}

/// Steps that are mostly valid once they have names and edges: see [`Naming`].
fn likely_step() -> impl Strategy<Value = Json> {
    let kind = prop_oneof![
        4 => Just(("pipe", json!({}))),
        1 => Just(("feed", json!({"end": 1}))),
        1 => Just(("zip", json!({"right": "side"}))),
        1 => Just(("left-join", json!({"right": "side", "left-key": {"json": ""}, "right-key": {"json": ""}}))),
        1 => Just(("singleton-pipe", json!({"from": "side"}))),
    ];
    kind.prop_map(|kind| with_kind(json!({}), kind)).prop_recursive(3, 24, 4, |step| {
        let list = || prop::collection::vec(step.clone(), 1..5);
        let stage = list().prop_map(|steps| with_kind(json!({}), ("stage", json!({"steps": steps}))));
        let zip = list().prop_map(|steps| with_kind(json!({}), ("zip", json!({"right": steps}))));
        prop_oneof![2 => stage, 1 => zip]
    })
}

/// Gives names and edges: each step comes after an earlier one of its list, and takes values of any other.
struct Naming<'a> {
    choices: std::iter::Cycle<std::slice::Iter<'a, prop::sample::Index>>,
    count: usize,
}

impl Naming<'_> {
    fn choose(&mut self, count: usize) -> usize {
        self.choices.next().map_or(0, |choice| choice.index(count))
    }

    fn name(&mut self, steps: &mut [Json], has_edges: bool) {
        let mut names: Vec<String> = Vec::new();
        for step in steps {
            let name = format!("n{}", self.count);
            self.count += 1;
            step["name"] = json!(name);
            if has_edges && !names.is_empty() {
                step["after"] = json!(names[self.choose(names.len())]);
            }
            names.push(name);
            let other = format!("n{}", self.choose(12));
            if let Some(right) = step.pointer_mut("/left-join/right") {
                *right = json!(other);
            }
            if let Some(Json::Array(steps)) = step.pointer_mut("/zip/right") {
                self.name(steps, false);
            }
            if let Some(Json::Array(steps)) = step.pointer_mut("/stage/steps") {
                self.name(steps, true);
                let output = steps[self.choose(steps.len())]["name"].clone();
                step["stage"]["output"] = output;
            }
        }
    }
}

fn likely_steps() -> impl Strategy<Value = Json> {
    let choices = prop::collection::vec(any::<prop::sample::Index>(), 20);
    (prop::collection::vec(likely_step(), 1..4), choices).prop_map(|(mut steps, choices)| {
        let mut naming = Naming { choices: choices.iter().cycle(), count: 0 };
        naming.name(&mut steps, true);
        steps[0]["start"] = json!(true);
        steps.push(json!({"name": "side", "feed": {"end": 1}}));
        // Steps are found in any order.
        let first = naming.choose(steps.len());
        steps.rotate_left(first);
        Json::from(steps)
    })
}

fn reaches(graph: &Graph, from: StepNumber, wanted: StepNumber) -> bool {
    graph.step(from).next.iter().any(|next| *next == wanted || reaches(graph, *next, wanted))
}

fn check(graph: &Graph) {
    let count = graph.steps.len();
    assert!(graph.root.index() < count && graph.step(graph.root).previous.is_empty() && graph.step(graph.root).stage.is_none());
    let mut roots: Vec<_> = graph.trees.iter().map(|tree| tree.root).chain([graph.root]).collect();
    roots.sort_unstable();
    let mut names = BTreeSet::new();
    let mut found = Vec::new();
    for (index, step) in graph.steps.iter().enumerate() {
        let number = StepNumber(index as u32);
        assert!(names.insert(step.name.as_str()), "{} is there twice", step.name);
        assert!(step.concurrency > 0);
        for previous in &step.previous {
            assert!(*previous < number, "{} is before what it follows", step.name);
            assert!(graph.step(*previous).next.contains(&number));
            assert_eq!(graph.step(*previous).stage, step.stage, "an edge crosses a stage");
        }
        for next in &step.next {
            assert!(*next > number && next.index() < count && graph.step(*next).previous.contains(&number));
        }
        for tap in &step.taps {
            assert_eq!(right_of(&graph.step(*tap).kind), Some(number));
            assert!(*tap != number && !reaches(graph, *tap, number), "{} waits for itself", step.name);
        }
        if let Some(right) = right_of(&step.kind) {
            assert!(graph.step(right).taps.contains(&number));
        }
        match step.stage {
            Some(stage) => {
                assert!(stage < number);
                let StepKind::Operator(Operator::Stage { first, .. }) = &graph.step(stage).kind else { panic!("{} is no stage", stage.0) };
                assert!(*first == number || reaches(graph, *first, number), "the stage does not lead to {}", step.name);
            }
            None if step.previous.is_empty() => found.push(number),
            None => {}
        }
        if let StepKind::Operator(Operator::Stage { first, output }) = &step.kind {
            assert!(graph.step(*first).stage == Some(number) && graph.step(*output).stage == Some(number));
            assert!(graph.step(*first).previous.is_empty());
        }
        let visits = matches!(step.kind, StepKind::Operator(Operator::SingletonPipe { .. }));
        let is_source = matches!(step.kind, StepKind::Plugin { source: Some(_), .. });
        assert!(!visits || step.topic.is_some());
        assert!(step.topic.is_none() || visits || is_source);
        assert!(!is_source || step.topic.is_some() || graph.trees.iter().any(|tree| tree.root == number));
    }
    assert_eq!(found, roots, "what follows nothing is a root");
}

proptest! {
    #[test]
    fn any_document(steps in prop::collection::vec(step(), 0..8)) {
        let document = parse_document(&document(json!({}), json!(steps))).expect("a shape");
        if let Ok(scenarios) = validate(&document, &Http) {
            assert_eq!(scenarios.len(), 1, "neither a scenario nor a fault");
            scenarios.iter().for_each(|scenario| check(&scenario.graph));
        }
    }

    #[test]
    fn documents_that_are_mostly_valid(steps in likely_steps()) {
        let document = parse_document(&document(json!({}), steps)).expect("a shape");
        match validate(&document, &Http) {
            Ok(scenarios) => {
                assert_eq!(scenarios.len(), 1, "neither a scenario nor a fault");
                check(&scenarios[0].graph);
                // Each step has a line of its own.
                let text = to_text(&scenarios[0]);
                assert!(scenarios[0].graph.steps.iter().all(|step| text.contains(&format!("{}: ", step.name))), "{text}");
            }
            // What can be wrong with these: a right side that is no step or waits for the join, and a source where none can be.
            Err(faults) => for fault in faults.iter() {
                let known = ["there is no step `n", "comes after this one", "its own values", "there can be no other source", "in no side tree"];
                assert!(known.iter().any(|known| fault.message.contains(known)), "{fault}");
            }
        }
    }
}
