//! Tests that go through the doors a user has.
