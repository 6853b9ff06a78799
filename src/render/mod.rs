//! Results as text, JSON and more; decides nothing.

pub mod diagnostics;
pub mod wrap;
