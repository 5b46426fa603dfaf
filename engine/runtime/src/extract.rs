//! What is computed from a value: keys of joins, shelved values, numbers of meters.

use smol_str::{SmolStr, ToSmolStr as _};
use throng_model::{Extract, Template};
use throng_protocols::{Context, Failure, Output, Value};

use crate::guests::Origin;
use crate::minion::Minion;
use crate::node::Node;
use crate::scenario_run::ScenarioRun;

impl ScenarioRun {
    /// What a function gives for a value.
    pub(crate) fn extract(
        &self,
        node: &Node,
        minion: &Minion,
        origin: &Origin,
        context: Context,
        function: &Extract,
        value: &Value,
    ) -> Result<Output, Failure> {
        match function {
            Extract::Input => Ok(Output::One(value.clone())),
            Extract::Json(pointer) => Ok(value.json(pointer).map_or(Output::Nothing, |json| Output::One(Value::from_json(&json)))),
            Extract::Template(template) => Ok(Output::One(self.render_text(node, context, template))),
            Extract::Callback(callback) => self.call_guest(node, minion, origin, context, callback.0, value),
        }
    }

    /// The key that a function gives: text, or a whole number as text.
    pub(crate) fn key(
        &self,
        node: &Node,
        minion: &Minion,
        origin: &Origin,
        context: Context,
        function: &Extract,
        value: &Value,
    ) -> Result<Option<SmolStr>, Failure> {
        // Mostly short enough to be held in place: no allocation, and nothing that two workers share.
        if let Extract::Template(template) = function {
            return Ok(Some(self.render(node, context, template).into()));
        }
        match self.extract(node, minion, origin, context, function, value)? {
            Output::Nothing | Output::One(Value::None) => Ok(None),
            Output::One(Value::Text(key)) => Ok(Some(SmolStr::from(&*key))),
            Output::One(Value::Integer(key)) => Ok(Some(key.to_smolstr())),
            Output::One(other) => {
                let message = format!("the key `{}` is neither text nor a whole number", other.excerpt(40));
                Err(Failure::error("wrong-answer", message).final_())
            }
            Output::Many(several) => {
                Err(Failure::error("wrong-answer", format!("there are {} keys, but a value has one", several.len())).final_())
            }
        }
    }

    fn render_text(&self, node: &Node, context: Context, template: &Template) -> Value {
        Value::Text(self.render(node, context, template).into())
    }
}
