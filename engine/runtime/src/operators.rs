//! The engine's own work that never waits.

use throng_measure::Moment;
use throng_plugin_api::Span;
use throng_protocols::{Context, Failure, List, Output, Pair, Value};

use crate::answers::read_answer;
use crate::draws::draw_key;
use crate::execution::{Ended, InFlight, outcome_of, record_failure};
use crate::guests::Origin;
use crate::keep::Keep;
use crate::minion::Minion;
use crate::node::{Immediate, Node, OnErrors, Role};
use crate::scenario_run::ScenarioRun;
use crate::template::render;
use crate::walk::{Onward, Scope, Token};

impl ScenarioRun {
    /// One attempt of an operator.
    pub(crate) fn perform_immediate(
        &self,
        node: &Node,
        work: &Immediate,
        minion: &Minion,
        origin: &Origin,
        context: Context,
        input: &Value,
    ) -> Result<Output, Failure> {
        match work {
            Immediate::Constant(value) => Ok(Output::One(value.clone())),
            Immediate::Rendered(template) => Ok(Output::One(Value::Text(self.render(node, context, template).into()))),
            Immediate::Callback { callback, role } => {
                let answer = self.call_guest(node, minion, origin, context, *callback, input)?;
                read_answer(*role, answer, input)
            }
            Immediate::Assert(checks) => match checks.iter().find_map(|check| crate::checks::fault(check, input)) {
                None => Ok(Output::One(input.clone())),
                Some(message) => Err(Failure::assertion("assert", message)),
            },
            Immediate::Forward => Ok(Output::One(input.clone())),
            Immediate::Swallow => Ok(Output::Nothing),
            Immediate::Flatten => Ok(flatten(input)),
            Immediate::FilterNotNone => Ok(if is_none(input) { Output::Nothing } else { Output::One(input.clone()) }),
            Immediate::Shelve { values, ttl } => {
                let until = ttl.map(|ttl| self.clock.now() + ttl);
                for (name, function) in values {
                    let kept = match self.extract(node, minion, origin, context, function, input)? {
                        Output::One(value) => value,
                        Output::Nothing | Output::Many(_) => Value::None,
                    };
                    minion.keep(|keep| keep.shelve(name, kept, until));
                }
                Ok(Output::One(input.clone()))
            }
            Immediate::Unshelve { names, delete } => {
                let now = self.clock.now();
                let taken = minion.keep(|keep| unshelve(keep, names, now));
                if *delete {
                    names.iter().for_each(|name| minion.keep(|keep| keep.forget(name)));
                }
                Ok(Output::One(Value::native(Pair { first: input.clone(), second: taken })))
            }
            Immediate::Meter { meter, value } => {
                let answer = value.as_ref().map(|value| self.extract(node, minion, origin, context, value, input)).transpose()?;
                let operation = crate::meters::operation(meter.kind, answer.as_ref())?;
                self.recorder.borrow_mut().guest_meter(node.number.0, meter, operation);
                Ok(Output::One(input.clone()))
            }
        }
    }

    /// A step that looks at errors, or mends them.
    pub(crate) fn on_errors(&self, node: &Node, work: &OnErrors, minion: &Minion, scope: Scope<'_>, token: &Token) -> Onward {
        let exhausted = token.origin.exhausted.is_some();
        let has_errors = token.origin.errors.as_ref().is_some_and(|errors| !errors.is_empty());
        let concerned = match work {
            OnErrors::Catch(_) | OnErrors::Log => has_errors,
            OnErrors::CatchExhausted(_) | OnErrors::Recover(_) => exhausted,
        };
        let unchanged = || if exhausted { Onward::Untouched } else { Onward::Emitted(Output::One(token.value.clone()), token.intended) };
        if !concerned {
            return unchanged();
        }
        let started = self.clock.now();
        let context = scope.context(node, minion, 0, 0);
        let in_flight = InFlight::enter(self, node, minion, context.iteration);
        let result = match work {
            OnErrors::Log => {
                self.log_errors(node, minion, token);
                Ok(Output::Nothing)
            }
            OnErrors::Catch(callback) => self
                .call_guest(node, minion, &token.origin, context, *callback, &token.value)
                .and_then(|answer| read_answer(Role::Observe, answer, &token.value))
                .map(|_| Output::Nothing),
            OnErrors::CatchExhausted(callback) => self.call_guest(node, minion, &token.origin, context, *callback, &token.value),
            OnErrors::Recover(value) => self.perform_immediate(node, value, minion, &token.origin, context, &token.value),
        };
        let ended = self.clock.now();
        let outcome = outcome_of(&result, false);
        let service = Some(Span { start: started, end: ended });
        in_flight.end(Ended { outcome, attempts: 1, intended: token.intended, ended, service });
        match result {
            Ok(Output::Nothing) => unchanged(),
            Ok(output) => Onward::Emitted(output, ended),
            Err(failure) => {
                record_failure(self, node, minion, context.iteration, outcome, &failure, ended);
                Onward::Exhausted(failure)
            }
        }
    }

    fn log_errors(&self, node: &Node, minion: &Minion, token: &Token) {
        for error in token.origin.errors.iter().flat_map(|errors| errors.iter()) {
            tracing::warn!(
                scenario = &*node.place.scenario,
                step = &*error.step,
                minion = minion.number,
                code = error.code,
                "{}",
                error.message
            );
        }
    }

    /// Fills a template for one visit of a step.
    pub(crate) fn render(&self, node: &Node, context: Context, template: &throng_model::Template) -> String {
        let key = draw_key(self.seed, self.number, node.number.0, context);
        let iterations = node.iterate.as_ref().map_or(1, |iterate| iterate.iterations);
        render(template, context, key, iterations, &self.settings)
    }
}

/// A list's items, one after another; none for what is none, and anything else as it is.
fn flatten(value: &Value) -> Output {
    if let Some(list) = value.downcast::<List>() {
        return Output::Many(list.items.clone());
    }
    if let Some(pair) = value.downcast::<Pair>() {
        return Output::Many(vec![pair.first.clone(), pair.second.clone()]);
    }
    let items = match value {
        Value::None => return Output::Nothing,
        Value::Json(_) | Value::Native(_) => match value.json("") {
            Some(serde_json::Value::Array(items)) => items.iter().map(Value::from_json).collect(),
            Some(serde_json::Value::Null) => return Output::Nothing,
            _ => return Output::One(value.clone()),
        },
        other => return Output::One(other.clone()),
    };
    Output::Many(items)
}

fn is_none(value: &Value) -> bool {
    matches!(value, Value::None) || matches!(value, Value::Json(json) if json.trim() == "null")
}

/// One value as it is; several as an object.
fn unshelve(keep: &Keep, names: &[String], now: Moment) -> Value {
    if let [only] = names {
        return keep.shelved(only, now).unwrap_or_default();
    }
    let json = |name: &String| keep.shelved(name, now).and_then(|value| value.json("")).unwrap_or_default();
    let all: serde_json::Map<_, _> = names.iter().map(|name| (name.clone(), json(name))).collect();
    Value::Json(serde_json::Value::Object(all).to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flattened(value: &Value) -> Vec<String> {
        match flatten(value) {
            Output::Nothing => vec![],
            Output::One(one) => vec![format!("as it is: {}", one.excerpt(20))],
            Output::Many(items) => items.iter().map(|item| format!("{} {}", item.kind(), item.excerpt(20))).collect(),
        }
    }

    #[test]
    fn lists_have_items_and_other_values_are_one() {
        assert_eq!(flattened(&Value::Json(r#"[1, "a", {"b": 2}]"#.into())), ["integer 1", "text a", r#"json {"b":2}"#]);
        assert_eq!(flattened(&Value::native(List { items: vec![Value::None, Value::Boolean(true)] })), ["none null", "boolean true"]);
        assert_eq!(flattened(&Value::Json("[]".into())), Vec::<String>::new());
        assert_eq!(flattened(&Value::None), Vec::<String>::new());
        assert_eq!(flattened(&Value::Text("[1]".into())), ["as it is: [1]"]);
    }
}
