//! Composites with something in them that serde must not touch: pairs, lists and options of what lives in the engine.
//!
//! What serde can write and read as a whole travels as JSON, by [`crate::carry`]. A value that lives in the engine has no JSON of its own
//! to come back from: a pair with one in it is a pair of the engine.

use crate::carry::Carry;
use crate::read::{open_list, open_pair};
use crate::{Failure, Response, Value, platform};

/// What lives in the engine. No such type has serde derives: that tells the ways below from those of serde.
pub trait Handled: Sized + 'static {
    /// For the way to the next step.
    fn into_native(self) -> Value;

    /// From the step before.
    ///
    /// # Errors
    /// The value is of another type.
    fn from_native(value: Value) -> Result<Self, Failure>;
}

impl Handled for Response {
    fn into_native(self) -> Value {
        Value::Native(self.0)
    }

    fn from_native(value: Value) -> Result<Self, Failure> {
        platform::expect_response(value).map(Self)
    }
}

/// The way of a handle or none.
#[derive(Debug)]
pub enum ByHandleOrNone {}

impl<H: Handled> Carry<ByHandleOrNone> for Option<H> {
    fn into_value(self) -> Result<Value, Failure> {
        Ok(self.map_or(Value::None, Handled::into_native))
    }

    fn from_value(value: Value) -> Result<Self, Failure> {
        match value {
            Value::None => Ok(None),
            value => H::from_native(value).map(Some),
        }
    }
}

/// The way of lists of handles.
#[derive(Debug)]
pub enum ByHandles {}

impl<H: Handled> Carry<ByHandles> for Vec<H> {
    fn into_value(self) -> Result<Value, Failure> {
        Ok(Value::Native(platform::make_list(self.into_iter().map(Handled::into_native).collect())))
    }

    fn from_value(value: Value) -> Result<Self, Failure> {
        open_list(value)?.into_iter().map(H::from_native).collect()
    }
}

/// The way of pairs whose first is a handle.
#[derive(Debug)]
pub struct ByFirst<Way>(Way);

impl<H: Handled, T: Carry<Way>, Way> Carry<ByFirst<Way>> for (H, T) {
    fn into_value(self) -> Result<Value, Failure> {
        Ok(Value::Native(platform::make_pair(self.0.into_native(), self.1.into_value()?)))
    }

    fn from_value(value: Value) -> Result<Self, Failure> {
        let (first, second) = open_pair(value)?;
        Ok((H::from_native(first)?, T::from_value(second)?))
    }
}

/// The way of pairs whose second only is a handle.
#[derive(Debug)]
pub enum BySecond {}

impl<T: Carry<crate::carry::BySerde>, H: Handled> Carry<BySecond> for (T, H) {
    fn into_value(self) -> Result<Value, Failure> {
        Ok(Value::Native(platform::make_pair(self.0.into_value()?, self.1.into_native())))
    }

    fn from_value(value: Value) -> Result<Self, Failure> {
        let (first, second) = open_pair(value)?;
        Ok((T::from_value(first)?, H::from_native(second)?))
    }
}

/// The way of pairs whose second is a handle or none.
#[derive(Debug)]
pub enum BySecondOrNone {}

impl<T: Carry<crate::carry::BySerde>, H: Handled> Carry<BySecondOrNone> for (T, Option<H>) {
    fn into_value(self) -> Result<Value, Failure> {
        Ok(Value::Native(platform::make_pair(self.0.into_value()?, self.1.into_value()?)))
    }

    fn from_value(value: Value) -> Result<Self, Failure> {
        let (first, second) = open_pair(value)?;
        Ok((T::from_value(first)?, Option::from_value(second)?))
    }
}
