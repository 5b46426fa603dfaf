//! Workers, minions and the execution of steps.
//!
//! A [`Worker`] is a struct driven by an executor: in production each on its own thread, in tests several on one paused runtime.
//! It talks to its campaign in serde messages only, and a minion never leaves it. On the path of a step nothing is shared
//! between workers: no lock, no message per sample.

mod activity;
mod answers;
mod assemble;
mod checks;
mod downstream;
mod draws;
mod events;
mod execution;
mod extract;
mod frame;
mod guests;
mod keep;
mod message;
mod meters;
mod minion;
mod node;
mod operators;
mod phases;
mod plan_clock;
mod plan_time;
mod program;
mod pulse;
mod scenario_run;
mod shared;
mod sources;
mod starter;
mod tasks;
mod template;
mod ticks;
mod timers;
mod trees;
mod walk;
mod warm_up;
mod worker;

pub use assemble::step_shapes;
pub use draws::draw_key;
pub use message::{Assignment, FromWorker, LineChunk, PlannedPhases, Restart, Settle, Stillness, StopMode, ToWorker, TreePhase};
pub use plan_clock::{PlanClock, Turn};
pub use program::{Program, ProgramSetup, Resources, timekeeper};
pub use shared::{PeerLink, peer_links};
pub use worker::{MAILBOX, Worker, WorkerError};
