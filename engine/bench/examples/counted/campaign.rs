//! A campaign on one worker and a clock that stands still, so that it does the same each time. Callback 0 of its document gives a response.

use std::error::Error;
use std::rc::Rc;
use std::sync::Arc;

use throng_campaign::{Conductor, Plan, PlannedScenario, Team};
use throng_measure::Verdict;
use throng_model::{parse_document, validate};
use throng_plugin_api::{Clock, Registry};
use throng_protocols::http::{Response, Timings};
use throng_protocols::{Call, CallStatistics, Callbacks, CallbacksError, Effects, Output, Session, Value};
use throng_runtime::{Program, ProgramSetup, Resources};
use tokio::sync::mpsc;

const PROGRAM: &str = "response";

/// Runs a document whole; anything but success is an error, as it would count something else.
pub(crate) async fn campaign(document: &str) -> Result<(), Box<dyn Error>> {
    let scenarios = validate(&parse_document(document)?, &Registry::default())?;
    let planned = scenarios.into_iter().map(|scenario| PlannedScenario {
        origin: "counted".into(),
        folder: ".".into(),
        document: document.into(),
        scenario,
        program: Some(PROGRAM.into()),
        settings: Default::default(),
        zones: None,
    });
    let plan = Plan { key: "counted".into(), scenarios: planned.collect(), ..Plan::default() };
    let mut resources = Resources::default();
    resources.programs.insert(PROGRAM.into(), Arc::new(Responses));
    let clock = Clock::paused();
    let team = Team::on_this_runtime(1, clock, &resources)?;
    let conductor = Conductor::prepare(&plan, &resources, clock, team).await?;
    let (_orders, commands) = mpsc::channel(1);
    let report = conductor.run(commands, &mut |_, _| {}).await?;
    if report.verdict != Verdict::Successful {
        return Err(format!("the campaign is {:?}", report.verdict).into());
    }
    Ok(())
}

/// The same response for whoever asks.
struct Responses;

struct Attached(Value);

impl Program for Responses {
    fn attach(&self, _: ProgramSetup) -> Result<Rc<dyn Callbacks>, String> {
        let mut headers = http::HeaderMap::new();
        headers.insert("content-type", http::HeaderValue::from_static("application/json"));
        let body = r#"{"order": {"id": 4711, "items": ["book", "pen"], "total": 12.5}}"#;
        Ok(Rc::new(Attached(Value::native(Response::new(200, headers, body.into(), Timings::default(), Value::None)))))
    }
}

impl Callbacks for Attached {
    fn call(&self, _: Call, _: &Value, _: &mut Session, _: &mut Effects) -> Result<Output, CallbacksError> {
        Ok(Output::One(self.0.clone()))
    }

    fn statistics(&self) -> CallStatistics {
        CallStatistics::default()
    }
}
