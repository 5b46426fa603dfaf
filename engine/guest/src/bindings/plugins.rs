//! `throng:plugin/step-kinds` and `source-kinds`, but for `call` and `next`, which are a scenario's.

use wasmtime::component::{ComponentType, Lift, TypedFunc};

use crate::step_plugin;

/// What `describe` of both answers.
pub(crate) type DescribeAnswer = (String,);

/// `configure` of both.
pub(crate) type ConfigureFunction<'a> = TypedFunc<(u32, &'a str, &'a str), ConfigureAnswer>;

/// What it answers.
pub(crate) type ConfigureAnswer = (Result<(), Vec<Refusal>>,);

/// `refusal` of both.
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
