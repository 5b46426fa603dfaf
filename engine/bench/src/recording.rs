//! Recording all meters of a step: outcome, in flight, response, service, a plugin's timer and counter.

use throng_measure::{Execution, Outcome, Phase, Recorder, StepShape};

const STEPS: u32 = 10;

/// A worker's recorder, with the numbers of a plugin's timer and counter of each step.
#[derive(Debug)]
pub struct Recording {
    recorder: Recorder,
    plugin: Vec<(u32, u32)>,
}

impl Default for Recording {
    fn default() -> Self {
        let step = |number| StepShape { name: format!("step {number}").into(), kind: "http".into(), meters: true, ..StepShape::default() };
        let mut recorder = Recorder::new((0..STEPS).map(step).collect());
        let meters = |step| (recorder.timer(step, "http-time-to-first-byte"), recorder.counter(step, "http-bytes-received"));
        let plugin = (0..STEPS).map(meters).collect();
        Self { recorder, plugin }
    }
}

impl Recording {
    /// Records so many executions, of the steps in turn.
    pub fn record(&mut self, executions: u32) {
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        for execution in 0..executions {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // Responses between 0.1 ms and some 17 ms, on steps in turn.
            let response = 100_000 + (random >> 40);
            let step = execution % STEPS;
            self.recorder.step_started(step);
            if let Some((first_byte, bytes)) = self.plugin.get(step as usize) {
                self.recorder.record(*first_byte, response / 3);
                self.recorder.record(*bytes, 512);
            }
            let service = Some(response / 2);
            self.recorder.step_ended(step, &Execution { outcome: Outcome::Success, attempts: 1, phase: Phase::Steady, response, service });
        }
    }
}
