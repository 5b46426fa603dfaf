//! Reads a callback's answer by the role of its place; anything that the role does not allow is the error `wrong-answer`.

use throng_protocols::{Failure, Output, Value};

use crate::node::Role;

/// What goes on, given the callback's answer and its input.
pub(crate) fn read_answer(role: Role, answer: Output, input: &Value) -> Result<Output, Failure> {
    match (role, answer) {
        (Role::Any, answer) | (Role::One, answer @ Output::One(_)) => Ok(answer),
        (Role::Observe, Output::Nothing) | (Role::Condition, Output::One(Value::Boolean(true))) => Ok(Output::One(input.clone())),
        (Role::Condition, Output::One(Value::Boolean(false))) => Ok(Output::Nothing),
        (Role::Validate, Output::Nothing) => Ok(Output::One(input.clone())),
        (Role::Validate, Output::One(Value::Text(error))) => Err(invalid(&[&error])),
        (Role::Validate, Output::Many(errors)) => {
            let texts: Option<Vec<&str>> =
                errors.iter().map(|error| if let Value::Text(text) = error { Some(&**text) } else { None }).collect();
            match texts.as_deref() {
                Some([]) => Ok(Output::One(input.clone())),
                Some(texts) => Err(invalid(texts)),
                None => Err(wrong_answer(role, &Output::Many(errors))),
            }
        }
        (role, answer) => Err(wrong_answer(role, &answer)),
    }
}

/// What is wrong with an input.
fn invalid(errors: &[&str]) -> Failure {
    Failure::error("invalid", errors.join("; ")).final_()
}

fn wrong_answer(role: Role, answer: &Output) -> Failure {
    let expected = match role {
        Role::One => "one value",
        Role::Any => "nothing, one value or many",
        Role::Condition => "one boolean",
        Role::Observe => "nothing, or a failure",
        Role::Validate => "nothing, a failure, or texts",
    };
    let given = match answer {
        Output::Nothing => "nothing".to_owned(),
        Output::One(value) => format!("one value of the kind `{}`", value.kind()),
        Output::Many(values) => format!("{} values", values.len()),
    };
    Failure::error("wrong-answer", format!("the callback answered with {given}, but its place takes {expected}")).final_()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(role: Role, answer: Output) -> String {
        match read_answer(role, answer, &Value::Text("input".into())) {
            Ok(Output::Nothing) => "nothing".into(),
            Ok(Output::One(value)) => value.excerpt(10),
            Ok(Output::Many(values)) => format!("{} values", values.len()),
            Err(failure) => failure.message,
        }
    }

    #[test]
    fn roles_read_their_answers() {
        assert_eq!(check(Role::One, Output::One(Value::Integer(1))), "1");
        assert_eq!(check(Role::Any, Output::Many(vec![Value::None, Value::None])), "2 values");
        assert_eq!(check(Role::Condition, Output::One(Value::Boolean(true))), "input");
        assert_eq!(check(Role::Condition, Output::One(Value::Boolean(false))), "nothing");
        assert_eq!(check(Role::Observe, Output::Nothing), "input");
        let text = |text: &str| Value::Text(text.into());
        assert_eq!(check(Role::Validate, Output::Many(vec![])), "input");
        assert_eq!(check(Role::Validate, Output::Many(vec![text("too short"), text("no digit")])), "too short; no digit");
    }

    #[test]
    fn wrong_answers_say_what_was_given_and_what_is_taken() {
        assert_eq!(check(Role::One, Output::Nothing), "the callback answered with nothing, but its place takes one value");
        assert_eq!(
            check(Role::Condition, Output::One(Value::Integer(1))),
            "the callback answered with one value of the kind `integer`, but its place takes one boolean"
        );
        assert_eq!(
            check(Role::Observe, Output::Many(vec![])),
            "the callback answered with 0 values, but its place takes nothing, or a failure"
        );
    }
}
