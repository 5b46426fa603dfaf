//! What a person sees while a campaign runs: a live view in the terminal, or a plain line every few seconds.

mod chart;
mod display;
mod keys;
mod plain;
mod screen;
mod terminal;
mod theme;

pub(crate) use display::Display;
pub(crate) use keys::Action;
pub(crate) use plain::plain_line;
pub(crate) use screen::LiveFacts;
pub(crate) use terminal::LiveView;

#[cfg(test)]
mod tests;
