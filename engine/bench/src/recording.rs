//! What it costs to record all meters of a step: outcome, in flight, response, service, a plugin's timer and counter.

use std::convert::Infallible;

use throng_measure::{Execution, Outcome, Phase, Recorder, StepShape};

use crate::rounds::{print_costs, print_heading};

const STEPS: u32 = 10;

/// Prints the cost, of so many executions a round.
pub(crate) fn recording(executions: u32) -> Result<(), Infallible> {
    let step = |number| StepShape { name: format!("step {number}").into(), kind: "http".into(), meters: true, ..StepShape::default() };
    let mut recorder = Recorder::new((0..STEPS).map(step).collect());
    let plugin: Vec<_> =
        (0..STEPS).map(|step| (recorder.timer(step, "http-time-to-first-byte"), recorder.counter(step, "http-bytes-received"))).collect();
    print_heading();
    print_costs("all meters of a step", executions, || {
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        for execution in 0..executions {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // Responses between 0.1 ms and some 17 ms, on steps in turn.
            let response = 100_000 + (random >> 40);
            let step = execution % STEPS;
            recorder.step_started(step);
            if let Some((first_byte, bytes)) = plugin.get(step as usize) {
                recorder.record(*first_byte, response / 3);
                recorder.record(*bytes, 512);
            }
            let service = Some(response / 2);
            recorder.step_ended(step, &Execution { outcome: Outcome::Success, attempts: 1, phase: Phase::Steady, response, service });
        }
        Ok(())
    })
}
