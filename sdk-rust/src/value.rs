//! What a callback is given and what it answers, as the contract has it.

use crate::platform::Native;

/// A value on its way between two steps.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// Nothing in particular: what the root of a scenario is given.
    #[default]
    None,
    /// A truth value.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Text.
    Text(String),
    /// JSON text, readable by the engine and by guests in any language.
    Json(String),
    /// Bytes whose codec is the scenario's own business.
    Bytes(Vec<u8>),
    /// A value that lives in the engine.
    Native(Native),
}

impl Value {
    /// The name of this value's kind, for messages.
    pub fn kind(&self) -> String {
        match self {
            Self::None => "none".into(),
            Self::Boolean(_) => "boolean".into(),
            Self::Integer(_) => "integer".into(),
            Self::Number(_) => "number".into(),
            Self::Text(_) => "text".into(),
            Self::Json(_) => "json".into(),
            Self::Bytes(_) => "bytes".into(),
            Self::Native(native) => native.kind(),
        }
    }
}

/// What a callback answered.
#[derive(Clone, Debug)]
pub enum Output {
    /// Nothing goes on: the branch ends here, in health.
    Nothing,
    /// One value.
    One(Value),
    /// Several, in order.
    Many(Vec<Value>),
}
