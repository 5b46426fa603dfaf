//! Steps that record a number: what kind of meter, and what is recorded.

use throng_model::MeterStepKind;
use throng_protocols::{Failure, MeterKind, MeterOperation, Output, Value};

/// The meter's kind.
pub(crate) fn kind(kind: MeterStepKind) -> MeterKind {
    match kind {
        MeterStepKind::Counter => MeterKind::Counter,
        MeterStepKind::Gauge => MeterKind::Gauge,
        MeterStepKind::Timer => MeterKind::Timer,
        MeterStepKind::Summary => MeterKind::Summary,
        MeterStepKind::Throughput => MeterKind::Throughput,
        MeterStepKind::Rate => MeterKind::Rate,
    }
}

/// What is recorded for an answer; a counter without one counts 1.
pub(crate) fn operation(kind: MeterKind, answer: Option<&Output>) -> Result<MeterOperation, Failure> {
    let Some(answer) = answer else { return Ok(MeterOperation::Add(1)) };
    let number = || match answer {
        Output::One(value) => number(value),
        _ => None,
    };
    let wrong = || Failure::error("wrong-answer", format!("{} is no number that this meter can record", shown(answer))).final_();
    match kind {
        MeterKind::Rate => match answer {
            Output::Many(values) => match values.as_slice() {
                [benchmark, total] => {
                    let (benchmark, total) = (self::number(benchmark).ok_or_else(wrong)?, self::number(total).ok_or_else(wrong)?);
                    Ok(MeterOperation::AddRate { benchmark, total })
                }
                _ => Err(wrong()),
            },
            _ => Err(wrong()),
        },
        MeterKind::Counter | MeterKind::Timer => {
            let number = number().filter(|number| *number >= 0.0 && number.is_finite()).ok_or_else(wrong)?.round() as u64;
            Ok(if kind == MeterKind::Counter { MeterOperation::Add(number) } else { MeterOperation::ObserveNanoseconds(number) })
        }
        MeterKind::Gauge => number().map(MeterOperation::Set).ok_or_else(wrong),
        MeterKind::Summary | MeterKind::Throughput => number().map(MeterOperation::Observe).ok_or_else(wrong),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Number(number) => Some(*number),
        Value::Json(text) | Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn shown(answer: &Output) -> String {
    match answer {
        Output::Nothing => "nothing".to_owned(),
        Output::One(value) => format!("`{}`", value.excerpt(40)),
        Output::Many(values) => format!("a list of {} values", values.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_what_the_meter_records() {
        let one = |value| Some(Output::One(value));
        let of = |kind, answer: Option<Output>| operation(kind, answer.as_ref()).map_err(|failure| failure.message);
        assert_eq!(of(MeterKind::Counter, None), Ok(MeterOperation::Add(1)));
        assert_eq!(of(MeterKind::Counter, one(Value::Number(2.6))), Ok(MeterOperation::Add(3)));
        assert_eq!(of(MeterKind::Gauge, one(Value::Integer(-5))), Ok(MeterOperation::Set(-5.0)));
        let both = Output::Many(vec![Value::Integer(1), Value::Integer(4)]);
        assert_eq!(of(MeterKind::Rate, Some(both)), Ok(MeterOperation::AddRate { benchmark: 1.0, total: 4.0 }));
        assert_eq!(of(MeterKind::Timer, one(Value::Integer(-1))), Err("`-1` is no number that this meter can record".to_owned()));
    }
}
