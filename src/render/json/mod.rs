//! Values as JSON, in the forms that plans and states show.

mod path;
mod value;

pub use path::{path_json, path_text};
pub use value::{canonical_text, known_json, sensitive_tree, unknown_tree, value_of_json};
