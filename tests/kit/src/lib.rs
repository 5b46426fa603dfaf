//! What the tests share: servers as child processes, built guests, temporary folders.
