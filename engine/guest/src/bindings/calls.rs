//! The exported call, both ways: what a callback is given and what it answers.
//!
//! Written by hand, not generated, so that text and bytes go in without a copy on the engine's side and come out in the engine's own types.

use std::sync::Arc;

use bytes::Bytes;
use throng_protocols::{self as protocols, Context};
use wasmtime::component::{ComponentType, Lift, Lower, Resource, TypedFunc};

use super::NativeHandle;
use crate::fault::HostTrap;
use crate::handles::{Entry, Handles};

/// `throng:scenario/callbacks.call` and, with the number of a step, `throng:plugin/step-kinds.call`
pub(crate) type CallFunction<'a> = TypedFunc<Arguments<'a>, Answered>;

/// What it is given.
pub(crate) type Arguments<'a> = (u32, CallContext, Input<'a>);

/// What it answers.
pub(crate) type Answered = (Result<Answer, GuestFailure>,);

/// What `throng:scenario/definition.describe` answers.
pub(crate) type DescribeAnswer = (Result<String, String>,);

/// `throng:types/calls.context`
#[derive(Clone, Copy, ComponentType, Debug, Lower)]
#[component(record)]
pub(crate) struct CallContext {
    minion: u32,
    iteration: u32,
    attempt: u32,
}

impl From<Context> for CallContext {
    fn from(context: Context) -> Self {
        Self { minion: context.minion, iteration: context.iteration, attempt: context.attempt }
    }
}

/// `throng:types/values.input`
#[derive(ComponentType, Debug, Lower)]
#[component(variant)]
pub(crate) enum Input<'a> {
    #[component(name = "none")]
    None,
    #[component(name = "boolean")]
    Boolean(bool),
    #[component(name = "integer")]
    Integer(i64),
    #[component(name = "number")]
    Number(f64),
    #[component(name = "text")]
    Text(&'a str),
    #[component(name = "json")]
    Json(&'a str),
    #[component(name = "bytes")]
    Bytes(&'a [u8]),
    #[component(name = "native")]
    Native(Resource<NativeHandle>),
}

impl<'a> Input<'a> {
    /// Hands a value to a call.
    pub(crate) fn new(value: &'a protocols::Value, handles: &mut Handles) -> Result<Self, HostTrap> {
        Ok(match value {
            protocols::Value::None => Self::None,
            protocols::Value::Boolean(value) => Self::Boolean(*value),
            protocols::Value::Integer(value) => Self::Integer(*value),
            protocols::Value::Number(value) => Self::Number(*value),
            protocols::Value::Text(text) => Self::Text(text),
            protocols::Value::Json(json) => Self::Json(json),
            protocols::Value::Bytes(bytes) => Self::Bytes(bytes),
            protocols::Value::Native(native) => Self::Native(Resource::new_borrow(handles.push(Entry::Native(Arc::clone(native)))?)),
        })
    }

    /// The handle that was lent for the call.
    pub(crate) fn lent(&self) -> Option<u32> {
        match self {
            Self::Native(handle) => Some(handle.rep()),
            _ => None,
        }
    }
}

/// `throng:types/values.value`
#[derive(ComponentType, Debug, Lift)]
#[component(variant)]
pub(crate) enum Value {
    #[component(name = "none")]
    None,
    #[component(name = "boolean")]
    Boolean(bool),
    #[component(name = "integer")]
    Integer(i64),
    #[component(name = "number")]
    Number(f64),
    #[component(name = "text")]
    Text(Arc<str>),
    #[component(name = "json")]
    Json(Arc<str>),
    #[component(name = "bytes")]
    Bytes(Bytes),
    #[component(name = "native")]
    Native(Resource<NativeHandle>),
}

/// `throng:types/calls.output`
#[derive(ComponentType, Debug, Lift)]
#[component(variant)]
pub(crate) enum Answer {
    #[component(name = "nothing")]
    Nothing,
    #[component(name = "one")]
    One(Value),
    #[component(name = "many")]
    Many(Vec<Value>),
}

impl Answer {
    /// Gives handles up for the values that they stand for.
    pub(crate) fn into_output(self, handles: &mut Handles) -> Result<protocols::Output, HostTrap> {
        Ok(match self {
            Self::Nothing => protocols::Output::Nothing,
            Self::One(value) => protocols::Output::One(value.into_value(handles)?),
            Self::Many(values) => {
                protocols::Output::Many(values.into_iter().map(|value| value.into_value(handles)).collect::<Result<_, _>>()?)
            }
        })
    }
}

impl Value {
    fn into_value(self, handles: &mut Handles) -> Result<protocols::Value, HostTrap> {
        Ok(match self {
            Self::None => protocols::Value::None,
            Self::Boolean(value) => protocols::Value::Boolean(value),
            Self::Integer(value) => protocols::Value::Integer(value),
            Self::Number(value) => protocols::Value::Number(value),
            Self::Text(text) => protocols::Value::Text(text),
            Self::Json(json) => protocols::Value::Json(json),
            Self::Bytes(bytes) => protocols::Value::Bytes(bytes),
            Self::Native(handle) => handles.take_value(handle.rep())?,
        })
    }
}

/// `throng:types/calls.failure`
#[derive(ComponentType, Debug, Lift)]
#[component(record)]
pub(crate) struct GuestFailure {
    kind: FailureKind,
    code: Option<String>,
    message: String,
    retryable: bool,
}

/// `throng:types/calls.failure-kind`
#[allow(dead_code, reason = "made only by lifting, which the lint does not see")]
#[derive(Clone, Copy, ComponentType, Debug, Lift)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum FailureKind {
    #[component(name = "error")]
    Error,
    #[component(name = "assertion")]
    Assertion,
}

impl GuestFailure {
    /// A failure without a code is grouped under its step.
    pub(crate) fn into_failure(self, step: &str) -> protocols::Failure {
        protocols::Failure {
            kind: match self.kind {
                FailureKind::Error => protocols::FailureKind::Error,
                FailureKind::Assertion => protocols::FailureKind::Assertion,
            },
            code: self.code.unwrap_or_else(|| step.to_owned()),
            message: self.message,
            retryable: self.retryable,
        }
    }
}
