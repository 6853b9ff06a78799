//! Terrace: Terraform's language and state, deployments in the plan.
//!
//! Folders are layers and imports go only downward; ARCHITECTURE.md has the map and `tests/layers.rs` holds it.

pub mod addr;
pub mod apply;
pub mod change;
pub mod cli;
pub mod config;
pub mod diag;
pub mod eval;
pub mod functions;
pub mod graph;
pub mod ops;
pub mod plan;
pub mod provider;
pub mod providers;
pub mod render;
pub mod rollout;
pub mod schema;
pub mod state;
pub mod store;
pub mod syntax;
pub mod system;
pub mod value;
