//! The HTTP plugin: requests over connections that a minion keeps.
