//! `throng:plugin/step-kinds`, but for its `call`, which is a scenario's.

use wasmtime::component::{ComponentType, Lift, TypedFunc};

use crate::step_plugin;

/// What `throng:plugin/step-kinds.describe` answers.
pub(crate) type DescribeAnswer = (String,);

/// `throng:plugin/step-kinds.configure`
pub(crate) type ConfigureFunction<'a> = TypedFunc<(u32, &'a str, &'a str), ConfigureAnswer>;

/// What it answers.
pub(crate) type ConfigureAnswer = (Result<(), Vec<Refusal>>,);

/// `throng:plugin/step-kinds.refusal`
#[derive(ComponentType, Debug, Lift)]
#[component(record)]
pub(crate) struct Refusal {
    pointer: String,
    message: String,
    hint: Option<String>,
}

impl From<Refusal> for step_plugin::Refusal {
    fn from(Refusal { pointer, message, hint }: Refusal) -> Self {
        Self { pointer, message, hint }
    }
}
