//! What is measured, and what follows from it: histograms, meters, snapshots, the report model and the verdict.
//!
//! Pure: no I/O, no clock, nothing spawned. Time comes in as a parameter.

mod moment;
mod outcome;

pub use moment::Moment;
pub use outcome::{Outcome, Phase};
