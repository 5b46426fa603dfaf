//! Workers, minions and the execution of steps.
