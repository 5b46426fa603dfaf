//! The chain of steps, with the type of the value that it carries. What each step is, is told in [`crate::steps`].

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::{Rc, Weak};

use serde_json::Value as Json;

use crate::draft::{Config, Draft, Node, Position, Root, StepDraft};
use crate::program::Callback;
use crate::read::{Emits, Read};

/// A chain of steps whose last one emits values of type `T`. Each method adds a step after it.
///
/// What one step emits is what the next one takes:
///
/// ```
/// use throng::{ensure, scenario};
///
/// scenario("sizes").start().returns(7_i64).verify("is small", |size: &i64| ensure!(*size < 9));
/// ```
///
/// Anything else does not compile:
///
/// ```compile_fail,E0631
/// use throng::{ensure, scenario};
///
/// scenario("sizes").start().returns(7_i64).verify("is small", |size: &String| ensure!(size.len() < 9));
/// ```
///
/// Neither does a value that serde cannot carry:
///
/// ```compile_fail,E0277
/// struct Order; // no `Serialize`, no `Deserialize`
///
/// throng::scenario("orders").start().map(|()| Order);
/// ```
///
/// The other sides of pairs have their types, too:
///
/// ```compile_fail,E0631
/// use throng::{datasource, scenario};
///
/// scenario("sizes").start().returns(7_i64).zip("n", datasource(|n| Some(n))).map(|(size, n): (i64, String)| n);
/// ```
///
/// And what takes the place of a value must be one of its kind:
///
/// ```compile_fail,E0308
/// throng::scenario("sizes").start().returns(7_i64).recover("many");
/// ```
///
/// `At` says where the chain runs: [`Load`], what every minion walks, or [`Side`], beside it: see [`Feed`].
#[must_use = "a flow becomes a scenario by `into()`, or as the answer of a function with `#[throng::scenario]`"]
pub struct Flow<T, At = Load> {
    pub(crate) draft: Rc<RefCell<Draft>>,
    pub(crate) last: Option<Node>,
    /// The stage that the chain is inside of.
    pub(crate) stage: Option<Weak<RefCell<StepDraft>>>,
    /// How the next step reads the value.
    pub(crate) read: Read<T>,
    pub(crate) at: PhantomData<At>,
}

/// Where a [`Flow`] runs: every minion walks it.
#[derive(Debug)]
pub enum Load {}

/// Where a [`Flow`] runs: beside the load, once, on a minion of its own.
#[derive(Debug)]
pub enum Side {}

/// A chain of steps outside of what minions walk, built with the same methods: a source and what is made of its records, which others
/// [`take`](Flow::take) or [join](Flow::inner_join), or a side tree. It begins with [`datasource`](crate::datasource),
/// [`csv`](crate::csv), [`json_file`](crate::json_file), [`lines`](crate::lines), [`Server::poll`](crate::Server::poll) or
/// [`side_tree`](crate::side_tree).
///
/// It is no scenario of its own:
///
/// ```compile_fail,E0277
/// throng::Scenario::from(throng::datasource(|n| Some(n)));
/// ```
pub type Feed<T> = Flow<T, Side>;

impl<T: 'static> Feed<T> {
    /// The first step of a feed.
    pub(crate) fn begin(kind: &'static str, config: Config, read: Read<T>) -> Self {
        crate::side_tree().then(None, kind, config, read)
    }

    /// A chain without a step.
    pub(crate) fn empty(read: Read<T>) -> Self {
        let draft = Rc::new(RefCell::new(Draft { root: Root::Tree, ..Draft::default() }));
        Self { draft, last: None, stage: None, read, at: PhantomData }
    }
}

impl<T: 'static, At> Flow<T, At> {
    pub(crate) fn then<U: 'static>(self, name: Option<String>, kind: &'static str, config: Config, read: Read<U>) -> Flow<U, At> {
        let mut draft = self.draft.borrow_mut();
        let position = match (self.last, &self.stage) {
            (Some(last), _) => Position::After(vec![last]),
            (None, Some(_)) => Position::Inside,
            (None, None) => Position::Root(draft.root),
        };
        let (stage, emits) = (self.stage.clone(), Emits::of(&read));
        let step = StepDraft { name, kind, config, position, stage, server: None, options: Default::default(), emits };
        let last = Rc::new(RefCell::new(step));
        draft.steps.push(Rc::clone(&last));
        drop(draft);
        Flow { draft: self.draft, last: Some(last), stage: self.stage, read, at: PhantomData }
    }

    /// A step that is nothing but a callback of the use that its kind is called.
    pub(crate) fn then_call<U: 'static>(self, name: Option<String>, kind: &'static str, run: Callback, read: Read<U>) -> Flow<U, At> {
        self.then(name, kind, Config::Callback(kind, run), read)
    }

    /// A step that passes its value on.
    pub(crate) fn then_same(self, name: Option<String>, kind: &'static str, config: Config) -> Self {
        let read = self.read.clone();
        self.then(name, kind, config, read)
    }

    pub(crate) fn then_constant(self, kind: &'static str, config: Json) -> Self {
        self.then_same(None, kind, Config::Constant(config))
    }

    /// The chain at the same place; with its last step, or at the beginning of a stage.
    pub(crate) fn again(&self, last: Option<Node>, stage: Option<Weak<RefCell<StepDraft>>>) -> Self {
        Self { draft: Rc::clone(&self.draft), last, stage, read: self.read.clone(), at: PhantomData }
    }

    pub(crate) fn fault(&self, fault: impl Into<String>) {
        self.draft.borrow_mut().faults.push(fault.into());
    }
}
