//! Whole operations, usable without a terminal.

pub mod configuration;
pub mod variables;
