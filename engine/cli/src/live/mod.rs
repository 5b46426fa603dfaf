//! What a person sees while a campaign runs: a live view in the terminal, or a plain line every few seconds.

mod backend;
mod chart;
mod display;
mod health;
#[cfg(unix)]
mod job_control;
mod joins;
mod keys;
mod meters;
mod parts;
mod plain;
mod progress;
mod rules;
mod screen;
mod steps;
mod terminal;
mod text;
mod theme;

pub(crate) use display::{Controls, Display};
#[cfg(unix)]
pub(crate) use job_control::watch as watch_stops;
pub(crate) use keys::Action;
pub(crate) use plain::{BrokenRules, live_line, plain_line};
pub(crate) use screen::LiveFacts;
pub(crate) use terminal::LiveView;

#[cfg(test)]
mod tests;
