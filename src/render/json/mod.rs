//! JSON forms of values, plans, states, configurations and schemas.
//!
//! Each form owns its structs; the field order and what is left out are Terraform's, because tools read these forms.

mod checks;
mod configuration;
mod path;
mod plan;
mod resource;
mod rollout;
mod schema;
mod state;
mod value;

pub use checks::checks_json;
pub use configuration::configuration_json;
pub use path::{path_json, path_text};
pub use plan::plan_json;
pub use resource::index_json;
pub(super) use rollout::rollout_json;
pub use schema::schemas_json;
pub use state::{outputs_json, state_json};
pub use value::{canonical_text, known_json, sensitive_tree, unknown_tree};
