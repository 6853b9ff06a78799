//! Results as text, JSON and more; decides nothing.

pub mod change_text;
pub mod diagnostics;
pub mod diff;
pub mod json;
pub mod objects;
pub mod paint;
pub mod plan_text;
pub mod reasons;
pub mod schemas;
pub mod validation;
pub mod value;
pub mod wrap;
