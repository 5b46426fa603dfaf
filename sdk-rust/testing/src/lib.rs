//! Runs a scenario whole, in the engine, inside a test.
//!
//! ```
//! use throng::{Context, Scenario, ensure, scenario};
//!
//! fn numbers() -> Scenario {
//!     scenario("numbers").minions(20).start()
//!         .returns_with(|cx: &Context| i64::from(cx.minion()))
//!         .map(|number: i64| number * 2)
//!         .verify("even", |number: &i64| ensure!(number % 2 == 0, "{number} is odd"))
//!         .into()
//! }
//!
//! # fn main() -> Result<(), throng_testing::TestError> {
//! let outcome = throng_testing::run(numbers)?;
//! outcome.assert_successful();
//! assert_eq!(outcome.step("even").outcomes.success, 20);
//! # Ok(())
//! # }
//! ```
//!
//! There are two doors. [`Test::native`] runs closures as they were compiled for the test: no build for WebAssembly, and breakpoints work.
//! [`Test::component`] runs a built component in the sandbox, with its limits, as `throng run` does. Everything else is the same engine:
//! steps, profiles, HTTP, retries, time limits, meters, verdict.
//!
//! A test judges what the scenario did, not how busy the machine was: the generator's own lateness leaves the verdict alone.

mod campaign;
mod error;
mod native;
mod outcome;
mod sandbox;
mod subject;
mod test;

pub use error::TestError;
pub use outcome::Outcome;
pub use subject::Source;
pub use test::Test;

/// Runs scenarios natively, with everything as it is in them: `throng_testing::run(checkout)`.
///
/// # Errors
/// See [`TestError`].
pub fn run<S: throng::IntoScenarios>(scenarios: impl Fn() -> S + Send + Sync + 'static) -> Result<Outcome, TestError> {
    Test::native(scenarios).run()
}
