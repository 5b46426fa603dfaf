//! The sandbox: loads scenario components and calls them.
