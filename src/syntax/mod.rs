//! HCL text to tree, with spans on every node.
//!
//! `lexer` makes tokens, `parser` and the files around it make bodies and expressions out of them with recovery, `template` handles
//! quoted strings and heredocs, `json` reads the JSON variant into the same tree, `content` shows either kind of body as a schema
//! sees it, `format` is `terraform fmt` on tokens.
//! The tree follows <https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md>; whatever Terraform accepts is accepted.
//! Nothing here evaluates anything.

mod body;
mod complaint;
mod construct;
mod content;
mod expression;
mod format;
mod json;
mod json_content;
mod json_token;
mod lexer;
mod literal;
mod names;
mod nesting;
mod parser;
mod template;
mod token;
mod traversal;
pub mod tree;

pub use content::{AttributeSchema, BlockSchema, BodySchema, Content};
pub use format::format;
pub use json::{expression_of, parse_json, parse_json_value, plain_value};
pub use json_content::body_of;
pub use lexer::is_identifier;
pub use parser::{parse_body, parse_expression, parse_lossy_body, parse_template, parse_traversal};
pub use tree::*;

#[cfg(test)]
mod tests;
