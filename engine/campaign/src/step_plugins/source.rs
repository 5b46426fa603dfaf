//! A source out of a component, on the one worker that runs it.

use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use serde_json::Value as Json;
use throng_guest::PluginLanes;
use throng_model::{ConfigFault, parse_duration};
use throng_plugin_api::{Pulled, SourceRunner, Visit, option_fault};
use throng_protocols::{Failure, Output, Value};

/// How long a source that has nothing is left alone, when its options don't say it.
const PAUSE: Duration = Duration::from_secs(1);

/// A source with an instance of its own.
#[derive(Debug)]
pub(super) struct ComponentSource {
    lanes: PluginLanes,
    number: u32,
    may_wait: bool,
    pause: Duration,
    /// How often it was asked since it began.
    asked: i64,
    /// Whether it had nothing when it was last asked.
    is_idle: bool,
}

impl ComponentSource {
    /// `number` is that which `lanes` know it by.
    pub(super) fn new(lanes: PluginLanes, number: u32, may_wait: bool, pause: Duration) -> Self {
        Self { lanes, number, may_wait, pause, asked: 0, is_idle: false }
    }

    async fn ask(&mut self, visit: &Visit<'_>) -> Result<Pulled, Failure> {
        if self.is_idle {
            let clock = visit.clock();
            clock.sleep_until(clock.now() + self.pause).await;
        }
        let asked = Value::Integer(self.asked);
        let answer = match self.may_wait {
            true => visit.call_waiting(&self.lanes, self.number, &asked).await,
            false => visit.call_component(&self.lanes, self.number, &asked),
        };
        self.asked += 1;
        self.is_idle = false;
        match answer {
            Ok(Output::Nothing) => Ok(Pulled::End),
            Ok(Output::One(record)) => Ok(Pulled::Records(vec![Ok(record)])),
            Ok(Output::Many(records)) => {
                self.is_idle = records.is_empty();
                Ok(Pulled::Records(records.into_iter().map(Ok).collect()))
            }
            // What failed once may fail at once again.
            Err(failure) if failure.retryable => {
                self.is_idle = true;
                Ok(Pulled::Records(vec![Err(failure)]))
            }
            Err(failure) => Err(failure),
        }
    }
}

impl SourceRunner for ComponentSource {
    fn next<'a>(&'a mut self, visit: &'a Visit<'a>) -> LocalBoxFuture<'a, Result<Pulled, Failure>> {
        Box::pin(self.ask(visit))
    }

    fn rewind(&mut self) {
        self.asked = 0;
        self.is_idle = false;
    }
}

/// How long a source with these options is left alone when it has nothing: its option `every`.
pub(super) fn pause_of(options: &str) -> Result<Duration, ConfigFault> {
    let options: Json = serde_json::from_str(options).unwrap_or_default();
    let Some(every) = options.get("every").and_then(Json::as_str) else { return Ok(PAUSE) };
    match parse_duration(every) {
        Ok(every) if every.is_zero() => {
            let message = "a source that has nothing would be asked without a pause";
            Err(option_fault("/every", message, Some("write a time such as `500ms`".to_owned())))
        }
        Ok(every) => Ok(every),
        Err(error) => Err(option_fault("/every", error.to_string(), None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_left_alone_as_its_options_say() {
        let pause = |options: &str| pause_of(options).map_err(|fault| format!("{}: {}", fault.pointer, fault.message));
        assert_eq!(pause("{}"), Ok(PAUSE));
        assert_eq!(pause(r#"{"every": "250ms"}"#), Ok(Duration::from_millis(250)));
        assert_eq!(pause(r#"{"every": "0s"}"#), Err("/every: a source that has nothing would be asked without a pause".to_owned()));
        assert!(pause(r#"{"every": "soon"}"#).expect_err("no time").starts_with("/every: "));
    }
}
