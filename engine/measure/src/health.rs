//! The generator's own health: what workers and machine say of themselves goes in, findings come out.
//!
//! Pure: [`Generator`] is told samples with their time, and judges them by [`HealthLimits`]. Whoever samples reads the clocks and files.

mod finding;
mod generator;
mod judge;
mod limits;
mod live;
mod machine;
mod report;
mod sample;
mod shortage;
mod stalls;
mod streak;

pub use finding::{Finding, Signal};
pub use generator::Generator;
pub use limits::HealthLimits;
pub use live::Sign;
pub use report::{GeneratorReport, GuestStallReport, MachineReport, ShortageReport, WorkerReport};
pub use sample::{Held, MachineSample, Usage, WorkerSample};
pub use shortage::{Shortage, Shortages};
pub use stalls::{GuestStall, GuestStalls};

pub(crate) use judge::Circumstances;

#[cfg(test)]
mod tests;
