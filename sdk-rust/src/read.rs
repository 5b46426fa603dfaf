//! How a step reads the value that the step before it emits.
//!
//! A [`Flow`](crate::Flow) keeps the reader of its type, so that the way a type travels (see [`crate::carry`]) is needed only where
//! the type enters. Readers of pairs and lists are made of the readers of what is inside: a pair of a response and an order is no type
//! that serde could read, and needs not be one.

use std::any::Any;
use std::cell::OnceCell;
use std::rc::Rc;

use serde_json::Value as Json;

use crate::carry::{Carry, wrong_value};
use crate::{Failure, Value, platform};

/// Reads values of one type.
pub(crate) struct Read<T>(Rc<dyn Fn(Value) -> Result<T, Failure>>);

impl<T> Clone for Read<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T: 'static> Read<T> {
    pub(crate) fn new(read: impl Fn(Value) -> Result<T, Failure> + 'static) -> Self {
        Self(Rc::new(read))
    }

    /// As the type itself says.
    pub(crate) fn carried<Way>() -> Self
    where
        T: Carry<Way>,
    {
        Self::of(T::from_value)
    }

    /// By a function: unlike the function's own type, a pointer to it does not name the way.
    pub(crate) fn of(read: fn(Value) -> Result<T, Failure>) -> Self {
        Self::new(read)
    }

    /// A reader that is found when the scenario is written down: of a step, or a shelved value, that is known by name.
    pub(crate) fn late() -> (Self, Rc<OnceCell<Self>>) {
        let found = Rc::<OnceCell<Self>>::default();
        let slot = Rc::clone(&found);
        let read = move |value| match slot.get() {
            Some(read) => Self::value(read, value),
            None => Err(wrong_value("this step takes a value of a step that was never found".to_owned())),
        };
        (Self::new(read), found)
    }

    pub(crate) fn value(&self, value: Value) -> Result<T, Failure> {
        (self.0)(value)
    }

    /// None, or what this reads.
    pub(crate) fn optional(self) -> Read<Option<T>> {
        Read::new(move |value| match value {
            Value::None => Ok(None),
            value => self.value(value).map(Some),
        })
    }

    /// What this reads, where a reader of something or none is at hand.
    pub(crate) fn present(read: Read<Option<T>>) -> Self {
        Self::new(move |value| read.value(value)?.ok_or_else(|| wrong_value("this step takes a value, and was given none".to_owned())))
    }

    /// What this reads beside what the other one reads.
    pub(crate) fn beside<U: 'static>(self, second: Read<U>) -> Read<(T, U)> {
        Read::new(move |value| {
            let (left, right) = open_pair(value)?;
            Ok((self.value(left)?, second.value(right)?))
        })
    }

    /// Any number of what this reads.
    pub(crate) fn list(self) -> Read<Vec<T>> {
        Read::new(move |value| open_list(value)?.into_iter().map(|item| self.value(item)).collect())
    }
}

/// The two values of a pair: one of the engine's, or what JSON makes of it.
pub(crate) fn open_pair(value: Value) -> Result<(Value, Value), Failure> {
    let refuse = |kind| wrong_value(format!("this step takes a pair, and was given {kind}"));
    match value {
        Value::Native(native) => platform::pair_of(&native).ok_or_else(|| refuse(native.kind())),
        Value::Json(json) => match serde_json::from_str::<[Json; 2]>(&json) {
            Ok([first, second]) => Ok((of_json(first), of_json(second))),
            Err(_) => Err(refuse("json that is no list of two".to_owned())),
        },
        other => Err(refuse(other.kind())),
    }
}

/// The values of a list: one of the engine's, or what JSON makes of it.
pub(crate) fn open_list(value: Value) -> Result<Vec<Value>, Failure> {
    let refuse = |kind| wrong_value(format!("this step takes a list, and was given {kind}"));
    match value {
        Value::Native(native) => platform::items_of(&native).ok_or_else(|| refuse(native.kind())),
        Value::Json(json) => match serde_json::from_str::<Vec<Json>>(&json) {
            Ok(items) => Ok(items.into_iter().map(of_json).collect()),
            Err(_) => Err(refuse("json that is no list".to_owned())),
        },
        // Bytes written as such, not as a list of numbers.
        Value::Bytes(bytes) => Ok(bytes.into_iter().map(|byte| Value::Integer(byte.into())).collect()),
        other => Err(refuse(other.kind())),
    }
}

/// As the engine takes constants: text stays text, lists and objects stay JSON.
fn of_json(json: Json) -> Value {
    match json {
        Json::Null => Value::None,
        Json::Bool(value) => Value::Boolean(value),
        Json::String(text) => Value::Text(text),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Value::Integer(integer),
            (None, Some(number)) => Value::Number(number),
            (None, None) => Value::Json(number.to_string()),
        },
        composite => Value::Json(composite.to_string()),
    }
}

/// The type that a step emits, and its reader, for those that know the step by name only.
pub(crate) struct Emits {
    pub(crate) type_name: &'static str,
    read: Box<dyn Any>,
}

impl Emits {
    pub(crate) fn of<T: 'static>(read: &Read<T>) -> Self {
        Self { type_name: crate::carry::type_name::<T>(), read: Box::new(read.clone()) }
    }

    /// The reader, if this is the type.
    pub(crate) fn read<T: 'static>(&self) -> Option<Read<T>> {
        self.read.downcast_ref::<Read<T>>().cloned()
    }
}
