//! Operators: a table of all, each with what its configuration looks like and the way from it to the operator.

mod checks;
mod errors;
mod functions;
mod joins;
mod memory;
mod meters;
mod setup;
mod stage;
mod time;
mod values;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value as Json;

use crate::{ConfigFault, Operator};

pub(super) use setup::{InnerStep, Setup};

/// An operator's key in a document.
pub(crate) struct OperatorKind {
    /// The key.
    pub(crate) name: &'static str,
    /// One line for documentation.
    pub(crate) summary: &'static str,
    /// The JSON schema of its configuration.
    pub(crate) schema: fn() -> Json,
    /// Makes it.
    pub(super) parse: fn(&Setup<'_>) -> Parsed,
}

/// An operator, or all that is wrong with its configuration.
type Parsed<T = Operator> = Result<T, Vec<ConfigFault>>;

/// All operators, in the order of the documentation.
pub(crate) fn operators() -> impl Iterator<Item = &'static OperatorKind> + Clone {
    let families: [&'static [OperatorKind]; 8] =
        [&values::KINDS, &checks::KINDS, &errors::KINDS, &joins::KINDS, &time::KINDS, &memory::KINDS, &stage::KINDS, &meters::KINDS];
    families.into_iter().flatten()
}

/// The schema of a type of configuration, without definitions of its own.
fn schema_of<T: JsonSchema>() -> Json {
    let mut schema =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true).into_generator().into_root_schema_for::<T>();
    schema.remove("$schema");
    schema.remove("title");
    schema.to_value()
}
