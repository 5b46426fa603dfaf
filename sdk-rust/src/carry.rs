//! Which Rust types can travel from step to step, and how.
//!
//! A scenario's author writes plain structs with serde derives; nothing of this module is named in a scenario. It holds
//! together by *ways*: `Carry<Way>` has one implementation for everything that serde can write and read ([`BySerde`]),
//! and others for types that serde must not touch, such as the handle of a response ([`ByHandle`]). Because the ways differ,
//! the implementations don't overlap; and because a type has exactly one of them, the compiler finds the way by itself.
//! A [`Flow`](crate::Flow) keeps the [reader](crate::read) of its type, so that the way is needed only where a type enters.

use std::any::Any;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Failure, Value};

/// The way of all types that serde can write and read. Truth values, numbers, text and bytes travel as such, everything else as JSON.
#[derive(Debug)]
pub enum BySerde {}

/// The way of values that live in the engine.
#[derive(Debug)]
pub enum ByHandle {}

/// A type that can travel from step to step.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot travel from step to step",
    label = "not a value",
    note = "derive `serde::Serialize` and `serde::Deserialize` for it"
)]
pub trait Carry<Way>: Sized + 'static {
    /// For the way to the next step.
    ///
    /// # Errors
    /// The type's own `Serialize` refused.
    fn into_value(self) -> Result<Value, Failure>;

    /// From the step before.
    ///
    /// # Errors
    /// The value is of another type.
    fn from_value(value: Value) -> Result<Self, Failure>;
}

impl<T: Serialize + DeserializeOwned + 'static> Carry<BySerde> for T {
    // The comparisons of types are decided at compile time: what stays of this function is one branch.
    fn into_value(self) -> Result<Value, Failure> {
        let mut slot = Some(self);
        if take::<T, ()>(&mut slot).is_some() {
            return Ok(Value::None);
        }
        if let Some(value) = take::<T, bool>(&mut slot) {
            return Ok(Value::Boolean(value));
        }
        if let Some(value) = take::<T, i64>(&mut slot) {
            return Ok(Value::Integer(value));
        }
        if let Some(value) = take::<T, i32>(&mut slot) {
            return Ok(Value::Integer(value.into()));
        }
        if let Some(value) = take::<T, u32>(&mut slot) {
            return Ok(Value::Integer(value.into()));
        }
        if let Some(value) = take::<T, f64>(&mut slot) {
            return Ok(Value::Number(value));
        }
        if let Some(value) = take::<T, String>(&mut slot) {
            return Ok(Value::Text(value));
        }
        if let Some(value) = take::<T, Vec<u8>>(&mut slot) {
            return Ok(Value::Bytes(value));
        }
        let Some(value) = slot else { return Ok(Value::None) };
        match serde_json::to_string(&value) {
            Ok(json) if json == "null" => Ok(Value::None),
            Ok(json) => Ok(Value::Json(json)),
            Err(error) => Err(wrong_value(format!("`{}` cannot be written as JSON: {error}", type_name::<T>()))),
        }
    }

    fn from_value(value: Value) -> Result<Self, Failure> {
        let refuse = |error: serde_json::Error, kind: &str| {
            wrong_value(format!("this step takes `{}`: {error}, in the {kind} it was given", type_name::<T>()))
        };
        match value {
            Value::None => match take::<(), T>(&mut Some(())) {
                Some(value) => Ok(value),
                None => T::deserialize(serde_json::Value::Null).map_err(|error| refuse(error, "none")),
            },
            Value::Boolean(value) => match take::<bool, T>(&mut Some(value)) {
                Some(value) => Ok(value),
                None => T::deserialize(serde_json::Value::from(value)).map_err(|error| refuse(error, "boolean")),
            },
            Value::Integer(value) => match take::<i64, T>(&mut Some(value)) {
                Some(value) => Ok(value),
                None => T::deserialize(serde_json::Value::from(value)).map_err(|error| refuse(error, "integer")),
            },
            Value::Number(value) => match take::<f64, T>(&mut Some(value)) {
                Some(value) => Ok(value),
                None => T::deserialize(serde_json::Value::from(value)).map_err(|error| refuse(error, "number")),
            },
            Value::Text(value) => {
                let mut slot = Some(value);
                match take::<String, T>(&mut slot) {
                    Some(value) => Ok(value),
                    None => T::deserialize(serde_json::Value::String(slot.unwrap_or_default())).map_err(|error| refuse(error, "text")),
                }
            }
            Value::Bytes(value) => match take::<Vec<u8>, T>(&mut Some(value)) {
                Some(value) => Ok(value),
                None => Err(wrong_value(format!("this step takes `{}`, and was given bytes", type_name::<T>()))),
            },
            Value::Json(json) => serde_json::from_str(&json).map_err(|error| refuse(error, "json")),
            Value::Native(native) => match native.json("") {
                Some(json) => serde_json::from_str(&json).map_err(|error| refuse(error, &native.kind())),
                None => Err(wrong_value(format!("this step takes `{}`, and was given a {} without JSON", type_name::<T>(), native.kind()))),
            },
        }
    }
}

/// The value as what it is, if both names mean the same type.
fn take<T: 'static, U: 'static>(slot: &mut Option<T>) -> Option<U> {
    (slot as &mut dyn Any).downcast_mut::<Option<U>>()?.take()
}

pub(crate) fn type_name<T>() -> &'static str {
    let path = std::any::type_name::<T>();
    // Paths inside of `<…>` stay: only a plain name can be cut without harm.
    if path.contains('<') { path } else { path.rsplit("::").next().unwrap_or(path) }
}

pub(crate) fn wrong_value(message: String) -> Failure {
    Failure::error(message).code("wrong-value").not_retryable()
}

/// The way of an answer that cannot fail.
#[derive(Debug)]
pub struct Always<Way>(Way);

/// The way of an answer that may be a failure.
#[derive(Debug)]
pub struct OrFailure<Way>(Way);

/// What a closure that makes one value may answer: the value, or `Result<value, Failure>`.
#[diagnostic::on_unimplemented(
    message = "a closure cannot answer with `{Self}`",
    label = "neither a value nor `Result<value, Failure>`",
    note = "values derive `serde::Serialize` and `serde::Deserialize`"
)]
pub trait Answer<Way> {
    /// The type that travels on.
    type Carried: 'static;

    /// For the way to the next step.
    ///
    /// # Errors
    /// The closure's own.
    fn into_answer(self) -> Result<Value, Failure>;

    /// How the next step reads it.
    ///
    /// # Errors
    /// The value is of another type.
    fn read(value: Value) -> Result<Self::Carried, Failure>;
}

impl<T: Carry<Way>, Way> Answer<Always<Way>> for T {
    type Carried = T;

    fn into_answer(self) -> Result<Value, Failure> {
        Carry::into_value(self)
    }

    fn read(value: Value) -> Result<T, Failure> {
        Carry::from_value(value)
    }
}

impl<T: Carry<Way>, Way> Answer<OrFailure<Way>> for Result<T, Failure> {
    type Carried = T;

    fn into_answer(self) -> Result<Value, Failure> {
        self.and_then(Carry::into_value)
    }

    fn read(value: Value) -> Result<T, Failure> {
        Carry::from_value(value)
    }
}

/// What a closure that makes any number of values may answer: `Vec`, `Option`, an array, or `Result` of `Vec` or `Option`.
///
/// Not every iterator: a `Result` is one too, and would lose its failure without a word.
#[diagnostic::on_unimplemented(
    message = "a closure cannot answer with `{Self}`",
    label = "not `Vec`, `Option` or an array of values, or `Result<_, Failure>` of `Vec` or `Option`",
    note = "values derive `serde::Serialize` and `serde::Deserialize`"
)]
pub trait Several<Way> {
    /// The type that travels on.
    type Carried: Carry<Way>;

    /// In order.
    ///
    /// # Errors
    /// The closure's own.
    fn into_items(self) -> Result<Vec<Self::Carried>, Failure>;
}

impl<T: Carry<Way>, Way> Several<Way> for Vec<T> {
    type Carried = T;

    fn into_items(self) -> Result<Vec<T>, Failure> {
        Ok(self)
    }
}

impl<T: Carry<Way>, Way> Several<Way> for Option<T> {
    type Carried = T;

    fn into_items(self) -> Result<Vec<T>, Failure> {
        Ok(self.into_iter().collect())
    }
}

impl<T: Carry<Way>, Way, const N: usize> Several<Way> for [T; N] {
    type Carried = T;

    fn into_items(self) -> Result<Vec<T>, Failure> {
        Ok(self.into())
    }
}

impl<T: Carry<Way>, Way> Several<Way> for Result<Vec<T>, Failure> {
    type Carried = T;

    fn into_items(self) -> Result<Vec<T>, Failure> {
        self
    }
}

impl<T: Carry<Way>, Way> Several<Way> for Result<Option<T>, Failure> {
    type Carried = T;

    fn into_items(self) -> Result<Vec<T>, Failure> {
        self.map(|item| item.into_iter().collect())
    }
}

/// What a closure without a value may answer: nothing, or `Result<(), Failure>`.
pub trait Done {
    /// The closure's own failure.
    ///
    /// # Errors
    /// That failure.
    fn done(self) -> Result<(), Failure>;
}

impl Done for () {
    fn done(self) -> Result<(), Failure> {
        Ok(())
    }
}

impl Done for Result<(), Failure> {
    fn done(self) -> Result<(), Failure> {
        self
    }
}
