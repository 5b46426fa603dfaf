//! Tests of a scenario's callbacks with `cargo test`: no component, no engine, the host in memory.
//!
//! ```
//! use throng::{Request, Response, Scenario, http, scenario, ensure};
//!
//! fn greet() -> Scenario {
//!     let server = http("http://127.0.0.1:8080");
//!     scenario("greet")
//!         .start()
//!         .http("hello", &server, |cx, ()| Request::get(format!("/hello/{}", cx.minion())))
//!         .verify("greeted", |r: &Response| ensure!(r.status() == 200, "got {}", r.status()))
//!         .into()
//! }
//!
//! let mut test = greet().test();
//! test.context = throng::Context::at(7, 0, 0);
//! assert_eq!(test.request("hello", ()).unwrap().url, "/hello/7");
//! assert!(test.call("greeted", Response::fake(200)).is_ok());
//! assert_eq!(test.call("greeted", Response::fake(500)).unwrap_err().message, "got 500");
//! assert_eq!(test.document()["scenarios"][0]["steps"][1]["after"], "hello");
//! ```

use std::cell::{RefCell, RefMut};
use std::rc::Rc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::carry::Carry;
use crate::native::{MemoryHost, Native, Program, RequestData, ResponseData, Visit, with_host};
use crate::{Context, Failure, Output, Phase, Response, Scenario, Value};

impl Scenario {
    /// The scenario as a test's subject.
    ///
    /// # Panics
    /// The scenario was built wrongly; the message says what and where.
    #[allow(clippy::panic, reason = "a test's subject that cannot be made ends the test")]
    pub fn test(self) -> ScenarioTest {
        let name = self.name().to_owned();
        match Program::build(|| self) {
            Ok(program) => ScenarioTest { program, name, host: Rc::default(), context: Context::default() },
            Err(faults) => panic!("{faults}"),
        }
    }

    /// The scenario document.
    ///
    /// # Panics
    /// As [`Scenario::test`].
    pub fn document(self) -> serde_json::Value {
        self.test().document().clone()
    }
}

/// A scenario, one minion of it, and the host that its closures see.
pub struct ScenarioTest {
    /// The visit that closures are called for.
    pub context: Context,
    program: Program,
    name: String,
    host: Rc<RefCell<MemoryHost>>,
}

impl ScenarioTest {
    /// The scenario document.
    pub fn document(&self) -> &serde_json::Value {
        self.program.document()
    }

    /// The host: the minion's session, the campaign's settings, and all that was logged, recorded, emitted and reported.
    pub fn host(&self) -> RefMut<'_, MemoryHost> {
        self.host.borrow_mut()
    }

    /// Runs the callback of a step with this input. Where a step has several, their names tell the place:
    /// `shipped left-key`, `shipped right-key`.
    ///
    /// # Errors
    /// The callback's own; or there is no such step with a callback, or with one only.
    pub fn call<T: Carry<Way>, Way>(&mut self, callback: &str, input: T) -> Result<Output, Failure> {
        let (number, step) = self.find(callback)?;
        {
            let mut host = self.host.borrow_mut();
            host.visit = Visit { scenario: self.name.clone(), step, ..host.visit.clone() };
        }
        let input = input.into_value()?;
        with_host(self.host.clone(), || self.program.call(number, self.context, input))
    }

    fn find(&self, name: &str) -> Result<(u32, String), Failure> {
        let missing = |what: String| Failure::error(format!("scenario `{}` has {what}", self.name)).code("no-such-step");
        let of_steps = || self.program.callbacks_of(&self.name).filter_map(|(number, found)| Some((number, found, found.step.as_ref()?)));
        if let Some((number, _, step)) = of_steps().find(|(_, found, _)| found.name == name) {
            return Ok((number, step.clone()));
        }
        let several: Vec<_> = of_steps().filter(|(_, _, step)| *step == name).map(|(_, found, _)| format!("`{}`", found.name)).collect();
        Err(match several.is_empty() {
            true => missing(format!("no step `{name}` with a callback")),
            false => missing(format!("several callbacks of the step `{name}`: name one of {}", several.join(", "))),
        })
    }

    /// The key of this value on the left side of a join; none if it has none.
    ///
    /// # Errors
    /// As [`Self::call`], or the callback answered with something else.
    pub fn left_key<T: Carry<Way>, Way>(&mut self, join: &str, left: T) -> Result<Option<String>, Failure> {
        self.one(&format!("{join} left-key"), left)
    }

    /// The key of this value on the right side of a join; none if it has none.
    ///
    /// # Errors
    /// As [`Self::call`], or the callback answered with something else.
    pub fn right_key<T: Carry<Way>, Way>(&mut self, join: &str, right: T) -> Result<Option<String>, Failure> {
        self.one(&format!("{join} right-key"), right)
    }

    /// The period that a step with a pace of its own makes from the last one.
    ///
    /// # Errors
    /// As [`Self::call`], or the callback answered with something else.
    pub fn period(&mut self, pace: &str, last: Duration) -> Result<Duration, Failure> {
        self.one(pace, crate::duration::nanoseconds(last)).map(Duration::from_nanos)
    }

    /// Runs the callback of a step that builds a request.
    ///
    /// # Errors
    /// As [`Self::call`], or the callback answered with something else.
    pub fn request<T: Carry<Way>, Way>(&mut self, step: &str, input: T) -> Result<RequestData, Failure> {
        match self.call(step, input)? {
            Output::One(Value::Native(Native::Request(request))) => Ok(Rc::unwrap_or_clone(request)),
            other => Err(Failure::error(format!("step `{step}` answered with {other:?}, which is no request")).code("wrong-answer")),
        }
    }

    /// Runs the callback of a step that makes one value.
    ///
    /// # Errors
    /// As [`Self::call`], or the callback answered with something else.
    pub fn one<U: Carry<WayOut>, T: Carry<WayIn>, WayIn, WayOut>(&mut self, step: &str, input: T) -> Result<U, Failure> {
        match self.call(step, input)? {
            Output::One(value) => U::from_value(value),
            other => Err(Failure::error(format!("step `{step}` answered with {other:?}, which is not one value")).code("wrong-answer")),
        }
    }

    /// Runs the callback of a step that makes any number of values.
    ///
    /// # Errors
    /// As [`Self::call`], or a value is of another type.
    pub fn all<U: Carry<WayOut>, T: Carry<WayIn>, WayIn, WayOut>(&mut self, step: &str, input: T) -> Result<Vec<U>, Failure> {
        match self.call(step, input)? {
            Output::Nothing => Ok(Vec::new()),
            Output::One(value) => Ok(vec![U::from_value(value)?]),
            Output::Many(values) => values.into_iter().map(U::from_value).collect(),
        }
    }

    /// The next line of the scenario's own profile: how many minions, and nanoseconds before they start.
    ///
    /// # Errors
    /// The scenario's profile is none of its own.
    pub fn next_line(&mut self, past_nanoseconds: u64, total: u64, speed: f64) -> Result<(u64, u64), Failure> {
        #[derive(serde::Deserialize)]
        struct Line {
            count: u64,
            delay: u64,
        }
        let profile = self.program.callbacks_of(&self.name).find(|(_, callback)| callback.step.is_none()).map(|(number, _)| number);
        let Some(callback) = profile else {
            return Err(Failure::error(format!("the profile of scenario `{}` is none of its own", self.name)).code("no-such-step"));
        };
        let past = serde_json::json!({"past": past_nanoseconds, "total": total, "speed": speed});
        match with_host(self.host.clone(), || self.program.call(callback, self.context, Value::Json(past.to_string())))? {
            Output::One(Value::Json(line)) => Ok(serde_json::from_str(&line).map(|Line { count, delay }| (count, delay))?),
            other => Err(Failure::error(format!("the profile answered with {other:?}")).code("wrong-answer")),
        }
    }
}

impl RequestData {
    /// The body as a value of this type.
    ///
    /// # Errors
    /// The body is of another type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// The first value of a header, as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }
}

/// Responses for tests.
impl Response {
    /// A response with this status and no body.
    pub fn fake(status: u16) -> Self {
        Self(Native::Response(Rc::new(ResponseData { status, ..ResponseData::default() })))
    }

    fn change(self, change: impl FnOnce(&mut ResponseData)) -> Self {
        let mut data = self.0.response().cloned().unwrap_or_default();
        change(&mut data);
        Self(Native::Response(Rc::new(data)))
    }

    /// The same with this body.
    #[must_use]
    pub fn with_body(self, body: impl Into<Vec<u8>>) -> Self {
        self.change(|data| data.body = body.into())
    }

    /// The same with this body, as JSON, and its content type.
    #[must_use]
    pub fn with_json<T: Serialize + ?Sized>(self, body: &T) -> Self {
        let body = serde_json::to_vec(body).unwrap_or_default();
        self.with_header("content-type", "application/json").with_body(body)
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(self, name: &str, value: &str) -> Self {
        self.change(|data| data.headers.push((name.to_owned(), value.as_bytes().to_vec())))
    }

    /// The same with this phase, in nanoseconds.
    #[must_use]
    pub fn with_timing(self, phase: Phase, nanoseconds: u64) -> Self {
        self.change(|data| data.timings.push((phase, nanoseconds)))
    }

    /// The same to a request whose step was given this value.
    #[must_use]
    pub fn with_given<T: Carry<Way>, Way>(self, given: T) -> Self {
        self.change(|data| data.given = given.into_value().unwrap_or_default())
    }
}
