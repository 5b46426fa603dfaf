//! Runs a scenario whole, in the engine, inside a test.
