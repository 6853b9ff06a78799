//! Results as text, JSON and more; decides nothing.

pub mod change_text;
pub mod diagnostics;
pub mod diff;
pub mod events_json;
pub mod graph_text;
pub mod identity;
pub mod json;
pub mod live;
pub mod objects;
pub mod output_text;
pub mod paint;
pub mod plan_text;
pub mod progress;
pub mod provider_tree;
pub mod reasons;
mod rollout_graph;
pub mod rollout_text;
pub mod schemas;
pub mod state_text;
pub mod validation;
pub mod value;
pub mod verdict_text;
pub mod wrap;
