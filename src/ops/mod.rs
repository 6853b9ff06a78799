//! ops
pub mod variables;
