//! Prints what it costs to record all meters of one step: run it in release mode, on a quiet machine.

use std::time::Instant;

use throng_measure::{Execution, Outcome, Phase, Recorder, StepShape};

const EXECUTIONS: u32 = 2_000_000;
const STEPS: u32 = 10;

#[allow(clippy::disallowed_methods, reason = "a benchmark measures the time that passes")]
fn main() {
    let step = |number| StepShape { name: format!("step {number}").into(), kind: "http".into(), meters: true, ..StepShape::default() };
    let mut recorder = Recorder::new((0..STEPS).map(step).collect());
    let plugin: Vec<_> =
        (0..STEPS).map(|step| (recorder.timer(step, "http-time-to-first-byte"), recorder.counter(step, "http-bytes-received"))).collect();
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        let start = Instant::now();
        for execution in 0..EXECUTIONS {
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
        best = best.min(start.elapsed().as_nanos() as f64 / f64::from(EXECUTIONS));
    }
    let start = Instant::now();
    let delta = recorder.take();
    let taken = start.elapsed();
    recorder.reuse(delta.into_spares());
    println!("{best:.1} ns for all meters of a step: outcome, in flight, response, service, a plugin's timer and counter");
    println!("{:.1} µs to hand out a period of {STEPS} steps, the first time", taken.as_nanos() as f64 / 1e3);
    recorder.step_ended(0, &Execution { outcome: Outcome::Success, attempts: 1, phase: Phase::Steady, response: 1, service: Some(1) });
    let start = Instant::now();
    drop(recorder.take());
    println!("{:.1} µs to hand out the next, with spares", start.elapsed().as_nanos() as f64 / 1e3);
}
