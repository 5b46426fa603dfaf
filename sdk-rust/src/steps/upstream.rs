//! The other side: a chain beside the load, or a step by its name.

use serde_json::Value as Json;

use crate::carry::type_name;
use crate::draft::{Config, Draft, Node};
use crate::read::Read;
use crate::{Feed, Flow};

/// A step of the same scenario, anywhere in it, by its name. That it is there and emits this type is checked when the scenario is built.
#[derive(Clone, Debug)]
pub struct Step<T> {
    name: String,
    emits: std::marker::PhantomData<fn() -> T>,
}

/// The step of this name: for [`Flow::inner_join`], [`Flow::zip`], [`Flow::take`], [`Flow::merge`].
pub fn step<T: 'static>(name: impl Into<String>) -> Step<T> {
    Step { name: name.into(), emits: std::marker::PhantomData }
}

impl<T: 'static> Step<T> {
    pub(crate) fn find(&self, draft: &Draft) -> Result<(Node, Read<T>), String> {
        let name = &self.name;
        let node = draft.find(name).ok_or_else(|| format!("there is no step `{name}`; give that name to one with `named`"))?;
        let found = node.borrow();
        let read = found.emits.read::<T>();
        let emits = found.emits.type_name;
        let read = read.ok_or_else(|| format!("the step `{name}` emits `{emits}`, not `{}`: write `step::<{emits}>`", type_name::<T>()))?;
        Ok((node.clone(), read))
    }
}

/// Where values of the other side come from: a [`Feed`], or a [`step`] by its name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no other side of a join",
    label = "neither a feed nor a step by its name",
    note = "a feed begins with a source, such as `datasource` or `Server::poll`; a step of the scenario itself is `step::<Type>(name)`"
)]
pub trait Upstream {
    /// What it emits.
    type Value: 'static;

    /// The SDK's own business.
    fn into_side(self) -> UpstreamSide<Self::Value>;
}

/// What an [`Upstream`] is.
pub struct UpstreamSide<T>(pub(crate) Side<T>);

pub(crate) enum Side<T> {
    Feed(Feed<T>),
    Named(Step<T>),
}

impl<T: 'static> Upstream for Feed<T> {
    type Value = T;

    fn into_side(self) -> UpstreamSide<T> {
        UpstreamSide(Side::Feed(self))
    }
}

impl<T: 'static> Upstream for Step<T> {
    type Value = T;

    fn into_side(self) -> UpstreamSide<T> {
        UpstreamSide(Side::Named(self))
    }
}

impl<T: 'static, At> Flow<T, At> {
    /// Brings the other side into the scenario, if it is not there: its name in the document, and the reader of its values.
    pub(crate) fn draw<U: Upstream>(&self, right: U, kind: &str) -> (Config, Read<U::Value>) {
        self.draw_side(right.into_side().0, kind)
    }

    pub(super) fn draw_side<U: 'static>(&self, side: Side<U>, kind: &str) -> (Config, Read<U>) {
        match side {
            Side::Named(step) => {
                let (read, found) = Read::late();
                let name = step.name.clone();
                let link = move |draft: &Draft| step.find(draft).map(|(_, read)| drop(found.set(read)));
                self.draft.borrow_mut().links.push(Box::new(link));
                (Config::Constant(name.into()), read)
            }
            Side::Feed(feed) => {
                let mut draft = self.draft.borrow_mut();
                draft.absorb(feed.draft.take());
                let name = match feed.last {
                    Some(last) => Config::Name(last),
                    None => {
                        draft.faults.push(format!("`{kind}` draws from a chain without a step"));
                        Config::Constant(Json::Null)
                    }
                };
                (name, feed.read)
            }
        }
    }
}
